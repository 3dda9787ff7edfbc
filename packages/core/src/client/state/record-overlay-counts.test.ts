import fc from 'fast-check';
import { expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { advanceCounter, pendingCounterValue, type CountOp, type LwwRecord } from '../../crdt/index.js';
import { RecordOverlay } from './record-overlay.js';

type Step = 'write' | 'foreign' | 'count' | 'refuse' | 'push' | 'confirm' | 'drop' | 'again';

const steps = fc.array(
  fc.record({
    type: fc.constantFrom<Step>(
      'write',
      'write',
      'foreign',
      'count',
      'count',
      'refuse',
      'push',
      'confirm',
      'drop',
      'again',
    ),
    delta: fc.integer({ min: -9, max: 9 }).filter((delta) => delta !== 0),
  }),
  { maxLength: 40 },
);

const countOp = (by: string, seq: number, delta: number): CountOp => {
  const replica = by as ReplicaId;
  const stamp = encodeStamp({ millis: seq, counter: 0, replica });
  return { kind: 'count', replica, seq, stamp, map: 'likes', key: 'k', delta };
};

/** A counter here, and its total elsewhere, which arrives when it likes: with a verdict, in a push, or never. */
class World {
  readonly overlay = new RecordOverlay({ now: () => 0, note: () => {} });
  total: LwwRecord | undefined;
  readonly #undecided: CountOp[] = [];
  readonly #decided: CountOp[] = [];
  #seq = 0;

  take({ type, delta }: { readonly type: Step; readonly delta: number }): void {
    const { overlay } = this;
    this.#seq += 1;
    switch (type) {
      case 'write': {
        const op = countOp('own.0', this.#seq, delta);
        this.#undecided.push(op);
        overlay.add(op);
        return;
      }
      case 'foreign':
        this.total = advanceCounter(this.total, countOp('other.0', this.#seq, delta));
        return;
      case 'count': {
        const op = this.#undecided.shift();
        if (op === undefined) return;
        this.total = advanceCounter(this.total, op);
        this.#decided.push(op);
        return;
      }
      case 'refuse': {
        const op = this.#undecided.shift();
        if (op !== undefined) overlay.refuse([op]);
        return;
      }
      case 'push':
        if (this.total !== undefined) overlay.mergeBase('k', this.total);
        return;
      case 'confirm': {
        const op = this.#decided.shift();
        if (op === undefined || this.total === undefined) return;
        overlay.mergeBase('k', this.total);
        overlay.confirm(op);
        return;
      }
      case 'drop':
        overlay.dropBase('k');
        return;
      case 'again': {
        const op = this.#undecided[0];
        if (op !== undefined)
          overlay.put({ ...op, stamp: encodeStamp({ millis: 99, counter: 0, replica: op.replica }) });
      }
    }
  }
}

it('CL-2, CR-7: after every step the value is what base and the pending deltas come to from scratch', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const world = new World();
      for (const step of list) {
        world.take(step);
        const { overlay } = world;
        const base = overlay.base('k');
        const pending = overlay.pendingOps('k') as readonly CountOp[];
        const expected = base === undefined && pending.length === 0 ? undefined : pendingCounterValue(base, pending);
        expect(overlay.values.get('k')).toBe(expected);
        expect(overlay.record('k') ?? base).toBe(overlay.record('k'));
      }
    }),
    { numRuns: 1000 },
  );
});

it('CR-7: a delta more costs the same however many are pending', () => {
  const overlay = new RecordOverlay({ now: () => 0, note: () => {} });
  for (let seq = 1; seq <= 20_000; seq += 1) overlay.add(countOp('own.0', seq, 1));
  expect(overlay.values.get('k')).toBe(20_000);
});
