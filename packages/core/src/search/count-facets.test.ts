import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Value } from '../primitives/index.js';
import { takeAll } from '../query/index.js';
import { FacetCounter, VALUES_PER_STEP } from './count-facets.js';
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

  test('SE-13: are put in order a bounded number of values a step, and are those of sorting all of them', () => {
    const shuffled = fc.array(fc.tuple(fc.nat(3_000), fc.boolean()), { minLength: 1_500, maxLength: 4_000 });
    fc.assert(
      fc.property(shuffled, (values) => {
        const counter = new FacetCounter([
          { name: 'f', path: ['f'] },
          { name: '__proto__', path: ['g'] },
        ]);
        const plain = new Map<Value, number>();
        values.forEach(([number, isText], i) => {
          const value = isText ? `v${number % 400}` : number;
          counter.add(String(i), { f: value, g: i % 2 === 0 });
          plain.set(value, (plain.get(value) ?? 0) + 1);
        });
        const steps = counter.counts();
        let taken = 0;
        let step = steps.next();
        for (; step.done !== true; step = steps.next()) taken++;
        expect(taken).toBe(Math.floor(plain.size / VALUES_PER_STEP));
        const order = (value: Value): string =>
          typeof value === 'number' ? `0${String(value).padStart(9, '0')}` : `1${String(value)}`;
        const sorted = [...plain].sort(([a, m], [b, n]) => n - m || (order(a) < order(b) ? -1 : 1)).slice(0, 100);
        expect(step.value['f']?.map(({ value, count }) => [value, count])).toEqual(sorted);
        expect(Object.hasOwn(step.value, '__proto__')).toBe(true);
        expect(step.value['__proto__']?.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
      }),
      { numRuns: 20 },
    );
  });

  test('that are put to what was counted elsewhere count as one, and none shows of which nobody has any left', () => {
    const known = {
      f: [
        { value: 'a', count: 2 },
        { value: 1, count: 1 },
        { value: null, count: 1 },
      ],
    };
    const counter = new FacetCounter([{ name: 'f', path: ['f'] }], known);
    counter.add('x', { f: 'a' }, -1);
    counter.add('y', { f: 1 }, -1);
    counter.add('z', { f: [null, 'new', 'new', { not: 'one' }] });
    expect(takeAll(counter.counts())['f']).toEqual([
      { value: null, count: 2 },
      { value: 'a', count: 1 },
      { value: 'new', count: 1 },
    ]);
  });
});
