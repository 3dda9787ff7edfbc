import { decodeRecord, mergeRecords, opToRecord, wireToOp, EMPTY_RECORD, type LwwRecord } from '@topgun/core/crdt';
import { AS_IT_WAS_TAKEN } from '../services/crdt/replay-segment.js';
import { APPLIED, SUPERSEDED, type SegmentEntry } from '../services/persistence/segment.js';
import type { Finding } from './finding.js';
import { nameOf, type StoredState } from './stored-state.js';

/**
 * PI-41: what is left in the log of what snapshots say too. Merging is idempotent (CR-8), so whatever it says must add nothing to what the snapshot and the rest of the log make; only what was
 * forgotten since (CR-10) may be missing. A counter's deltas are no state (CR-7): of those only the sequence is looked at.
 */
export class LoggedParts {
  readonly #records = new Map<
    string,
    Map<string, { readonly partition: number; readonly position: number; merged: LwwRecord }>
  >();
  readonly #forgotten = new Set<string>();
  readonly #decided = new Map<
    string,
    { readonly entry: SegmentEntry; readonly position: number; readonly seq: number }
  >();

  note(entry: SegmentEntry, position: number): void {
    const { partition, replica, ops, merged } = entry;
    const last = ops.at(-1)?.[0][0];
    if (last !== undefined) this.#decided.set(`${partition} ${replica}`, { entry, position, seq: last });
    for (const [wire, verdict] of ops) {
      if (verdict !== APPLIED && verdict !== SUPERSEDED) continue;
      const op = wireToOp(replica, wire, AS_IT_WAS_TAKEN);
      if (op.ok && op.value.kind !== 'count') {
        this.#add(partition, position, op.value.map, op.value.key, opToRecord(op.value));
      }
    }
    for (const [map, key, wire] of merged ?? []) {
      const record = decodeRecord(wire);
      if (record.ok) this.#add(partition, position, map, key, record.value);
    }
  }

  /** What was forgotten at any time: nothing is expected of it any more. */
  noteForgotten({ forgotten }: SegmentEntry): void {
    for (const [map, key] of forgotten?.marks ?? []) this.#forgotten.add(placeOf(map, key));
  }

  isForgotten(map: string, key: string): boolean {
    return this.#forgotten.has(placeOf(map, key));
  }

  *lackingIn(state: StoredState): Iterable<Finding> {
    for (const { entry, position, seq } of this.#decided.values()) {
      const { partition, replica } = entry;
      const decided = state.decided(partition, replica);
      if (decided >= seq) continue;
      const message = `The snapshot of partition ${partition} lacks segment ${position}: op ${seq} of replica ${replica} is decided there, and ${decided === 0 ? 'none' : `only up to ${decided}`} in the snapshot.`;
      yield { code: 'snapshot-lacks', message };
    }
    for (const [map, byKey] of this.#records) {
      for (const [key, { partition, position, merged }] of byKey) {
        if (this.isForgotten(map, key)) continue;
        const record = state.record(partition, map, key);
        if (record !== undefined && mergeRecords(record, merged) === record) continue;
        const message = `Record ${nameOf(map, key)} in the snapshot of partition ${partition} lacks what segment ${position} says of it.`;
        yield { code: 'snapshot-lacks', message };
      }
    }
  }

  #add(partition: number, position: number, map: string, key: string, record: LwwRecord): void {
    let byKey = this.#records.get(map);
    if (byKey === undefined) this.#records.set(map, (byKey = new Map()));
    const merged = mergeRecords(byKey.get(key)?.merged ?? EMPTY_RECORD, record);
    byKey.set(key, { partition, position, merged });
  }
}

/** Map names hold no NUL. */
const placeOf = (map: string, key: string): string => `${map}\0${key}`;
