import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import type { Op } from '../../crdt/index.js';
import { DEFAULT_LIMITS } from '../../protocol/index.js';
import { MAX_MESSAGE_OPS, planSubmission, type SubmissionPlan } from './plan-submission.js';
import { createReplicaQueue, enqueueOp, markHeadSent, type ReplicaQueue } from './replica-queue.js';

interface Planned {
  readonly replica: number;
  readonly step: number;
  readonly partition: number;
  readonly bytes: number;
}

const planned = fc.array(
  fc.record({
    replica: fc.nat({ max: 2 }),
    step: fc.integer({ min: 1, max: 9 }),
    partition: fc.nat({ max: 3 }),
    bytes: fc.integer({ min: 10, max: 400 }),
  }),
  { maxLength: 60 },
);

/** Queues of three tabs whose stamps interleave. `blocked`: the index of an op that is not yet marked. */
function queuesOf(
  ops: readonly Planned[],
  blocked: number,
  sent: number,
): { queues: ReplicaQueue[]; bytes: Map<Op, number> } {
  const queues = [0, 1, 2].map((index) => {
    const queue = createReplicaQueue(`db.${index}` as ReplicaId);
    queue.decided = 0;
    return queue;
  });
  const bytes = new Map<Op, number>();
  let millis = 1_000;
  ops.forEach(({ replica, step, partition, bytes: size }, index) => {
    const queue = queues[replica]!;
    millis += step;
    const stamp = encodeStamp({ millis, counter: 0, replica: queue.replica });
    const op: Op = { kind: 'remove', replica: queue.replica, seq: queue.issued + 1, stamp, map: 'm', key: `k${index}` };
    bytes.set(op, size);
    enqueueOp(queue, { entry: { op, handed: index !== blocked }, partition, owed: false });
  });
  for (const queue of queues) for (let i = 0; i < sent; i += 1) markHeadSent(queue);
  return { queues, bytes };
}

const opsOf = (plan: SubmissionPlan): Op[] => plan.messages.flat().flatMap((batch) => [...batch.ops]);

