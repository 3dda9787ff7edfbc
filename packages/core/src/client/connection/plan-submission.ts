import type { Op } from '../../crdt/index.js';
import { planTransaction } from './plan-transaction.js';
import type { PlannedBatch, SubmissionLimits } from './planned-batch.js';
import type { QueuedOp, ReplicaQueue } from './replica-queue.js';

export interface SubmissionPlan {
  /** Each one message. */
  readonly messages: readonly (readonly PlannedBatch[])[];
  /** How many ops the plan takes from the head of each queue. */
  readonly taken: ReadonlyMap<ReplicaQueue, number>;
  /** Next, and too large for any message: it has to be refused here, and the rest be planned after that. All of a transaction. */
  readonly tooLarge: readonly QueuedOp[];
  /** Next, and parts of a transaction whose other parts are not to be had any more: to be refused like that too. */
  readonly torn: readonly QueuedOp[];
}

/**
 * Ops of one message: a quarter of the window, so that the server judges and writes one message while the next are on their way
 * and the one before is taken here. A window sent as one message would have the two sides wait for each other by turns.
 */
export const MAX_MESSAGE_OPS = 256;

/** What a message weighs beside its batches, and a batch beside its ops, with some room. */
const ENVELOPE_BYTES = 128;
const BATCH_BYTES = 128;
const OVERHEAD = { message: ENVELOPE_BYTES, batch: BATCH_BYTES };

/**
 * CL-5: what to send now. Pure. The plan keeps:
 * - a replica's ops leave in the order of their sequence, and none that is not yet marked `handed` in storage, nor any behind it;
 * - at most `windowOps` of a replica are sent and undecided;
 * - ops leave in the order of their stamps, whoever wrote them: behind one that has to wait, later ones of other tabs wait too. A patch
 *   that overtook the create it was made upon would be refused for good. For the same reason all stay behind one that `waits`;
 * - each message holds a contiguous run of each replica's ops, at most `MAX_MESSAGE_OPS`, and stays below `messageBytes`;
 * - a transaction is one message, with all its parts and nothing else, or is not sent (CR-12).
 *
 * `sizeOf` gives an upper bound of the op's bytes on the wire, above `budget` only when the op really is.
 */
export function planSubmission(
  queues: Iterable<ReplicaQueue>,
  limits: SubmissionLimits,
  sizeOf: (op: Op, budget: number) => number,
  waits: (op: Op) => boolean = () => false,
): SubmissionPlan {
  const budget = limits.messageBytes - ENVELOPE_BYTES - BATCH_BYTES;
  const messages: (readonly PlannedBatch[])[] = [];
  const taken = new Map<ReplicaQueue, number>();
  const all = [...queues];
  let tooLarge: readonly QueuedOp[] = [];
  let torn: readonly QueuedOp[] = [];
  let queue = earliest(all, taken, limits);
  // As after nearly every message: there is nothing to send, or no room.
  if (queue === null) return { messages, taken, tooLarge, torn };
  let message = createMessage();

  for (; queue !== null; queue = earliest(all, taken, limits)) {
    const count = taken.get(queue) ?? 0;
    const next = queue.unsent[queue.head + count]!;
    if (next.entry.op.transaction !== undefined) {
      const room = limits.windowOps - queue.sent.size - count;
      const planned = planTransaction(queue, queue.head + count, { limits, room, overhead: OVERHEAD, sizeOf, waits });
      if (planned.type === 'too-large') tooLarge = planned.parts;
      if (planned.type === 'torn') torn = planned.parts;
      if (planned.type !== 'send') break;
      if (message.batches.length > 0) messages.push(message.batches);
      messages.push(planned.batches);
      message = createMessage();
      taken.set(queue, count + planned.parts);
      continue;
    }
    if (waits(next.entry.op)) break;
    const bytes = sizeOf(next.entry.op, budget);
    if (bytes > budget) {
      tooLarge = [next];
      break;
    }
    if (message.ops === MAX_MESSAGE_OPS || message.bytes + bytes + BATCH_BYTES > limits.messageBytes) {
      messages.push(message.batches);
      message = createMessage();
    }
    addOp(message, next, bytes);
    taken.set(queue, count + 1);
  }
  if (message.batches.length > 0) messages.push(message.batches);
  return { messages, taken, tooLarge, torn };
}

/** The queue whose next op has the least stamp, `null` when that one may not be sent now. Queues are as few as tabs. */
function earliest(
  queues: readonly ReplicaQueue[],
  taken: ReadonlyMap<ReplicaQueue, number>,
  { windowOps }: SubmissionLimits,
): ReplicaQueue | null {
  let best: ReplicaQueue | null = null;
  let bestOp: QueuedOp | undefined;
  for (const queue of queues) {
    const next = queue.unsent[queue.head + (taken.get(queue) ?? 0)];
    if (next === undefined || (bestOp !== undefined && next.entry.op.stamp > bestOp.entry.op.stamp)) continue;
    best = queue;
    bestOp = next;
  }
  if (best === null || best.decided === null || bestOp?.entry.handed !== true) return null;
  return best.sent.size + (taken.get(best) ?? 0) < windowOps ? best : null;
}

interface MessageDraft {
  readonly batches: (PlannedBatch & { readonly ops: Op[] })[];
  /** The batch that each partition's next op may join, so that another replica's later op cannot overtake. */
  readonly current: Map<number, PlannedBatch & { readonly ops: Op[] }>;
  bytes: number;
  ops: number;
}

const createMessage = (): MessageDraft => ({ batches: [], current: new Map(), bytes: ENVELOPE_BYTES, ops: 0 });

function addOp(message: MessageDraft, { entry: { op }, partition }: QueuedOp, bytes: number): void {
  const current = message.current.get(partition);
  if (current?.replica === op.replica) {
    current.ops.push(op);
  } else {
    const batch = { replica: op.replica, partition, ops: [op] };
    message.current.set(partition, batch);
    message.batches.push(batch);
    message.bytes += BATCH_BYTES;
  }
  message.bytes += bytes;
  message.ops += 1;
}
