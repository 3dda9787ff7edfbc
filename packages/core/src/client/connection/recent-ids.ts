import type { ReplicaId } from '../../clock/index.js';
import type { OpId } from '../../crdt/index.js';

/** The op ids added last, up to a number per replica. */
export interface RecentIds {
  add(id: OpId): void;
  has(id: OpId): boolean;
}

export function createRecentIds(maxPerReplica: number): RecentIds {
  const byReplica = new Map<ReplicaId, Set<number>>();
  return {
    add({ replica, seq }) {
      let recent = byReplica.get(replica);
      if (recent === undefined) {
        recent = new Set();
        byReplica.set(replica, recent);
      }
      recent.add(seq);
      if (recent.size <= maxPerReplica) return;
      // A set iterates in the order of insertion: the first is the oldest.
      for (const oldest of recent) {
        recent.delete(oldest);
        break;
      }
    },
    has: ({ replica, seq }) => byReplica.get(replica)?.has(seq) ?? false,
  };
}
