import { applyDecided, decodeRecord, mergeRecords, wireToOp, EMPTY_RECORD, type LwwRecord } from '@topgun/core/crdt';
import { forgetMark, markFromWire } from '../services/crdt/forget-mark.js';
import { AS_IT_WAS_TAKEN } from '../services/crdt/replay-segment.js';
import { APPLIED, SUPERSEDED, type Segment } from '../services/persistence/segment.js';

type Change = (record: LwwRecord | undefined) => LwwRecord | undefined;

/**
 * PI-4: what the log says of records after the position up to which rows are written: with it rows are brought up to date one by one. Holds what is
 * late, which is little as a rule, and nothing else.
 */
export class LateChanges {
  readonly #byMap = new Map<string, Map<string, { readonly position: number; readonly change: Change }[]>>();

  /** Segments in order. */
  note({ entries }: Segment, position: number): void {
    for (const { partition, replica, ops, forgotten, merged } of entries) {
      for (const [wire, verdict] of ops) {
        if (verdict !== APPLIED && verdict !== SUPERSEDED) continue;
        const op = wireToOp(replica, wire, AS_IT_WAS_TAKEN);
        if (!op.ok) throw new Error(`op ${wire[0]} of replica ${replica}: ${op.error.message}`);
        this.#add(op.value.map, op.value.key, position, (record) => applyDecided(record, op.value));
      }
      for (const [map, key, wire] of merged ?? []) {
        const record = decodeRecord(wire);
        if (!record.ok) throw new Error(`${key} in ${map}: ${record.error.message}`);
        this.#add(map, key, position, (before) => mergeRecords(before ?? EMPTY_RECORD, record.value));
      }
      for (const wire of forgotten?.marks ?? []) {
        const mark = markFromWire(partition, wire);
        this.#add(mark.map, mark.key, position, (record) => record && forgetMark(record, mark));
      }
    }
  }

  /** The record now, which was so at a position. It is not late any more. */
  take(map: string, key: string, record: LwwRecord | undefined, position: number): LwwRecord | undefined {
    const byKey = this.#byMap.get(map);
    const changes = byKey?.get(key) ?? [];
    byKey?.delete(key);
    let now = record;
    for (const each of changes) if (each.position > position) now = each.change(now);
    return now === EMPTY_RECORD ? undefined : now;
  }

  /** Records of the map that nobody has taken. */
  *rest(map: string): Iterable<readonly [key: string, record: LwwRecord]> {
    for (const key of [...(this.#byMap.get(map)?.keys() ?? [])].sort()) {
      const record = this.take(map, key, undefined, 0);
      if (record !== undefined) yield [key, record];
    }
  }

  maps(): readonly string[] {
    return [...this.#byMap.keys()].sort();
  }

  #add(map: string, key: string, position: number, change: Change): void {
    let byKey = this.#byMap.get(map);
    if (byKey === undefined) this.#byMap.set(map, (byKey = new Map()));
    const changes = byKey.get(key);
    if (changes === undefined) byKey.set(key, [{ position, change }]);
    else changes.push({ position, change });
  }
}
