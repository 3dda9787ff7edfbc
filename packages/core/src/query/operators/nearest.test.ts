import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExactSum } from './exact-sum.js';

/*
 * QU-21: the exact sum, rounded once to the nearest double. Said without any rounding: no neighbour of what is given is nearer to the sum, and of two that
 * are as near it is the even one. Sums and distances are whole numbers of the least double, which are exact.
 */

const bits = new DataView(new ArrayBuffer(8));
/** How many times the least double a finite number is. */
function units(number: number): bigint {
  bits.setFloat64(0, Math.abs(number));
  const all = bits.getBigUint64(0);
  const exponent = all >> 52n;
  const fraction = all & (2n ** 52n - 1n);
  const size = exponent === 0n ? fraction : (fraction + 2n ** 52n) << (exponent - 1n);
  return number < 0 ? -size : size;
}
/** The double above a positive one, or zero; infinite above the greatest. */
function above(number: number): number {
  bits.setFloat64(0, number);
  bits.setBigUint64(0, bits.getBigUint64(0) + 1n);
  return bits.getFloat64(0);
}
function below(number: number): number {
  if (number === 0) return -Number.MIN_VALUE;
  bits.setFloat64(0, number);
  bits.setBigUint64(0, bits.getBigUint64(0) - 1n);
  return bits.getFloat64(0);
}
const isEven = (number: number): boolean => {
  bits.setFloat64(0, number);
  return bits.getBigUint64(0) % 2n === 0n;
};
/** Beyond the greatest there would be 2^1024: it stands for all that is out of range. */
const sizeOf = (number: number): bigint => (number === Infinity ? 2n ** (1024n + 1074n) : units(number));
const distance = (a: bigint, b: bigint): bigint => (a < b ? b - a : a - b);

/** What is wrong with this number as `sum / parts`, in words. */
function fault(given: number | null, sum: bigint, parts: bigint): string | null {
  const isBelowZero = sum < 0n;
  const size = isBelowZero ? -sum : sum;
  const number = given === null ? Infinity : isBelowZero ? 0 - given : given;
  if (number < 0 || Object.is(number, -0)) return 'the sign';
  // Distances of the multiples, so that nothing is divided.
  const near = distance(sizeOf(number) * parts, size);
  const others = number === Infinity ? [Number.MAX_VALUE] : [above(number), ...(number === 0 ? [] : [below(number)])];
  for (const other of others) {
    const far = distance(sizeOf(other) * parts, size);
    if (far < near) return `${other} is nearer than ${number}`;
    if (far === near && !(number === Infinity ? true : isEven(number))) return `${other} is as near, and even`;
  }
  return null;
}

const sumOf = (numbers: readonly number[]): ExactSum => {
  const sum = new ExactSum();
  for (const number of numbers) sum.add(number);
  return sum;
};
const unitsOf = (numbers: readonly number[]): bigint => numbers.reduce((sum, number) => sum + units(number), 0n);

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
/** Numbers that often lie half-way between two others. */
const edgy = fc
  .tuple(
    fc.integer({ min: -4, max: 4 }),
    fc.constantFrom(-1074, -1073, -1022, -53, -1, 0, 1, 52, 53, 54, 970, 971, 1020),
  )
  .map(([times, exponent]) => times * 2 ** exponent);
const numbers = fc.array(fc.oneof(finite, edgy, edgy, fc.integer()), { maxLength: 9 });

describe('QU-21: nothing is nearer to the exact sum', () => {
  test('the judge knows a number that is not the nearest', () => {
    expect(fault(1, units(1), 1n)).toBeNull();
    expect(fault(above(1), units(1), 1n)).toMatch(/is nearer/);
    expect(fault(below(1), units(1), 1n)).toMatch(/is nearer/);
    expect(fault(2 ** 53, units(2 ** 53) + units(1), 1n)).toBeNull();
    expect(fault(2 ** 53 + 2, units(2 ** 53) + units(1), 1n)).toMatch(/as near, and even/);
    expect(fault(-1, units(1), 1n)).toBe('the sign');
    expect(fault(-0, 0n, 1n)).toBe('the sign');
    expect(fault(null, units(Number.MAX_VALUE), 1n)).toMatch(/is nearer/);
    expect(fault(Number.MAX_VALUE, 2n * units(Number.MAX_VALUE), 1n)).toMatch(/is nearer/);
    expect([fault(0, 1n, 2n), fault(Number.MIN_VALUE, 1n, 2n)]).toEqual([null, expect.stringMatching(/even/)]);
  });

  test('of any numbers', () => {
    fc.assert(
      fc.property(numbers, (all) => {
        expect(fault(sumOf(all).total(), unitsOf(all), 1n)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  test('of their average, by any number of parts', () => {
    fc.assert(
      fc.property(numbers, fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1 })), (all, parts) => {
        expect(fault(sumOf(all).average(parts), unitsOf(all), BigInt(parts))).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  test('of any number and half the way to its neighbour, a little less, and a little more', () => {
    const wrong: unknown[] = [];
    for (let exponent = -1022; exponent <= 1023; exponent += 31) {
      for (const number of [2 ** exponent, above(2 ** exponent), below(2 ** exponent)]) {
        const half = (above(number) - number) / 2;
        for (const rest of [half, below(half), above(half), half / 2]) {
          if (rest <= 0 || !Number.isFinite(rest)) continue;
          for (const all of [
            [number, rest],
            [-number, -rest],
            [rest, number, rest, -rest],
          ]) {
            const found = fault(sumOf(all).total(), unitsOf(all), 1n);
            if (found !== null) wrong.push([all, found]);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('QU-21: what a sum must be, whatever the numbers', () => {
  test('the other way round for the opposite numbers', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 9 }), (all, parts) => {
        const [sum, opposite] = [sumOf(all), sumOf(all.map((number) => -number))];
        const turned = (number: number | null): number | null => (number === null ? null : 0 - number);
        expect([opposite.total(), opposite.average(parts)]).toEqual([turned(sum.total()), turned(sum.average(parts))]);
      }),
      { numRuns: 150 },
    );
  });

  test('no less with a number more that is not below zero', () => {
    fc.assert(
      fc.property(numbers, finite, (all, more) => {
        const [less, sum] = [sumOf(all).total(), sumOf([...all, Math.abs(more)]).total()];
        if (less !== null && sum !== null) expect(sum).toBeGreaterThanOrEqual(less);
      }),
      { numRuns: 150 },
    );
  });

  test('an average that is not outside of its numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(finite, edgy), { minLength: 1, maxLength: 8 }), (all) => {
        const average = sumOf(all).average(all.length);
        expect(average).toBeGreaterThanOrEqual(Math.min(...all));
        expect(average).toBeLessThanOrEqual(Math.max(...all));
      }),
      { numRuns: 150 },
    );
  });
});
