import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import {
  createReplicaQueue,
  enqueueOp,
  findOp,
  markHeadSent,
  resetQueue,
  takeOp,
  undecidedCount,
  undecidedOps,
  type QueuedOp,
} from './replica-queue.js';

const replica = 'db.0' as ReplicaId;
const queued = (seq: number): QueuedOp => ({
  entry: {
    op: { kind: 'remove', replica, seq, stamp: encodeStamp({ millis: seq, counter: 0, replica }), map: 'm', key: 'k' },
    handed: true,
  },
  partition: 0,
  owed: false,
});

type Step = { readonly type: 'add' | 'take'; readonly seq: number } | { readonly type: 'send' | 'reset' };
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ type: fc.constant('add' as const), seq: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('take' as const), seq: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 3, arbitrary: fc.constant({ type: 'send' as const }) },
    { weight: 1, arbitrary: fc.constant({ type: 'reset' as const }) },
  ),
  { maxLength: 80 },
);

describe('the queue of a replica', () => {
  it('CL-5: is a model of two sets, sent and unsent, the latter in order', () => {
    fc.assert(
      fc.property(steps, (script: readonly Step[]) => {
        const queue = createReplicaQueue(replica);
        const sent = new Set<number>();
        const unsent = new Set<number>();
        for (const step of script) {
          if (step.type === 'add') {
            const isNew = !sent.has(step.seq) && !unsent.has(step.seq);
            expect(enqueueOp(queue, queued(step.seq))).toBe(isNew);
            if (isNew) unsent.add(step.seq);
          } else if (step.type === 'take') {
            expect(takeOp(queue, step.seq)?.entry.op.seq).toBe(
              sent.has(step.seq) || unsent.has(step.seq) ? step.seq : undefined,
            );
            sent.delete(step.seq);
            unsent.delete(step.seq);
          } else if (step.type === 'send') {
            const [first] = [...unsent].sort((a, b) => a - b);
            markHeadSent(queue);
            if (first === undefined) continue;
            unsent.delete(first);
            sent.add(first);
          } else {
            resetQueue(queue);
            for (const seq of sent) unsent.add(seq);
            sent.clear();
          }
          expect([...queue.sent.values()].map(({ entry }) => entry.op.seq)).toEqual([...sent].sort((a, b) => a - b));
          const waiting = queue.unsent.slice(queue.head).map(({ entry }) => entry.op.seq);
          expect(waiting).toEqual([...unsent].sort((a, b) => a - b));
          expect(undecidedCount(queue)).toBe(sent.size + unsent.size);
          expect([...undecidedOps(queue)]).toHaveLength(sent.size + unsent.size);
          for (let seq = 1; seq <= 40; seq += 1) {
            expect(findOp(queue, seq) !== undefined).toBe(sent.has(seq) || unsent.has(seq));
          }
        }
      }),
    );
  });

  it('gives the memory of a long queue back', () => {
    const queue = createReplicaQueue(replica);
    for (let seq = 1; seq <= 5_000; seq += 1) enqueueOp(queue, queued(seq));
    for (let seq = 1; seq <= 4_990; seq += 1) {
      markHeadSent(queue);
      takeOp(queue, seq);
    }
    expect(queue.unsent.length).toBeLessThan(1_100);
    expect([...undecidedOps(queue)].map(({ entry }) => entry.op.seq)).toEqual([
      4991, 4992, 4993, 4994, 4995, 4996, 4997, 4998, 4999, 5000,
    ]);
  });
});
