import { wireToOp, type CountOp, type OpId } from '../../packages/core/src/crdt/index.js';
import { modelSet, type SetOp } from '../../packages/core/src/crdt/set-op.arbitrary.js';
import type { Value } from '../../packages/core/src/primitives/index.js';
import type { MemoryDisk } from '../../server/src/drivers/memory-disk.js';
import { decodeSegment } from '../../server/src/services/persistence/segment-codec.js';

/** What the ledger's accepted ops mean, by the definition of a set and by a sum: no register has a part in it. */
export interface SetsModel {
  /** Reads what has come since. Throws where an op was decided twice. */
  catchUp(): void;
  /** Whether the op was decided. */
  has(op: OpId): boolean;
  values(map: string, key: string): Value;
  total(map: string, key: string): number;
}

export function createSetsModel(disk: MemoryDisk): SetsModel {
  const ids = new Set<string>();
  const sets = new Map<string, SetOp[]>();
  const totals = new Map<string, number>();
  let position = 0;

  function take(op: SetOp | CountOp): void {
    const place = `${op.map} ${op.key}`;
    if (op.kind === 'count') totals.set(place, (totals.get(place) ?? 0) + op.delta);
    else sets.set(place, [...(sets.get(place) ?? []), op]);
  }

  return {
    catchUp() {
      for (const { bytes } of disk.segments.slice(position)) {
        position += 1;
        const segment = decodeSegment(bytes);
        if (!segment.ok) throw new Error(segment.error.reason);
        for (const { replica, ops } of segment.value.entries) {
          for (const [wire, verdict] of ops) {
            const id = `${replica}:${wire[0]}`;
            if (ids.has(id)) throw new Error(`${id} was decided twice`);
            ids.add(id);
            const op = typeof verdict === 'number' ? wireToOp(replica, wire) : null;
            if (op?.ok === true) take(op.value as SetOp | CountOp);
          }
        }
      }
    },
    has: ({ replica, seq }) => ids.has(`${replica}:${seq}`),
    values: (map, key) => modelSet(sets.get(`${map} ${key}`) ?? []).map((text): Value => JSON.parse(text) as Value),
    total: (map, key) => totals.get(`${map} ${key}`) ?? 0,
  };
}
