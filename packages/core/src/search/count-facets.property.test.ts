import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { PlainObject, Value } from '../primitives/index.js';
import { takeAll } from '../query/index.js';
import { FacetCounter, VALUES_PER_STEP, type AllCounts, type FacetCounts } from './count-facets.js';
import { SEARCH_LIMITS } from './search-limits.js';
import type { Facet } from './search-query.js';
import { stepsOf } from './searched-world.arbitrary.js';

const FACETS: readonly Facet[] = [
  { name: 'tag', path: ['tag'] },
  { name: 'by.name', path: ['by', 'name'] },
  { name: '_key', path: ['_key'] },
];
const MANY = SEARCH_LIMITS.facetValues;

const scalar = fc.constantFrom<Value>(null, true, false, 0, -1, 1.5, '0', '', 'a', 'B', 'é', 'constructor');
const held = fc.oneof(scalar, fc.array(scalar, { maxLength: 4 }), fc.constant<Value>({ a: 1 }), fc.constant([[1], {}]));
const record: fc.Arbitrary<PlainObject> = fc.record({ tag: held, by: fc.record({ name: held }) }, { requiredKeys: [] });
const records = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), record), { maxLength: 16 });
type Records = readonly (readonly [key: string, value: PlainObject])[];

function counterOf(list: Records, known?: FacetCounts): FacetCounter {
  const counter = new FacetCounter(FACETS, known);
  for (const [key, value] of list) counter.add(key, value);
  return counter;
}

const allOf = (counter: FacetCounter): AllCounts => takeAll(counter.all());
const countsOf = (counter: FacetCounter): FacetCounts => takeAll(counter.counts());
/** As plain data crosses between hosts. */
const crossed = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('SE-6: what has been counted', () => {
  test('of two halves is that of the whole, in whichever order they are taken', () => {
    fc.assert(
      fc.property(records, fc.nat(16), (list, at) => {
        const halves = [list.slice(0, at), list.slice(at)].map((half) => crossed(allOf(counterOf(half))));
        const whole = countsOf(counterOf(list));
        for (const order of [halves, halves.toReversed()]) {
          const joined = new FacetCounter(FACETS);
          for (const half of order) joined.take(half);
          expect(countsOf(joined)).toEqual(whole);
        }
        const [first = []] = halves;
        const grown = counterOf(list.slice(at));
        grown.take(first);
        expect(countsOf(grown)).toEqual(whole);
      }),
    );
  });

  test('goes on where others have counted, as if all had been counted here', () => {
    fc.assert(
      fc.property(records, records, (before, after) => {
        const told = crossed(countsOf(counterOf(before)));
        expect(countsOf(counterOf(after, told))).toEqual(countsOf(counterOf([...before, ...after])));
      }),
    );
  });

  test('is taken back with what is found no longer: what nothing has is not told of', () => {
    fc.assert(
      fc.property(records, records, (kept, gone) => {
        const counter = counterOf([...kept, ...gone]);
        for (const [key, value] of gone) counter.add(key, value, -1);
        expect(countsOf(counter)).toEqual(countsOf(counterOf(kept)));
      }),
    );
  });

  test('is what is told of, every value of it, as long as there are few', () => {
    fc.assert(
      fc.property(records, (list) => {
        const counter = counterOf(list);
        const told = countsOf(counter);
        expect(Object.keys(told)).toEqual(FACETS.map(({ name }) => name));
        for (const [at, values] of allOf(counter).entries()) {
          const own = told[(FACETS[at] as Facet).name] ?? [];
          expect(new Map(own.map(({ value, count }) => [value, count]))).toEqual(new Map(values));
          expect(own).toHaveLength(values.length);
        }
      }),
    );
  });

  test('says nothing of lists in lists, of objects, and of a value that stands twice in one list', () => {
    const counter = counterOf([
      ['a', { tag: ['x', 'x', ['y'], { z: 1 }] }],
      ['b', { tag: { x: 1 }, by: 'x' }],
    ]);
    expect(countsOf(counter)).toEqual({
      tag: [{ value: 'x', count: 1 }],
      'by.name': [],
      _key: [
        { value: 'a', count: 1 },
        { value: 'b', count: 1 },
      ],
    });
  });
});

describe('SE-44: of a facet that was cut', () => {
  const known = (values: number): FacetCounts => ({
    tag: Array.from({ length: values }, (_, i) => ({ value: `v${i}`, count: 2 })),
  });

  test.each([
    [MANY - 1, true],
    [MANY, false],
    [MANY + 1, false],
  ])('with %i values that are known another one counts: %s', (values, isCounted) => {
    const counter = new FacetCounter(FACETS, known(values));
    for (let i = 0; i < 5; i++) counter.add(`k${i}`, { tag: 'new' });
    counter.add('k', { tag: 'v0' });
    const { tag = [] } = countsOf(counter);
    expect(tag.find(({ value }) => value === 'new')?.count).toBe(isCounted ? 5 : undefined);
    expect(tag.find(({ value }) => value === 'v0')?.count).toBe(3);
    // Other facets have not been cut.
    expect(countsOf(counter)['_key']).toHaveLength(6);
  });
});

describe('SE-13: of many values', () => {
  test('so many are passed in a step, over all facets, and all are told to whoever puts parts together', () => {
    for (const values of [0, VALUES_PER_STEP - 1, VALUES_PER_STEP, 3 * VALUES_PER_STEP + 5]) {
      const counter = new FacetCounter(FACETS);
      for (let i = 0; i < values; i++) counter.add(`k${i}`, { tag: i });
      const [steps, all] = stepsOf(counter.all());
      expect(steps).toBe(Math.floor((2 * values) / VALUES_PER_STEP));
      expect(all.map((each) => each.length)).toEqual([values, 0, values]);
      const [ordered, told] = stepsOf(counter.counts());
      expect(ordered).toBe(2 * Math.floor(values / VALUES_PER_STEP));
      expect(told['tag']).toHaveLength(Math.min(values, MANY));
    }
  });
});
