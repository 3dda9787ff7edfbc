import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReplicaLine } from './replica-line.js';

interface Item {
  readonly at: number;
  readonly replicas: readonly string[];
}

/** A step: another item of these replicas comes, or one of those that have begun is done. */
const steps = fc.array(
  fc.oneof(
    fc.record({ add: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 }) }),
    fc.record({ done: fc.nat() }),
  ),
  { maxLength: 60 },
);

/** What may begin, by its definition: nothing that came before and is not done has a replica in common with it. */
const mayBegin = (open: readonly Item[], item: Item): boolean =>
  open.every((other) => other.at >= item.at || !other.replicas.some((replica) => item.replicas.includes(replica)));

test('HK-1: what may begin is what has nothing of its replicas before it, and it begins at the earliest moment', () => {
  fc.assert(
    fc.property(steps, (run) => {
      const line = new ReplicaLine<Item>();
      const open: Item[] = [];
      const begun = new Set<Item>();
      let count = 0;
      const check = (): void => {
        expect(open.filter((item) => mayBegin(open, item))).toEqual(open.filter((item) => begun.has(item)));
        expect(line.size).toBe(open.length);
      };
      const finish = (item: Item): void => {
        open.splice(open.indexOf(item), 1);
        begun.delete(item);
        const next = line.done(item);
        for (const other of next) begun.add(other);
      };
      for (const step of run) {
        if ('add' in step) {
          const item = { at: (count += 1), replicas: [...new Set(step.add)] };
          open.push(item);
          if (line.add(item, step.add)) begun.add(item);
        } else if (begun.size > 0) {
          finish([...begun][step.done % begun.size]!);
        }
        check();
      }
      // Whatever goes on being done, everything begins.
      while (begun.size > 0) {
        finish([...begun][0]!);
        check();
      }
      expect(open).toEqual([]);
    }),
  );
});

test('HK-1: of one replica, the order in which they begin is that in which they came', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }), { maxLength: 30 }),
      fc.nat(),
      (all, pick) => {
        const line = new ReplicaLine<Item>();
        const items = all.map((replicas, at): Item => ({ at, replicas }));
        const ready = items.filter((item) => line.add(item, item.replicas));
        const order: Item[] = [];
        while (ready.length > 0) {
          const [item] = ready.splice(pick % ready.length, 1);
          order.push(item!);
          ready.push(...line.done(item!));
        }
        expect(order).toHaveLength(items.length);
        for (const replica of ['a', 'b', 'c']) {
          const own = order.filter(({ replicas }) => replicas.includes(replica)).map(({ at }) => at);
          expect(own).toEqual([...own].sort((a, b) => a - b));
        }
      },
    ),
  );
});

test('one that was never taken in is done without anything', () => {
  expect(new ReplicaLine<Item>().done({ at: 0, replicas: ['a'] })).toEqual([]);
});
