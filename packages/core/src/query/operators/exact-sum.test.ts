import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactAverage, exactSum } from '../evaluate/exact-sum.js';
import { ExactSum } from './exact-sum.js';

/** Every finite double, and often those between which exactness is hardest. */
const number = fc.oneof(
  { weight: 3, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map((item) => item + 0) },
  { weight: 2, arbitrary: fc.integer() },
  { weight: 2, arbitrary: fc.integer({ min: -1000, max: 1000 }).map((item) => item / 100) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      0,
      0.1,
      0.2,
      -0.3,
      1e300,
      -1e300,
      2 ** 53,
      2 ** 53 - 1,
      -(2 ** 53) + 1,
      Number.MIN_VALUE,
      -Number.MIN_VALUE,
      2 ** -1022,
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      Number.MAX_SAFE_INTEGER,
      2 ** -1074 * 3,
    ),
  },
);

const totalOf = (numbers: readonly number[]): number | null => {
  const sum = new ExactSum();
  for (const item of numbers) sum.add(item);
  return sum.total();
};

describe('QU-21: an exact sum', () => {
  test('is the sum of whole multiples of the least double, rounded once', () => {
    fc.assert(
      fc.property(fc.array(number, { maxLength: 12 }), (numbers) => {
        expect(totalOf(numbers)).toBe(exactSum(numbers));
      }),
      { numRuns: 2000 },
    );
  });

  test('divided is the exact quotient, rounded once', () => {
    const averageOf = (numbers: readonly number[]): number | null => {
      const sum = new ExactSum();
      for (const item of numbers) sum.add(item);
      return numbers.length === 0 ? null : sum.average(numbers.length);
    };
    fc.assert(
      fc.property(fc.array(number, { maxLength: 12 }), (numbers) => {
        expect(averageOf(numbers)).toBe(exactAverage(numbers));
      }),
      { numRuns: 2000 },
    );
    expect(averageOf([Number.MAX_VALUE, Number.MAX_VALUE])).toBe(Number.MAX_VALUE);
    expect(averageOf([Number.MIN_VALUE, 0, 0])).toBe(0);
    expect(averageOf([-Number.MIN_VALUE, 0, 0])).toBe(0);
    expect(averageOf([Number.MIN_VALUE, Number.MIN_VALUE, 0])).toBe(Number.MIN_VALUE);
    expect(averageOf([0.1, 0.2, 0.3])).toBe(0.2);
    expect(averageOf([2 ** 53, 2 ** 53 + 2, 0.5])).toBe(exactAverage([2 ** 53, 2 ** 53 + 2, 0.5]));
  });

  test('does not depend on the order of its numbers', () => {
    fc.assert(
      fc.property(fc.array(number, { maxLength: 20 }), fc.infiniteStream(fc.nat()), (numbers, choice) => {
        const shuffled = numbers
          .map((item) => [choice.next().value as number, item] as const)
          .sort(([a], [b]) => a - b);
        expect(totalOf(shuffled.map(([, item]) => item))).toBe(totalOf(numbers));
      }),
      { numRuns: 500 },
    );
  });

  test('keeps nothing of numbers that were taken out: it is what it would be without them, to the bit', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(number, fc.boolean()), { maxLength: 30 }), (list) => {
        const sum = new ExactSum();
        for (const [item] of list) sum.add(item);
        for (const [item, leaves] of list) if (leaves) sum.subtract(item);
        const rest = list.filter(([, leaves]) => !leaves).map(([item]) => item);
        expect(sum.total()).toBe(totalOf(rest));
        for (const item of rest) sum.subtract(item);
        expect(sum.total()).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  test('a sum in doubles would be found out', () => {
    const property = fc.property(fc.array(number, { maxLength: 12 }), (numbers) => {
      let sum = 0;
      for (const item of numbers) sum += item;
      return (Number.isFinite(sum) ? sum : null) === exactSum(numbers);
    });
    expect(fc.check(property, { numRuns: 500, seed: 1 }).failed).toBe(true);
  });

  test('adds what doubles lose', () => {
    expect(totalOf([0.1, 0.2, 0.3, -0.1, -0.2, -0.3])).toBe(0);
    expect(totalOf([1e300, 1, -1e300])).toBe(1);
    expect(totalOf([2 ** 53, 1, 1])).toBe(2 ** 53 + 2);
    expect(totalOf(Array.from({ length: 10 }, () => 0.1))).toBe(1);
    expect(totalOf([Number.MIN_VALUE, Number.MIN_VALUE])).toBe(2 * Number.MIN_VALUE);
  });

  test('rounds to the nearest, and ties to the even neighbour', () => {
    expect(totalOf([2 ** 53, 1])).toBe(2 ** 53);
    expect(totalOf([2 ** 53 + 2, 1])).toBe(2 ** 53 + 4);
    expect(totalOf([2 ** 53, 1, Number.MIN_VALUE])).toBe(2 ** 53 + 2);
    expect(totalOf([2 ** 53 + 2, 1, -Number.MIN_VALUE])).toBe(2 ** 53 + 2);
    expect(totalOf([-(2 ** 53), -1])).toBe(-(2 ** 53));
    expect(totalOf([-(2 ** 53) - 2, -1])).toBe(-(2 ** 53) - 4);
  });

  test('reaches out of the range of doubles and comes back', () => {
    const sum = new ExactSum();
    sum.add(Number.MAX_VALUE);
    sum.add(Number.MAX_VALUE);
    expect(sum.total()).toBeNull();
    sum.add(-Number.MAX_VALUE);
    expect(sum.total()).toBe(Number.MAX_VALUE);
    sum.subtract(Number.MAX_VALUE);
    expect(sum.total()).toBe(0);
    // Half a unit of the last place more than the greatest double rounds out of the range, and anything less does not.
    expect(totalOf([Number.MAX_VALUE, 2 ** 970])).toBeNull();
    expect(totalOf([Number.MAX_VALUE, 2 ** 970, -Number.MIN_VALUE])).toBe(Number.MAX_VALUE);
  });

  test('is never -0', () => {
    expect(Object.is(totalOf([]), 0)).toBe(true);
    expect(Object.is(totalOf([-0.5, 0.5]), 0)).toBe(true);
    const sum = new ExactSum();
    sum.subtract(0);
    expect(Object.is(sum.total(), 0)).toBe(true);
  });

  test('powers of two scale exactly, over their whole range', () => {
    for (let exponent = -1074; exponent <= 1023; exponent++) {
      const power = 2 ** exponent;
      expect(totalOf([power, 2 ** -1074, -(2 ** -1074)])).toBe(power);
    }
  });

  test('is a value that changed ten thousand times, without drifting', () => {
    const sum = new ExactSum();
    let last = 0.1;
    sum.add(last);
    for (let i = 0; i < 10_000; i++) {
      const next = ((i * 7919) % 1009) / 97;
      sum.add(next);
      sum.subtract(last);
      last = next;
    }
    expect(sum.total()).toBe(last);
  });
});
