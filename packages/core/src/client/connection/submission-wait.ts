import type { ReplicaId } from '../../clock/index.js';
import type { Op, OpId } from '../../crdt/index.js';
import type { SubmissionLimits } from './planned-batch.js';
import { findOp, type QueuedOp, type ReplicaQueue } from './replica-queue.js';
import { opIdText } from '../storage/op-id.js';

/** How far a durable op has come on its way to the server, and what it waits for. */
export interface SubmissionWait {
  /** On the present connection. */
  readonly isSent: boolean;
  /**
   * `connection`: there is none. `preparation`: what the server has decided of its author is not known yet, or the op is not yet marked as
   * handed over in storage, or this tab may not send for it just now. `window`: as many as may be are sent and undecided. `sibling-create`: its record's
   * creation, which another tab submits. `sending`: nothing. `decision`: the server's.
   */
  readonly waitsFor: 'connection' | 'preparation' | 'window' | 'sibling-create' | 'sending' | 'decision';
  /** The op that has to leave first, and waits for that; `null`: it is its own turn. */
  readonly behind: string | null;
}

/** What decides who is sent: the same as `planSubmission` goes by. */
export interface SubmissionState {
  readonly queues: ReadonlyMap<ReplicaId, ReplicaQueue>;
  /** `null`: no connection. */
  readonly limits: SubmissionLimits | null;
  readonly mayAct: boolean;
  readonly waits: (op: Op) => boolean;
}

/**
 * CL-34: why the op is not decided yet. Pure. Ops leave in the order of their stamps, whoever wrote them, so what holds up the
 * first holds up all (CL-5).
 */
export function submissionWait(id: OpId, state: SubmissionState): SubmissionWait {
  const { queues, limits, mayAct } = state;
  if (limits === null) return { isSent: false, waitsFor: 'connection', behind: null };
  const queue = queues.get(id.replica);
  if (queue?.sent.get(id.seq) !== undefined) return { isSent: true, waitsFor: 'decision', behind: null };
  const first = firstUnsent(queues.values());
  const isThere = queue !== undefined && findOp(queue, id.seq) !== undefined;
  if (!isThere || !mayAct || first === null) return { isSent: false, waitsFor: 'preparation', behind: null };
  const { op } = first.next.entry;
  const isFirst = op.replica === id.replica && op.seq === id.seq;
  const waitsFor = whatHolds(first, limits, state.waits);
  return { isSent: false, waitsFor, behind: isFirst ? null : opIdText(op) };
}

interface FirstUnsent {
  readonly queue: ReplicaQueue;
  readonly next: QueuedOp;
}

function firstUnsent(queues: Iterable<ReplicaQueue>): FirstUnsent | null {
  let first: FirstUnsent | null = null;
  for (const queue of queues) {
    const next = queue.unsent[queue.head];
    if (next === undefined || (first !== null && next.entry.op.stamp > first.next.entry.op.stamp)) continue;
    first = { queue, next };
  }
  return first;
}

function whatHolds(
  { queue, next }: FirstUnsent,
  { windowOps }: SubmissionLimits,
  waits: (op: Op) => boolean,
): 'preparation' | 'window' | 'sibling-create' | 'sending' {
  if (queue.decided === null || !next.entry.handed) return 'preparation';
  const room = windowOps - queue.sent.size;
  if (room <= 0) return 'window';
  const { transaction } = next.entry.op;
  if (transaction === undefined) return waits(next.entry.op) ? 'sibling-create' : 'sending';
  const parts = queue.unsent.slice(queue.head, queue.head + transaction.parts).map(({ entry }) => entry);
  const isWhole =
    parts.length === transaction.parts &&
    next.entry.op.seq === transaction.first &&
    parts.every(({ op }) => op.transaction?.first === transaction.first);
  // Then it is refused on this side, at the next look.
  if (!isWhole || transaction.parts > windowOps) return 'sending';
  if (transaction.parts > room) return 'window';
  if (!parts.every(({ handed }) => handed)) return 'preparation';
  return parts.some(({ op }) => waits(op)) ? 'sibling-create' : 'sending';
}
