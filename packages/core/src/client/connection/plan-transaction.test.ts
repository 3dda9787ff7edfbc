import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { isWholeTransaction, transactionIdText, type Op } from '../../crdt/index.js';
import { MAX_MESSAGE_OPS, planSubmission, type SubmissionPlan } from './plan-submission.js';
import { createReplicaQueue, enqueueOp, markHeadSent, takeOp, type ReplicaQueue } from './replica-queue.js';

interface Unit {
  readonly replica: number;
  readonly parts: number;
  readonly step: number;
}

const units = fc.array(
  fc.record({
    replica: fc.nat({ max: 1 }),
    // Mostly single ops.
    parts: fc.constantFrom(1, 1, 1, 2, 3, 5),
    step: fc.integer({ min: 1, max: 4 }),
  }),
  { maxLength: 30 },
);

/** Queues of two tabs: single ops and transactions, as they were written one after the other. */
function queuesOf(written: readonly Unit[]): ReplicaQueue[] {
  const queues = [0, 1].map((index) => Object.assign(createReplicaQueue(`db.${index}` as ReplicaId), { decided: 0 }));
  let millis = 1_000;
  for (const { replica, parts, step } of written) {
    const queue = queues[replica]!;
    const first = queue.issued + 1;
    for (let i = 0; i < parts; i += 1) {
      millis += step;
      const stamp = encodeStamp({ millis, counter: 0, replica: queue.replica });
      const seq = first + i;
      const single: Op = { kind: 'remove', replica: queue.replica, seq, stamp, map: 'm', key: `k${millis}` };
      const op: Op = parts === 1 ? single : { ...single, transaction: { first, parts } };
      enqueueOp(queue, { entry: { op, handed: true }, partition: millis % 3, owed: false });
    }
  }
  return queues;
}

const EACH = 100;
const plan = (queues: readonly ReplicaQueue[], windowOps: number, messageBytes = 1_000_000): SubmissionPlan =>
  planSubmission(queues, { windowOps, messageBytes }, () => EACH);
const opsOf = (message: SubmissionPlan['messages'][number]): Op[] => message.flatMap(({ ops }) => [...ops]);

