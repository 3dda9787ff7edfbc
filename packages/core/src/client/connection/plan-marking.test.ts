import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import type { OutboxEntry } from '../ports/storage.js';
import { planMarking } from './plan-marking.js';
import { createReplicaQueue, enqueueOp, type ReplicaQueue } from './replica-queue.js';
import { planSubmission } from './plan-submission.js';

/** Writes and transactions of three replicas, one after the other by their stamps. */
const written = fc.array(fc.record({ replica: fc.nat({ max: 2 }), parts: fc.integer({ min: 1, max: 5 }) }), {
  maxLength: 30,
});
const max = fc.integer({ min: 1, max: 12 });

function entriesOf(writes: readonly { readonly replica: number; readonly parts: number }[]): readonly OutboxEntry[] {
  const seqs = [0, 0, 0];
  let millis = 1_000;
  const entries = writes.flatMap(({ replica, parts }) => {
    const first = seqs[replica]! + 1;
    return Array.from({ length: parts }, (): OutboxEntry => {
      const seq = ++seqs[replica]!;
      const id = `db.${replica}` as ReplicaId;
      const stamp = encodeStamp({ millis: ++millis, counter: 0, replica: id });
      const op = { kind: 'remove', replica: id, seq, stamp, map: 'm', key: `${replica} ${seq}` } as const;
      return { op: parts === 1 ? op : { ...op, transaction: { first, parts } }, handed: false };
    });
  });
  // As an outbox has them: by replica.
  return [0, 1, 2].flatMap((replica) => entries.filter(({ op }) => op.replica === `db.${replica}`));
}

const keysOf = (entries: readonly OutboxEntry[]): readonly string[] => entries.map(({ op }) => op.key);

/** Queues that hold these, of which those in `marked` may be sent. */
function queuesOf(entries: readonly OutboxEntry[], marked: ReadonlySet<OutboxEntry>): ReplicaQueue[] {
  const queues = new Map<ReplicaId, ReplicaQueue>();
  for (const entry of entries) {
    const queue = queues.get(entry.op.replica) ?? createReplicaQueue(entry.op.replica);
    queues.set(entry.op.replica, queue);
    queue.decided = 0;
    enqueueOp(queue, { entry: { ...entry, handed: marked.has(entry) }, partition: 0, owed: false });
  }
  return [...queues.values()];
}

describe('planMarking', () => {
  it('CR-11: every op once, each replica’s as they came, and no transaction in two steps', () => {
    fc.assert(
      fc.property(written, max, (writes, most) => {
        const entries = entriesOf(writes);
        const steps = planMarking(entries, most);
        expect(keysOf(steps.flat()).toSorted()).toEqual(keysOf(entries).toSorted());
        for (const replica of [0, 1, 2]) {
          const own = (all: readonly OutboxEntry[]) => all.filter(({ op }) => op.replica === `db.${replica}`);
          expect(keysOf(own(steps.flat()))).toEqual(keysOf(own(entries)));
        }
        for (const step of steps) {
          const isOne =
            new Set(step.map(({ op }) => `${op.replica} ${op.transaction?.first ?? `alone ${op.seq}`}`)).size === 1;
          expect(step.length <= most || isOne).toBe(true);
          for (const { op } of step) {
            const { first, parts } = op.transaction ?? { first: op.seq, parts: 1 };
            const together = step.filter((other) => other.op.replica === op.replica && other.op.seq >= first);
            expect(together.filter((other) => other.op.seq < first + parts)).toHaveLength(parts);
          }
        }
      }),
    );
  });

  it('CL-5: what the first steps have marked can be sent, all of it', () => {
    fc.assert(
      fc.property(written, max, fc.nat({ max: 5 }), (writes, most, count) => {
        const entries = entriesOf(writes);
        const marked = planMarking(entries, most).slice(0, count).flat();
        const limits = { windowOps: 1_000, messageBytes: 1_000_000 };
        const plan = planSubmission(queuesOf(entries, new Set(marked)), limits, () => 1);
        const sent = plan.messages.flat().flatMap(({ ops }) => ops.map(({ key }) => key));
        expect(sent.toSorted()).toEqual(keysOf(marked).toSorted());
      }),
    );
  });
});
