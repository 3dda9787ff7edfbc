import type { Op } from '../../crdt/index.js';
import type { PlannedBatch, SubmissionLimits } from './planned-batch.js';
import type { QueuedOp, ReplicaQueue } from './replica-queue.js';

/**
 * What can be done about the transaction that is next in a queue. `send`: it is a message of its own. `wait`: some part is not ready, or the
 * window has no room for all of it yet. `too-large`: it fits into no message, or into no window. `torn`: some of its parts are missing.
 */
export type TransactionPlan =
  | { readonly type: 'send'; readonly parts: number; readonly batches: readonly PlannedBatch[] }
  | { readonly type: 'wait' }
  | { readonly type: 'too-large' | 'torn'; readonly parts: readonly QueuedOp[] };

export interface TransactionPlanning {
  readonly limits: SubmissionLimits;
  /** How many more ops of this replica the window takes. */
  readonly room: number;
  /** What a message weighs beside its batches, and a batch beside its ops. */
  readonly overhead: { readonly message: number; readonly batch: number };
  readonly sizeOf: (op: Op, budget: number) => number;
  readonly waits: (op: Op) => boolean;
}

/** CR-12: the transaction whose first part is at `unsent[at]`: all of its parts in one message, or none in any. Pure. */
export function planTransaction(queue: ReplicaQueue, at: number, planning: TransactionPlanning): TransactionPlan {
  const { limits, room, overhead, sizeOf, waits } = planning;
  const parts = presentParts(queue, at);
  const { first, parts: count } = parts[0]!.entry.op.transaction!;
  if (parts.length !== count || parts[0]!.entry.op.seq !== first) return { type: 'torn', parts };
  const batches = batchesOf(parts);
  const budget = limits.messageBytes - overhead.message - overhead.batch * batches.length;
  if (count > limits.windowOps || !fits(parts, budget, sizeOf)) return { type: 'too-large', parts };
  const isReady = count <= room && parts.every(({ entry }) => entry.handed && !waits(entry.op));
  return isReady ? { type: 'send', parts: count, batches } : { type: 'wait' };
}

/** Those that follow each other from `at` on. */
function presentParts({ unsent }: ReplicaQueue, at: number): readonly QueuedOp[] {
  const parts: QueuedOp[] = [];
  const { first, parts: count } = unsent[at]!.entry.op.transaction!;
  for (let i = at; i < unsent.length && parts.length < count; i += 1) {
    const part = unsent[i]!;
    if (part.entry.op.transaction?.first !== first) break;
    parts.push(part);
  }
  return parts;
}

/** The sum of upper bounds first; the exact figures only where those do not fit. */
function fits(parts: readonly QueuedOp[], budget: number, sizeOf: TransactionPlanning['sizeOf']): boolean {
  const bytesWithin = (bound: number): number => parts.reduce((sum, { entry }) => sum + sizeOf(entry.op, bound), 0);
  return bytesWithin(budget) <= budget || bytesWithin(0) <= budget;
}

function batchesOf(parts: readonly QueuedOp[]): readonly PlannedBatch[] {
  const byPartition = new Map<number, { readonly batch: PlannedBatch; readonly ops: Op[] }>();
  for (const { entry, partition } of parts) {
    let draft = byPartition.get(partition);
    if (draft === undefined) {
      const ops: Op[] = [];
      draft = { batch: { replica: entry.op.replica, partition, ops }, ops };
      byPartition.set(partition, draft);
    }
    draft.ops.push(entry.op);
  }
  return [...byPartition.values()].map(({ batch }) => batch);
}