describe('planSubmission', () => {
  it('CL-5: sequences in order, the window kept, nothing unready or behind it, messages within their size', () => {
    fc.assert(
      fc.property(
        planned,
        fc.nat({ max: 60 }),
        fc.nat({ max: 4 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 700, max: 3_000 }),
        (ops, blocked, sent, windowOps, messageBytes) => {
          const { queues, bytes } = queuesOf(ops, blocked, sent);
          const sizeOf = (op: Op): number => bytes.get(op)!;
          const plan = planSubmission(queues, { windowOps, messageBytes }, sizeOf);
          const all = opsOf(plan);
          for (const queue of queues) {
            const own = all.filter((op) => op.replica === queue.replica).map((op) => op.seq);
            // Contiguous from the head on: the sequence is a run, within the window, before the unready one.
            const head = queue.unsent[queue.head]?.entry.op.seq ?? 0;
            expect([...own].sort((a, b) => a - b)).toEqual(own.map((_, index) => head + index));
            expect(plan.taken.get(queue) ?? 0).toBe(own.length);
            expect(own.length).toBeLessThanOrEqual(Math.max(0, windowOps - queue.sent.size));
          }
          // All of them up to the first, by stamp, that has to wait; and nothing after it.
          const unsent = queues.flatMap((queue) =>
            queue.unsent.slice(queue.head).map(({ entry }, index) => ({
              op: entry.op,
              waits: !entry.handed || queue.sent.size + index >= windowOps,
            })),
          );
          unsent.sort((a, b) => (a.op.stamp < b.op.stamp ? -1 : 1));
          const first = unsent.findIndex(({ waits }) => waits);
          const sendable = unsent.slice(0, first < 0 ? unsent.length : first).map(({ op }) => op.key);
          expect(all.map((op) => op.key).sort()).toEqual(sendable.sort());
          for (const message of plan.messages) {
            expect(message.length).toBeGreaterThan(0);
            const size = message.flatMap((batch) => [...batch.ops]).reduce((sum, op) => sum + sizeOf(op), 0);
            expect(size).toBeLessThanOrEqual(messageBytes);
            for (const batch of message) {
              expect(batch.ops.length).toBeGreaterThan(0);
              for (const op of batch.ops) expect(op.replica).toBe(batch.replica);
            }
          }
        },
      ),
    );
  });

  it('PI-11, CL-5: per partition a replica’s ops keep their sequence, and with one window for all their stamps', () => {
    fc.assert(
      fc.property(planned, fc.integer({ min: 700, max: 3_000 }), (ops, messageBytes) => {
        const { queues, bytes } = queuesOf(ops, -1, 0);
        const plan = planSubmission(queues, { windowOps: 512, messageBytes }, (op) => bytes.get(op)!);
        const byPartition = new Map<number, Op[]>();
        for (const batch of plan.messages.flat()) {
          byPartition.set(batch.partition, [...(byPartition.get(batch.partition) ?? []), ...batch.ops]);
        }
        expect([...byPartition.values()].flat()).toHaveLength(ops.length);
        for (const inOrder of byPartition.values()) {
          const stamps = inOrder.map((op) => op.stamp);
          expect(stamps).toEqual([...stamps].sort());
        }
        // Several messages never tear a replica's sequence: what is in an earlier message is earlier.
        for (const queue of queues) {
          let last = 0;
          for (const message of plan.messages) {
            const own = message.flatMap((batch) => batch.ops.filter((op) => op.replica === queue.replica));
            for (const op of own) expect(op.seq).toBeGreaterThan(last);
            last = Math.max(last, ...own.map((op) => op.seq));
          }
        }
      }),
    );
  });

  it('CL-5: a full window is several messages, so that neither side waits for the other with nothing to do', () => {
    const { windowOps } = DEFAULT_LIMITS;
    const ops = Array.from({ length: windowOps + 100 }, (_, i): Planned => ({
      replica: 0,
      step: 1,
      partition: i % 7,
      bytes: 10,
    }));
    const { queues, bytes } = queuesOf(ops, -1, 0);
    const plan = planSubmission(queues, { windowOps, messageBytes: 1_000_000 }, (op) => bytes.get(op)!);
    const sizes = plan.messages.map((message) => message.flatMap((batch) => batch.ops).length);
    expect(sizes).toEqual([MAX_MESSAGE_OPS, MAX_MESSAGE_OPS, MAX_MESSAGE_OPS, MAX_MESSAGE_OPS]);
  });

  it('CL-5: an op too large for any message stops what is behind it, until it has been refused', () => {
    const ops: Planned[] = [
      { replica: 0, step: 1, partition: 0, bytes: 10 },
      { replica: 0, step: 1, partition: 0, bytes: 9_000 },
      { replica: 0, step: 1, partition: 0, bytes: 10 },
      { replica: 1, step: 1, partition: 0, bytes: 10 },
    ];
    const { queues, bytes } = queuesOf(ops, -1, 0);
    const plan = planSubmission(queues, { windowOps: 512, messageBytes: 1_000 }, (op) => bytes.get(op)!);
    expect(opsOf(plan).map((op) => op.key)).toEqual(['k0']);
    expect(plan.tooLarge.map(({ entry }) => entry.op.key)).toEqual(['k1']);
  });

  it('CL-4: a patch does not overtake the create of another tab that has to wait', () => {
    const ops: Planned[] = [
      { replica: 0, step: 1, partition: 0, bytes: 10 },
      { replica: 0, step: 1, partition: 1, bytes: 10 },
      { replica: 1, step: 1, partition: 1, bytes: 10 },
    ];
    const plannedWith = (wait: (queue: ReplicaQueue) => void, windowOps = 512): string[] => {
      const { queues, bytes } = queuesOf(ops, -1, 0);
      wait(queues[0]!);
      const plan = planSubmission(queues, { windowOps, messageBytes: 1_000 }, (op) => bytes.get(op)!);
      return opsOf(plan).map((op) => op.key);
    };
    expect(plannedWith(() => {})).toEqual(['k0', 'k1', 'k2']);
    expect(plannedWith(() => {}, 1)).toEqual(['k0']);
    const isUnready = (queue: ReplicaQueue): void => {
      queue.unsent[1] = { ...queue.unsent[1]!, entry: { ...queue.unsent[1]!.entry, handed: false } };
    };
    expect(plannedWith(isUnready)).toEqual(['k0']);
    expect(plannedWith((queue) => (queue.decided = null))).toEqual([]);
  });

  it('CR-2: nothing of a replica goes before the server has said what it decided of it', () => {
    const { queues, bytes } = queuesOf([{ replica: 0, step: 1, partition: 0, bytes: 10 }], -1, 0);
    queues[0]!.decided = null;
    expect(planSubmission(queues, { windowOps: 512, messageBytes: 1_000 }, (op) => bytes.get(op)!).messages).toEqual(
      [],
    );
  });
});
