import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Value } from '../primitives/index.js';
import { takeAll } from '../query/index.js';
import { FacetCounter } from './count-facets.js';
import { SEARCH_LIMITS } from './search-limits.js';

const scalar = fc.constantFrom<Value>(null, true, false, 0, 1, '1', 'a', 'b', '__proto__', '');
const held: fc.Arbitrary<Value | undefined> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 4 }),
  fc.constant(undefined),
  fc.constant<Value>({ a: 1 }),
);

const countsOf = (values: readonly (Value | undefined)[]) => {
  const counter = new FacetCounter([{ name: 'f', path: ['f'] }]);
  values.forEach((value, i) => counter.add(String(i), value === undefined ? {} : { f: value }));
  return takeAll(counter.counts())['f'] ?? [];
};

describe('SE-6: facets', () => {
  test('count each record once for each scalar that it has, alone or in a list, the most frequent first', () => {
    fc.assert(
      fc.property(fc.array(held, { maxLength: 30 }), (values) => {
        const counts = countsOf(values);
        const has = (value: Value | undefined, wanted: Value): boolean =>
          Array.isArray(value) ? (value as readonly Value[]).includes(wanted) : value === wanted;
        for (const { value, count } of counts) expect(count).toBe(values.filter((each) => has(each, value)).length);
        const all: readonly Value[] = [null, true, false, 0, 1, '1', 'a', 'b', '__proto__', ''];
        const counted = all.filter((wanted) => values.some((each) => has(each, wanted)));
        expect(new Set(counts.map(({ value }) => value))).toEqual(new Set(counted));
        expect(counts.map(({ count }) => count)).toEqual(counts.map(({ count }) => count).toSorted((a, b) => b - a));
      }),
      { numRuns: 200 },
    );
  });

  test('say the same whatever the order in which records were counted', () => {
    fc.assert(
      fc.property(fc.array(held, { maxLength: 20 }), (values) => {
        expect(countsOf(values.toReversed())).toEqual(countsOf(values));
      }),
    );
  });

  test('tell of a bounded number of values, the most frequent ones', () => {
    const values = Array.from({ length: 300 }, (_, i) => `v${i}`);
    const counts = countsOf([...values, ...values.slice(200), 'v250']);
    expect(counts).toHaveLength(SEARCH_LIMITS.facetValues);
    expect(counts[0]).toEqual({ value: 'v250', count: 3 });
    expect(counts.every(({ count }) => count >= 2)).toBe(true);
  });
});
