import type { ReplicaId } from '../../clock/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { SeqMap } from '../storage/seq-map.js';

/** One undecided op of the outbox, on its way. */
export interface QueuedOp {
  /** Changed by `replaceEntry` alone. */
  entry: OutboxEntry;
  readonly partition: number;
  /** Undecided since before this connection: the connection is `live` only when it is decided. */
  owed: boolean;
}

/** The undecided ops of one replica, in the order of their sequence; what was sent on this connection comes first. */
export interface ReplicaQueue {
  readonly replica: ReplicaId;
  /** Highest sequence its author is known to have issued. */
  issued: number;
  /** A tab that is alive writes as this replica. */
  announced: boolean;
  /** SY-2: the highest sequence that is known to have been accepted, and is kept. */
  acked: number;
  /** What the server has decided of it, as said on this connection; `null` before that: nothing may be sent. */
  decided: number | null;
  /** Sent on this connection, by sequence. */
  readonly sent: SeqMap<QueuedOp>;
  /** Not sent on this connection, ascending; those before `head` have left. */
  unsent: QueuedOp[];
  head: number;
  /** Those among them that are not marked as handed over: looked for again and again, however long the queue is. */
  readonly unhanded: SeqMap<QueuedOp>;
}

export function createReplicaQueue(replica: ReplicaId): ReplicaQueue {
  return {
    replica,
    issued: 0,
    announced: false,
    acked: 0,
    decided: null,
    sent: new SeqMap(),
    unsent: [],
    head: 0,
    unhanded: new SeqMap(),
  };
}

export const undecidedCount = (queue: ReplicaQueue): number => queue.sent.size + queue.unsent.length - queue.head;

export function* undecidedOps(queue: ReplicaQueue): Generator<QueuedOp> {
  yield* queue.sent.values();
  for (let i = queue.head; i < queue.unsent.length; i += 1) yield queue.unsent[i]!;
}

/** Places an op by its sequence; false when it is there already. */
export function enqueueOp(queue: ReplicaQueue, op: QueuedOp): boolean {
  const { seq } = op.entry.op;
  if (queue.sent.get(seq) !== undefined) return false;
  queue.issued = Math.max(queue.issued, seq);
  const at = insertionPoint(queue, seq);
  if (queue.unsent[at]?.entry.op.seq === seq) return false;
  if (at === queue.unsent.length) queue.unsent.push(op);
  else queue.unsent.splice(at, 0, op);
  if (!op.entry.handed) queue.unhanded.set(seq, op);
  return true;
}

/** A newer version of the entry. */
export function replaceEntry(queue: ReplicaQueue, op: QueuedOp, entry: OutboxEntry): void {
  op.entry = entry;
  if (entry.handed) queue.unhanded.take(entry.op.seq);
  else queue.unhanded.set(entry.op.seq, op);
}

export function findOp(queue: ReplicaQueue, seq: number): QueuedOp | undefined {
  const sent = queue.sent.get(seq);
  if (sent !== undefined) return sent;
  const op = queue.unsent[insertionPoint(queue, seq)];
  return op?.entry.op.seq === seq ? op : undefined;
}

/** Takes an op out, wherever it is. */
export function takeOp(queue: ReplicaQueue, seq: number): QueuedOp | undefined {
  const sent = queue.sent.take(seq);
  if (sent !== undefined) return sent;
  const at = insertionPoint(queue, seq);
  const op = queue.unsent[at];
  if (op?.entry.op.seq !== seq) return undefined;
  queue.unhanded.take(seq);
  if (at === queue.head) advanceHead(queue);
  else queue.unsent.splice(at, 1);
  return op;
}

/** Notes that the head was sent. */
export function markHeadSent(queue: ReplicaQueue): void {
  const op = queue.unsent[queue.head];
  if (op === undefined) return;
  queue.sent.set(op.entry.op.seq, op);
  advanceHead(queue);
}

/** Another connection: everything undecided is unsent on it. */
export function resetQueue(queue: ReplicaQueue): void {
  if (queue.sent.size > 0) {
    queue.unsent = [...undecidedOps(queue)].sort((a, b) => a.entry.op.seq - b.entry.op.seq);
    queue.sent.clear();
    queue.head = 0;
  }
  queue.decided = null;
  for (let i = queue.head; i < queue.unsent.length; i += 1) queue.unsent[i]!.owed = true;
}

function advanceHead(queue: ReplicaQueue): void {
  queue.head += 1;
  // Giving the memory back now and then keeps a long queue linear.
  if (queue.head >= 512 && queue.head * 2 >= queue.unsent.length) {
    queue.unsent = queue.unsent.slice(queue.head);
    queue.head = 0;
  }
}

/** Index, from the head on, of the first op whose sequence is not below `seq`. */
function insertionPoint(queue: ReplicaQueue, seq: number): number {
  let low = queue.head;
  let high = queue.unsent.length;
  // Nearly always it is the next one.
  const last = queue.unsent[high - 1];
  if (high > low && last !== undefined && last.entry.op.seq < seq) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (queue.unsent[middle]!.entry.op.seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
