import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import type { Op } from '../../crdt/index.js';
import { planSubmission } from './plan-submission.js';
import { createReplicaQueue, enqueueOp, markHeadSent, undecidedOps, type ReplicaQueue } from './replica-queue.js';
import { submissionWait, type SubmissionState, type SubmissionWait } from './submission-wait.js';

interface Unit {
  readonly replica: number;
  readonly parts: number;
  readonly handed: boolean;
  readonly lost: boolean;
}

const units = fc.array(
  fc.record({
    replica: fc.nat({ max: 1 }),
    parts: fc.constantFrom(1, 1, 1, 2, 3, 5),
    handed: fc.constantFrom(true, true, true, false),
    lost: fc.constantFrom(false, false, false, true),
  }),
  { maxLength: 8 },
);

/** Queues of two tabs: single ops and transactions, the last part of some of which is `handed` or not, or lost. */
function queuesOf(written: readonly Unit[], decided: number | null = 0): ReplicaQueue[] {
  const queues = [0, 1].map((index) => Object.assign(createReplicaQueue(`db.${index}` as ReplicaId), { decided }));
  let millis = 1_000;
  for (const { replica, parts, handed, lost } of written) {
    const queue = queues[replica]!;
    const first = queue.issued + 1;
    for (let i = 0; i < parts; i += 1) {
      millis += 1;
      const isLast = i === parts - 1;
      if (isLast && lost && parts > 1) queue.issued += 1;
      else {
        const stamp = encodeStamp({ millis, counter: 0, replica: queue.replica });
        const single: Op = {
          kind: 'remove',
          replica: queue.replica,
          seq: first + i,
          stamp,
          map: 'm',
          key: `k${millis}`,
        };
        const op: Op = parts === 1 ? single : { ...single, transaction: { first, parts } };
        enqueueOp(queue, { entry: { op, handed: handed || !isLast }, partition: 0, owed: false });
      }
    }
  }
  return queues;
}

const stateOf = (queues: readonly ReplicaQueue[], rest: Partial<SubmissionState> = {}): SubmissionState => ({
  queues: new Map(queues.map((queue) => [queue.replica, queue])),
  limits: { windowOps: 4, messageBytes: 1_000_000 },
  mayAct: true,
  waits: () => false,
  ...rest,
});

const opsOf = (queues: readonly ReplicaQueue[]): Op[] =>
  queues.flatMap((queue) => [...undecidedOps(queue)].map(({ entry }) => entry.op));

const unit = (rest: Partial<Unit> = {}): Unit => ({ replica: 0, parts: 1, handed: true, lost: false, ...rest });

/** The waits of all ops, sent ones first. */
const waitsOf = (queues: readonly ReplicaQueue[], rest: Partial<SubmissionState> = {}): SubmissionWait['waitsFor'][] =>
  opsOf(queues).map((op) => submissionWait(op, stateOf(queues, rest)).waitsFor);

describe('CL-34: what a durable op waits for', () => {
  it('is nothing exactly when the next plan sends or refuses something, and the same for all that are not sent', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(units, fc.nat({ max: 5 }), fc.nat({ max: 30 }), (written, sent, waiting) => {
        const queues = queuesOf(written);
        for (const queue of queues) for (let i = 0; i < sent; i += 1) markHeadSent(queue);
        const state = stateOf(queues, { waits: (op) => op.key === `k${1_000 + waiting}` });
        const unsent = queues.flatMap((queue) => queue.unsent.slice(queue.head).map(({ entry }) => entry.op));
        const waits = unsent.map((op) => submissionWait(op, state));
        const plan = planSubmission(queues, state.limits!, () => 100, state.waits);
        const moves = plan.messages.length + plan.tooLarge.length + plan.torn.length > 0;
        for (const { isSent, waitsFor } of waits) {
          seen.add(waitsFor);
          expect([isSent, waitsFor === 'sending']).toEqual([false, moves]);
        }
        // All but the first are behind it.
        const first = unsent.toSorted((a, b) => (a.stamp < b.stamp ? -1 : 1))[0];
        waits.forEach(({ behind }, i) =>
          expect(behind).toBe(unsent[i] === first ? null : `${first!.replica}:${first!.seq}`),
        );
      }),
      { numRuns: 500 },
    );
    expect([...seen].toSorted()).toEqual(['preparation', 'sending', 'sibling-create', 'window']);
  });

  it('is the connection, what comes before sending, room in the window, or the server', () => {
    const one = queuesOf([unit()]);
    expect(waitsOf(one, { limits: null })).toEqual(['connection']);
    expect(waitsOf(one, { mayAct: false })).toEqual(['preparation']);
    expect(waitsOf(queuesOf([unit()], null))).toEqual(['preparation']);
    expect(waitsOf(queuesOf([unit({ handed: false }), unit()]))).toEqual(['preparation', 'preparation']);
    expect(waitsOf(one, { waits: () => true })).toEqual(['sibling-create']);
    const full = queuesOf(Array.from({ length: 5 }, () => unit()));
    for (let i = 0; i < 4; i += 1) markHeadSent(full[0]!);
    expect(waitsOf(full)).toEqual(['decision', 'decision', 'decision', 'decision', 'window']);
    const wide = queuesOf([unit(), unit(), unit({ parts: 3 })]);
    markHeadSent(wide[0]!);
    markHeadSent(wide[0]!);
    expect(waitsOf(wide).slice(2)).toEqual(['window', 'window', 'window']);
  });

  it('is, of one that is durable and not yet in the outbox, that it be there', () => {
    const [op] = opsOf(queuesOf([unit()]));
    expect(submissionWait(op!, stateOf([])).waitsFor).toBe('preparation');
    expect(submissionWait({ ...op!, seq: 9 }, stateOf(queuesOf([unit()]))).waitsFor).toBe('preparation');
  });
});
