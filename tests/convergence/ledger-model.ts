import { idOf } from './op-id.js';
import {
  EMPTY_RECORD,
  mergeRecords,
  materialize,
  opToRecord,
  wireToOp,
  type LwwRecord,
  type Op,
} from '../../packages/core/src/crdt/index.js';
import type { Value } from '../../packages/core/src/primitives/index.js';
import type { LedgerSegment } from '../../server/src/ports/ledger.js';
import type { MemoryDisk } from '../../server/src/drivers/memory-disk.js';
import { decodeSegment } from '../../server/src/services/persistence/segment-codec.js';
import { Violation } from './violation.js';

/** One decision as the ledger holds it. Of what was refused for its form it keeps no more than who, when and which record. */
export interface LedgerOp {
  readonly op: Op | null;
  readonly refusal: string | null;
  readonly position: number;
}

/** What the ledger says, worked out from its bytes alone: no host, no overlay, no view has a part in it. */
export interface LedgerModel {
  /** Reads what has come since. */
  catchUp(now: number): void;
  /** Every decision, by op id; more than one is a fault. */
  readonly decided: ReadonlyMap<string, readonly LedgerOp[]>;
  readonly position: number;
  maps(): readonly string[];
  records(map: string): ReadonlyMap<string, LwwRecord>;
  /** What is visible. */
  values(map: string): ReadonlyMap<string, Value>;
  /** Of a record that is not visible: when the removal, or something it had superseded, was last taken. `undefined`: it is, or never was written. */
  removedAt(map: string, key: string): number | undefined;
}

const ANY_KEY = { keyBytes: Number.POSITIVE_INFINITY };

export function createLedgerModel(disk: MemoryDisk): LedgerModel {
  const decided = new Map<string, LedgerOp[]>();
  const maps = new Map<string, Map<string, LwwRecord>>();
  const removedAt = new Map<string, number>();
  let position = 0;
  let last: LedgerSegment | undefined;

  function startOver(): void {
    for (const known of [decided, maps, removedAt]) known.clear();
    position = 0;
  }

  function take(op: Op, now: number): void {
    let records = maps.get(op.map);
    if (records === undefined) maps.set(op.map, (records = new Map()));
    const merged = mergeRecords(records.get(op.key) ?? EMPTY_RECORD, opToRecord(op));
    records.set(op.key, merged);
    const place = `${op.map}\0${op.key}`;
    if (materialize(merged) !== undefined) removedAt.delete(place);
    else removedAt.set(place, now);
  }

  return {
    catchUp(now) {
      // What was written and not synced may be lost with the server's power.
      if (disk.segments[position - 1] !== last) startOver();
      for (const segment of disk.segments.slice(position)) {
        position += 1;
        last = segment;
        const decoded = decodeSegment(segment.bytes);
        if (!decoded.ok)
          throw new Violation('no-errors', `segment ${position} cannot be read: ${decoded.error.reason}`);
        for (const { replica, ops } of decoded.value.entries) {
          for (const [wire, verdict] of ops) {
            const id = idOf({ replica, seq: wire[0] });
            const decisions = decided.get(id) ?? [];
            decided.set(id, decisions);
            if (typeof verdict !== 'number') {
              decisions.push({ op: null, refusal: verdict[0], position });
              continue;
            }
            const op = wireToOp(replica, wire, ANY_KEY);
            if (!op.ok) throw new Violation('no-errors', `an op in segment ${position} cannot be read`);
            decisions.push({ op: op.value, refusal: null, position });
            take(op.value, now);
          }
        }
      }
    },
    decided,
    get position() {
      return position;
    },
    maps: () => [...maps.keys()],
    records: (map) => maps.get(map) ?? new Map(),
    values(map) {
      const values = new Map<string, Value>();
      for (const [key, record] of maps.get(map) ?? []) {
        const value = materialize(record);
        if (value !== undefined) values.set(key, value);
      }
      return values;
    },
    removedAt: (map, key) => removedAt.get(`${map}\0${key}`),
  };
}
