import type { ReplicaId } from '../../clock/index.js';
import type { OpId } from '../../crdt/index.js';

/** The op ids added last: at least so many per replica, at most twice that. */
export interface RecentIds {
  add(id: OpId): void;
  has(id: OpId): boolean;
}

interface Generations {
  recent: Set<number>;
  earlier: ReadonlySet<number>;
}

export function createRecentIds(minPerReplica: number): RecentIds {
  const byReplica = new Map<ReplicaId, Generations>();
  return {
    add({ replica, seq }) {
      let generations = byReplica.get(replica);
      if (generations === undefined) {
        generations = { recent: new Set(), earlier: new Set() };
        byReplica.set(replica, generations);
      }
      generations.recent.add(seq);
      if (generations.recent.size < minPerReplica) return;
      // A whole generation at once: finding the oldest of a set takes longer with each that was taken from its front.
      generations.earlier = generations.recent;
      generations.recent = new Set();
    },
    has({ replica, seq }) {
      const generations = byReplica.get(replica);
      return generations !== undefined && (generations.recent.has(seq) || generations.earlier.has(seq));
    },
  };
}
