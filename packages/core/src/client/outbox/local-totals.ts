import { advanceCounter, type CountOp, type LwwRecord } from '../../crdt/index.js';
import type { Result } from '../../primitives/index.js';
import type { Storage, StorageError } from '../ports/storage.js';

/**
 * CR-7 without a server: this tab advances its own register of each counter, in the order in which it makes its deltas durable. Nobody
 * else writes that register, so what storage said of it once is known from then on.
 */
export interface LocalTotals {
  /** Reads what these ops go on from. To be called before `advance`. */
  prepare(storage: Storage, ops: readonly CountOp[]): Promise<Result<void, StorageError>>;
  /** The counter with the op in it, as a delta to what is stored. Counts for good with `keep`. */
  advance(op: CountOp): LwwRecord;
  /** What was advanced is durable. */
  keep(): void;
  /** It is not, and will be advanced again. */
  undo(): void;
}

export function createLocalTotals(): LocalTotals {
  const loaded = new Set<string>();
  const stored = new Map<string, LwwRecord>();
  const advanced = new Map<string, LwwRecord>();
  return {
    async prepare(storage, ops) {
      for (const { map } of ops) {
        if (loaded.has(map)) continue;
        const records = await storage.loadMap(map);
        if (!records.ok) return records;
        loaded.add(map);
        for (const [key, record] of records.value) stored.set(placeOf({ map, key }), record);
      }
      return { ok: true, value: undefined };
    },
    advance(op) {
      const place = placeOf(op);
      const slot = op.replica;
      const next = advanceCounter(ownRegister(advanced.get(place) ?? stored.get(place), slot), op, slot);
      advanced.set(place, next);
      return next;
    },
    keep() {
      for (const [place, record] of advanced) stored.set(place, record);
      advanced.clear();
    },
    undo() {
      advanced.clear();
    },
  };
}

/** The part of the state that is this tab's to advance. */
function ownRegister(record: LwwRecord | undefined, slot: string): LwwRecord | undefined {
  const register = record?.fields.get(slot);
  return register === undefined
    ? undefined
    : { existence: null, floor: '', fields: new Map([[slot, register]]), expiry: null };
}

// Map names hold no NUL.
const placeOf = ({ map, key }: { readonly map: string; readonly key: string }): string => `${map}\0${key}`;
