import { decodeStamp, encodeStamp, type ReplicaId, type Stamp } from '../../clock/index.js';
import { retagOp, type Op } from '../../crdt/index.js';
import type { OutboxEntry, StorageCommit, StorageIdentity, StoredRejection } from '../ports/storage.js';

/** What nobody's database holds that somebody could be given. */
export interface UnclaimedWork {
  readonly outbox: readonly OutboxEntry[];
  readonly rejections: readonly StoredRejection[];
  /** A living tab speaks for it still (CL-4, where no lock keeps tabs apart): it is not touched. */
  readonly isTaken: (replica: ReplicaId) => boolean;
}

export interface AdoptionPlan {
  /** For the user's database; the first of the two. */
  readonly bring: StorageCommit & Required<Pick<StorageCommit, 'putOps' | 'addRejections'>>;
  /** For nobody's, once that is durable. */
  readonly take: StorageCommit & Required<Pick<StorageCommit, 'removeOps' | 'removeRejections'>>;
  /** Ops that stay: they may have been sent, and are decided as what they were sent as. */
  readonly left: number;
}

/**
 * CL-10: how ops that were written as nobody become a user's. Each gets an id derived from its own, so that a second run after a crash names
 * the same ones; what `target` has ever stored under such an id was brought before, and may have been decided since: it is only taken away.
 *
 * Laws: never-sent ops and rejections, each once, with their order, times and transactions; after `bring`, `take`, or `bring` alone and a
 * whole run, nothing is twice.
 */
export function planAdoption(work: UnclaimedWork, target: StorageIdentity): AdoptionPlan {
  const isFree = ({ op }: { readonly op: Op }): boolean => !work.isTaken(op.replica);
  const entries = work.outbox.filter((entry) => !entry.handed && isFree(entry));
  const rejections = work.rejections.filter(isFree);
  const replicaOf = (replica: ReplicaId): ReplicaId => `${target.databaseId}.${replica}` as ReplicaId;
  const stampOf = (op: Op): Stamp => encodeStamp({ ...decodeStamp(op.stamp), replica: replicaOf(op.replica) });
  // CR-6: an op names the adds it takes out by their stamps.
  const stamps = new Map([...entries, ...rejections].map(({ op }) => [op.stamp, stampOf(op)]));
  const moved = (op: Op): Op => ({ ...retagOp(op, stamps), replica: replicaOf(op.replica), stamp: stampOf(op) });
  const isNew = ({ op }: OutboxEntry): boolean => op.seq > (target.issued.get(replicaOf(op.replica))?.seq ?? 0);
  return {
    bring: {
      putOps: entries.filter(isNew).map((entry) => ({ ...entry, op: moved(entry.op) })),
      addRejections: rejections.map((rejection) => ({ ...rejection, op: moved(rejection.op) })),
    },
    take: {
      // To put one once more makes the commit strict: that it is taken out must not be forgotten after all.
      putOps: entries.slice(0, 1),
      removeOps: entries.map(({ op }) => op),
      removeRejections: rejections.map(({ op }) => op),
    },
    left: work.outbox.length - entries.length,
  };
}
