import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { isStep, radixOrder } from './radix-order.js';
import { numberKeys, sharedPrefix, textKeys, turnAround } from './sort-keys.js';
import { compileSort } from './sort-rows.js';

/** QU-8: none of the parts of sorting goes through more than some ten thousand keys, or some thousand rows, in one step. */
const KEYS_PER_STEP = 32_768;
const SIZES = [0, 1, KEYS_PER_STEP - 1, KEYS_PER_STEP, KEYS_PER_STEP + 1, 2 * KEYS_PER_STEP] as const;

const stepsOf = <T>(work: Generator<void, T>): { readonly steps: number; readonly result: T } => {
  for (let steps = 0; ; steps += 1) {
    const step = work.next();
    if (step.done === true) return { steps, result: step.value };
  }
};
const full = (count: number): number => Math.floor(count / KEYS_PER_STEP);

describe('QU-8: the steps of sorting', () => {
  test('a step ends with every so many-th key', () => {
    const ends = Array.from({ length: 3 * KEYS_PER_STEP }, (_, i) => i).filter(isStep);
    expect(ends).toEqual([KEYS_PER_STEP - 1, 2 * KEYS_PER_STEP - 1, 3 * KEYS_PER_STEP - 1]);
  });

  test.each(SIZES)('of %i keys, making, turning and comparing their beginnings take one for each so many', (count) => {
    const numbers = Array.from({ length: count }, (_, i) => i % 7);
    const texts = numbers.map(String);
    const made = stepsOf(numberKeys(numbers));
    expect([made.steps, stepsOf(textKeys(texts, 0)).steps, stepsOf(turnAround(made.result)).steps]).toEqual(
      Array(3).fill(full(count)),
    );
    if (count > 0) expect(stepsOf(sharedPrefix(texts)).steps).toBe(full(count));
  });

  test.each(SIZES.slice(1))(
    'of %i keys, ordering takes as many for counting, and as many and one for each digit that differs',
    (count) => {
      const keysOf = (numberOf: (i: number) => number) =>
        stepsOf(numberKeys(Array.from({ length: count }, (_, i) => numberOf(i)))).result;
      // All equal: no digit is gone through. The list of places is made in a step of its own.
      expect(stepsOf(radixOrder(keysOf(() => 5))).steps).toBe(full(count) + 1);
      if (count === 1) return;
      // 1 and 2 differ in the highest digits alone.
      const { steps, result } = stepsOf(radixOrder(keysOf((i) => 1 + (i % 2))));
      expect((steps - full(count) - 1) % (full(count) + 1)).toBe(0);
      expect(steps).toBeGreaterThan(full(count) + 1);
      expect([...result.slice(0, 3)]).toEqual(
        [0, 2, 4]
          .filter((i) => i < count)
          .concat([1])
          .slice(0, Math.min(3, count)),
      );
    },
  );

  test('rows that are sorted are those that were given until the end, and a work that is left is no harm', () => {
    const rows = Array.from({ length: 20_000 }, (_, i): Entry => ({
      key: `k${i}`,
      value: { a: (i * 7_919) % 20_011 } as Value,
    }));
    const given = rows.slice();
    const work = compileSort({ sort: [[['a'], 'asc']] })(rows);
    for (let i = 0; i < 4; i += 1) expect(work.next().done).toBe(false);
    expect(rows.every((row, i) => row === given[i])).toBe(true);
    work.return([]);
    const other = stepsOf(compileSort({ sort: [[['a'], 'asc']] })(rows));
    expect(other.steps).toBeGreaterThan(4);
    expect(other.result.every((row, i) => i === 0 || numberOf(other.result[i - 1] as Entry) < numberOf(row))).toBe(
      true,
    );
    expect(rows.every((row, i) => row === given[i])).toBe(true);
  });

  test('two works go on beside each other', () => {
    const rowsOf = (step: number) =>
      Array.from({ length: 9_000 }, (_, i): Entry => ({ key: `k${i}`, value: { a: (i * step) % 9_001 } }));
    const sort = compileSort({ sort: [[['a'], 'desc']] });
    const works = [sort(rowsOf(389)), sort(rowsOf(7))];
    const results: Entry[][] = [];
    while (results.length < 2) {
      for (const work of works) {
        const step = work.next();
        if (step.done === true && step.value !== undefined) results.push(step.value);
      }
    }
    for (const result of results)
      expect(result.every((row, i) => i === 0 || numberOf(result[i - 1] as Entry) > numberOf(row))).toBe(true);
  });
});

const numberOf = ({ value }: Entry): number => (value as { readonly a: number }).a;
