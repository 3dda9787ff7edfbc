import { decodeStamp, encodeStamp, type ReplicaId, type Stamp } from '../../clock/index.js';
import { movedTransaction, retagOp, type Op, type OpId } from '../../crdt/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import type { ReplicaQueue } from './replica-queue.js';

/**
 * CR-2: whether the storage went back in time (restored profile, lost transaction), so that sequences of this replica are issued a second
 * time: the server has decided more than a living author ever issued, or an op that was never sent.
 */
export function isSpent(queue: ReplicaQueue): boolean {
  const { decided } = queue;
  if (decided === null) return false;
  if (queue.announced && decided > queue.issued) return true;
  // In the order of the sequence.
  for (const { entry } of queue.unhanded.values()) return entry.op.seq <= decided;
  return false;
}

/** The never-sent ops of a spent replica, as the first ops of `successor`: in their order, with the same times. */
export function reissue(
  entries: readonly OutboxEntry[],
  successor: ReplicaId,
): readonly { readonly from: OpId; readonly entry: OutboxEntry }[] {
  const stamps = new Map<Stamp, Stamp>();
  return [...entries]
    .filter((entry) => !entry.handed)
    .sort((a, b) => a.op.seq - b.op.seq)
    .map((entry, index) => {
      const op = movedOp(retagOp(entry.op, stamps), successor, index + 1);
      stamps.set(entry.op.stamp, op.stamp);
      return { from: { replica: entry.op.replica, seq: entry.op.seq }, entry: { ...entry, op } };
    });
}

/** CR-12: a transaction's parts are handed over together or not at all, so all of them move, and stay side by side. */
function movedOp(op: Op, replica: ReplicaId, seq: number): Op {
  const moved = { ...op, replica, seq, stamp: encodeStamp({ ...decodeStamp(op.stamp), replica }) };
  return op.transaction === undefined
    ? moved
    : { ...moved, transaction: movedTransaction(op.transaction, op.seq, seq) };
}

/** Another replica of the same database: its stem is the database's id (CR-2). */
export function successorOf(replica: ReplicaId, suffix: string): ReplicaId {
  const stem = replica.split('.')[0] ?? replica;
  return `${stem}.${suffix}` as ReplicaId;
}