describe('CR-12: a transaction in the submission', () => {
  it('is one message with all its parts and nothing else, whatever is around it and however small the window', () => {
    fc.assert(
      fc.property(
        units,
        fc.integer({ min: 5, max: 12 }),
        fc.integer({ min: 1_500, max: 4_000 }),
        (written, windowOps, bytes) => {
          const queues = queuesOf(written);
          const all = queues.flatMap(({ unsent }) => unsent.map(({ entry }) => entry.op));
          const sent: Op[] = [];
          // Everything sent is decided before the next look, so that all of it gets through.
          for (let round = 0; sent.length < all.length; round += 1) {
            expect(round).toBeLessThan(all.length);
            const { messages, taken, tooLarge, torn } = plan(queues, windowOps, bytes);
            expect([tooLarge, torn]).toEqual([[], []]);
            for (const message of messages) {
              const ops = opsOf(message);
              const ids = new Set(ops.map(transactionIdText));
              expect(ids.size).toBe(1);
              const { transaction } = ops[0]!;
              if (transaction !== undefined) {
                expect(
                  isWholeTransaction(
                    transaction,
                    ops.map(({ seq }) => seq),
                  ),
                ).toBe(true);
                expect(new Set(message.map(({ partition }) => partition)).size).toBe(message.length);
              }
              sent.push(...ops);
            }
            for (const [queue, count] of taken) {
              expect(count).toBeLessThanOrEqual(windowOps);
              for (let i = 0; i < count; i += 1) markHeadSent(queue);
              for (const { entry } of [...queue.sent.values()]) takeOp(queue, entry.op.seq);
            }
          }
          expect(sent.map(({ key }) => key).sort()).toEqual(all.map(({ key }) => key).sort());
          for (const { replica } of queues) {
            const own = sent.filter((op) => op.replica === replica).map(({ seq }) => seq);
            expect(own.toSorted((a, b) => a - b)).toEqual(own.map((_, i) => i + 1));
          }
          // In each partition, stamps in their order.
          for (const partition of [0, 1, 2]) {
            const stamps = sent.filter(({ key }) => Number(key.slice(1)) % 3 === partition).map(({ stamp }) => stamp);
            expect(stamps).toEqual(stamps.toSorted());
          }
        },
      ),
    );
  });

  it('CL-5: waits for room for all of it, and what is behind it waits too', () => {
    const written = [1, 1, 3, 1].map((parts) => ({ replica: 0, parts, step: 1 }));
    const sizes = (queue: ReplicaQueue, windowOps: number): number[] =>
      plan([queue], windowOps).messages.map((message) => opsOf(message).length);
    const [queue] = queuesOf(written);
    expect(sizes(queue!, 4)).toEqual([2]);
    markHeadSent(queue!);
    expect(sizes(queue!, 4)).toEqual([1]);
    takeOp(queue!, 1);
    expect(sizes(queue!, 4)).toEqual([1, 3]);
    expect(sizes(queue!, 5)).toEqual([1, 3, 1]);
  });

  it('is not sent while one part is not ready, or has to wait for a sibling’s create', () => {
    const written = [1, 3, 1].map((parts) => ({ replica: 0, parts, step: 1 }));
    for (const at of [1, 2, 3]) {
      const [queue] = queuesOf(written);
      const { op } = queue!.unsent[at]!.entry;
      queue!.unsent[at]!.entry = { op, handed: false };
      expect(plan([queue!], 512).messages.map((message) => opsOf(message).length)).toEqual([1]);
      queue!.unsent[at]!.entry = { op, handed: true };
      const waiting = planSubmission(
        [queue!],
        { windowOps: 512, messageBytes: 9_000 },
        () => EACH,
        (one) => one === op,
      );
      expect(waiting.messages.map((message) => opsOf(message).length)).toEqual([1]);
    }
  });

  it('may be longer than other messages, up to the window', () => {
    const [queue] = queuesOf([{ replica: 0, parts: 2 * MAX_MESSAGE_OPS, step: 1 }]);
    expect(plan([queue!], 2 * MAX_MESSAGE_OPS).messages.map((message) => opsOf(message).length)).toEqual([
      2 * MAX_MESSAGE_OPS,
    ]);
  });

  it('CL-7: that fits into no window, or no message, is refused whole, by its exact size and not by a bound', () => {
    const [queue] = queuesOf([1, 3, 1].map((parts) => ({ replica: 0, parts, step: 1 })));
    const refused = (windowOps: number, messageBytes: number, exact: number): number[] => {
      const sizeOf = (_op: Op, budget: number): number => (budget === 0 ? exact : EACH);
      const planned = planSubmission([queue!], { windowOps, messageBytes }, sizeOf);
      expect(planned.torn).toEqual([]);
      return planned.tooLarge.map(({ entry }) => entry.op.seq);
    };
    expect(refused(2, 9_000, EACH)).toEqual([2, 3, 4]);
    expect(refused(512, 700, EACH)).toEqual([2, 3, 4]);
    expect(refused(512, 700, EACH / 10)).toEqual([]);
    expect(refused(3, 9_000, EACH)).toEqual([]);
  });

  it('of which a part is lost is refused, each remaining run of it', () => {
    for (const lost of [2, 3, 4]) {
      const [queue] = queuesOf([1, 3, 1].map((parts) => ({ replica: 0, parts, step: 1 })));
      takeOp(queue!, lost);
      const refused: number[] = [];
      for (;;) {
        const { taken, torn, tooLarge } = plan([queue!], 512);
        expect(tooLarge).toEqual([]);
        for (let i = 0; i < (taken.get(queue!) ?? 0); i += 1) markHeadSent(queue!);
        if (torn.length === 0) break;
        for (const { entry } of torn) {
          refused.push(entry.op.seq);
          takeOp(queue!, entry.op.seq);
        }
      }
      expect(refused).toEqual([2, 3, 4].filter((seq) => seq !== lost));
      expect([...queue!.sent.values()].map(({ entry }) => entry.op.seq)).toEqual([1, 5]);
    }
  });
});
