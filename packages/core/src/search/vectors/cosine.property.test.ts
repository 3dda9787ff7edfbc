import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { COSINE_SCALE, Direction, inverseLength } from './cosine.js';
import { Ranks, scoreOfRank } from './fused-score.js';
import { squareOf } from './read-vector.js';

const number = fc.integer({ min: -8, max: 8 });
/** Of any number of numbers about the four that are added at a time. */
const vectors = fc.integer({ min: 1, max: 13 }).chain((dimensions) => {
  const vector = fc
    .array(number, { minLength: dimensions, maxLength: dimensions })
    .filter((numbers) => numbers.some((one) => one !== 0));
  return fc.tuple(vector, vector);
});
const f32 = (numbers: readonly number[]): Float32Array => Float32Array.from(numbers);
const between = (a: readonly number[], b: readonly number[]): number =>
  new Direction(f32(a)).millionths(f32(b), 0, inverseLength(f32(b)));
const plainly = (a: readonly number[], b: readonly number[]): number => {
  const dot = a.reduce((sum, one, i) => sum + one * (b[i] as number), 0);
  return (COSINE_SCALE * dot) / Math.hypot(...a) / Math.hypot(...b);
};

describe('SE-60: how near two vectors are', () => {
  test('is the cosine between them to six decimals, a whole number of millionths', () => {
    fc.assert(
      fc.property(vectors, ([a, b]) => {
        const told = between(a, b);
        expect(Number.isInteger(told)).toBe(true);
        expect(Math.abs(told - plainly(a, b))).toBeLessThan(0.501);
      }),
      { numRuns: 300 },
    );
  });

  test('is the same from both sides, 1 to itself, -1 to its opposite, and never beyond', () => {
    fc.assert(
      fc.property(vectors, ([a, b]) => {
        expect(between(a, b)).toBe(between(b, a));
        expect(between(a, a)).toBe(COSINE_SCALE);
        expect(
          between(
            a,
            a.map((one) => -one),
          ),
        ).toBe(-COSINE_SCALE);
        expect(Math.abs(between(a, b))).toBeLessThanOrEqual(COSINE_SCALE);
      }),
    );
  });

  test('says nothing of how long they are', () => {
    fc.assert(
      fc.property(vectors, fc.constantFrom(2, 0.5, 1024), ([a, b], times) => {
        const longer = b.map((one) => one * times);
        expect(between(a, longer)).toBe(between(a, b));
        expect(squareOf(f32(longer))).toBe(squareOf(f32(b)) * times * times);
      }),
    );
  });

  test('is that of the one that lies there, whatever lies beside it in a block', () => {
    fc.assert(
      fc.property(
        vectors,
        fc.array(number, { maxLength: 9 }),
        fc.array(number, { maxLength: 9 }),
        ([a, b], lead, rest) => {
          const block = f32([...lead, ...b, ...rest]);
          expect(new Direction(f32(a)).millionths(block, lead.length, inverseLength(f32(b)))).toBe(between(a, b));
        },
      ),
    );
  });
});

describe('SE-61: ranks', () => {
  test('are one more than how many are better, those of one score sharing it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -2, max: 4 })), (scores) => {
        const ranks = new Ranks();
        const sorted = scores.toSorted((a, b) => b - a);
        const told = sorted.map((score) => ranks.next(score));
        expect(told).toEqual(sorted.map((score) => 1 + sorted.filter((other) => other > score).length));
      }),
    );
  });

  test('add the less the greater they are, nothing where there is none, and 0.0328 in two lists at most', () => {
    expect(scoreOfRank(undefined)).toBe(0);
    expect(scoreOfRank(1)).toBe(1 / 61);
    expect(2 * scoreOfRank(1)).toBeCloseTo(0.0328, 4);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (rank) => {
        expect(scoreOfRank(rank + 1)).toBeLessThan(scoreOfRank(rank));
        expect(scoreOfRank(rank)).toBeGreaterThan(0);
      }),
    );
  });
});
