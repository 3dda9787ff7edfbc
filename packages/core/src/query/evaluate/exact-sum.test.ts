import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findCounterexample } from '../query.arbitrary.js';
import { exactAverage, exactSum } from './exact-sum.js';

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(0.1, 0.2, 0.3, 1e16, -1e16, 1e300, -1e300, Number.MIN_VALUE, 2 ** -1022, Number.MAX_VALUE),
);
const numbers = fc.array(number, { maxLength: 12 });

describe('QU-14: sums and averages', () => {
  test.each<[readonly number[], number | null, number | null]>([
    [[], 0, null],
    [[5], 5, 5],
    [[0.1, 0.2], 0.30000000000000004, 0.15000000000000002],
    [Array(10).fill(0.1), 1, 0.1],
    [[1e16, 1, -1e16], 1, 1 / 3],
    [[1e300, 1, -1e300], 1, 1 / 3],
    [[Number.MAX_VALUE, Number.MAX_VALUE], null, Number.MAX_VALUE],
    [[Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE], Number.MAX_VALUE, Number.MAX_VALUE / 3],
    [[-Number.MAX_VALUE, -Number.MAX_VALUE], null, -Number.MAX_VALUE],
    [[Number.MIN_VALUE, Number.MIN_VALUE], 2 * Number.MIN_VALUE, Number.MIN_VALUE],
    [[Number.MIN_VALUE, 0], Number.MIN_VALUE, 0],
    [[-1, 1], 0, 0],
    [[2 ** 53, 1], 2 ** 53, 2 ** 52],
    [[2 ** 53, 1, 2 ** -1074], 2 ** 53 + 2, 3002399751580331],
    [[-2, -1], -3, -1.5],
  ])('of %j: %d and %d', (list, sum, average) => {
    expect(exactSum(list)).toBe(sum);
    expect(exactAverage(list)).toBe(average);
  });

  test('do not depend on the order', () => {
    const shuffled = numbers.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(exactSum(other)).toBe(exactSum(list));
        expect(exactAverage(other)).toBe(exactAverage(list));
      }),
    );
  });

  test('plain addition depends on it', () => {
    const property = fc.property(numbers, (list) => {
      const plain = list.reduce((sum, one) => sum + one, 0);
      expect(exactSum(list) ?? Infinity).toBe(Number.isFinite(plain) ? plain + 0 : Infinity);
    });
    expect(findCounterexample(property, 500, 1)).not.toBeNull();
  });

  test('of one number, and of two, are those that a machine rounds to', () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(exactSum([a])).toBe(a + 0);
        expect(exactAverage([a, a, a])).toBe(a + 0);
        expect(exactSum([a, b])).toBe(Number.isFinite(a + b) ? a + b + 0 : null);
      }),
      { numRuns: 1000 },
    );
  });

  test('never give a negative zero', () => {
    expect(Object.is(exactSum([-0]), 0)).toBe(true);
    expect(Object.is(exactAverage([-Number.MIN_VALUE, 0, 0]), 0)).toBe(true);
  });
});
