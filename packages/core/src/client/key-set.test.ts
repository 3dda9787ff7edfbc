import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { KeySet } from './key-set.js';

const ALL = Array.from({ length: 251 }, (_, n) => `k${n}`);
const aKey = fc.constantFrom(...ALL);
const aStep = fc.oneof(
  fc.record({
    type: fc.constantFrom('add' as const, 'delete' as const),
    at: fc.nat(),
    keys: fc.array(aKey, { maxLength: 120 }),
  }),
  fc.record({ type: fc.constantFrom('copy' as const, 'of' as const), at: fc.nat(), keys: fc.constant([]) }),
);

describe('KeySet', () => {
  it('SY-2: holds what a set would hold, and so does each copy, whatever becomes of the others', () => {
    fc.assert(
      fc.property(
        fc.constantFrom([], ALL.slice(0, 100), ALL),
        fc.array(aStep, { minLength: 5, maxLength: 20 }),
        (keys, steps) => {
          const pairs = [{ held: new KeySet(keys), expected: new Set(keys) }];
          for (const step of steps) {
            const { held, expected } = pairs[step.at % pairs.length]!;
            if (step.type === 'copy') pairs.push({ held: held.copy(), expected: new Set(expected) });
            else if (step.type === 'of') pairs.push({ held: KeySet.of(held), expected: new Set(expected) });
            else {
              for (const key of step.keys) held[step.type](key);
              for (const key of step.keys) expected[step.type](key);
            }
          }
          for (const { held, expected } of pairs) {
            const listed = [...held];
            expect(listed).toHaveLength(expected.size);
            expect(new Set(listed)).toEqual(expected);
            expect(held.size).toBe(expected.size);
            expect(ALL.filter((key) => held.has(key))).toEqual(ALL.filter((key) => expected.has(key)));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('SY-2: is not gone through again for a copy, however many keys there are', () => {
    const keys = Array.from({ length: 1_000 }, (_, n) => `k${n}`);
    const first = new KeySet(keys).copy();
    let added = 0;
    const add = Set.prototype.add;
    Set.prototype.add = function count<T>(this: Set<T>, key: T): Set<T> {
      added += 1;
      return add.call(this, key) as Set<T>;
    };
    try {
      first.add('new');
      first.delete('k7');
      const second = first.copy();
      expect([second.size, second.has('new'), second.has('k7')]).toEqual([1_000, true, false]);
    } finally {
      Set.prototype.add = add;
    }
    expect(added).toBeLessThan(10);
  });
});
