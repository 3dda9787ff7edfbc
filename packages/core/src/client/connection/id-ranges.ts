import type { ReplicaId } from '../../clock/index.js';
import type { OpId } from '../../crdt/index.js';

/**
 * Op ids that were decided. A replica's ops are decided nearly in the order of their sequence (at most a window of them is out of it),
 * so they are kept as ranges: one per replica as a rule, however many ids there are.
 */
export interface IdRanges {
  add(id: OpId): void;
  /** Takes it out again: a ledger that has lost the decision is asked once more (SY-2). */
  remove(id: OpId): void;
  has(id: OpId): boolean;
  /** Takes all of a replica out. */
  forget(replica: ReplicaId): void;
}

interface Range {
  first: number;
  last: number;
}

export function createIdRanges(): IdRanges {
  const byReplica = new Map<ReplicaId, Range[]>();
  return {
    add({ replica, seq }) {
      let ranges = byReplica.get(replica);
      if (ranges === undefined) byReplica.set(replica, (ranges = []));
      const at = lastUpTo(ranges, seq);
      const range = ranges[at];
      if (range !== undefined && seq <= range.last) return;
      const next = ranges[at + 1];
      const isAfter = range?.last === seq - 1;
      const isBefore = next?.first === seq + 1;
      if (isAfter && isBefore) {
        range.last = next.last;
        ranges.splice(at + 1, 1);
      } else if (isAfter) range.last = seq;
      else if (isBefore) next.first = seq;
      else ranges.splice(at + 1, 0, { first: seq, last: seq });
    },
    remove({ replica, seq }) {
      const ranges = byReplica.get(replica);
      if (ranges === undefined) return;
      const at = lastUpTo(ranges, seq);
      const range = ranges[at];
      if (range === undefined || seq > range.last) return;
      const { first, last } = range;
      const left = [
        { first, last: seq - 1 },
        { first: seq + 1, last },
      ];
      ranges.splice(at, 1, ...left.filter((part) => part.first <= part.last));
    },
    has({ replica, seq }) {
      const ranges = byReplica.get(replica);
      const range = ranges?.[lastUpTo(ranges, seq)];
      return range !== undefined && seq <= range.last;
    },
    forget: (replica) => void byReplica.delete(replica),
  };
}

/** Index of the last range that begins at `seq` or before; -1 when there is none. */
function lastUpTo(ranges: readonly Range[], seq: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.first <= seq) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
