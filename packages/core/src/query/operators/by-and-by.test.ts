import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { compileRanking } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import { createFilter, type Filter } from './filter.js';
import type { RowChange } from './operator.js';
import { createOrder, type Order, type PlacedChange } from './order.js';

/*
 * What is loaded or prepared in steps may be changed, asked and loaded anew between any two of them. Whatever comes in between, it is what the plain
 * model says it is: a map for the filter, a sorted list for the order.
 */

/** More than are placed, ranked or made nodes of in one step. */
const MANY = 20_000;

const recordOf = (key: number, n: number): Entry => ({ key: `k${key}`, value: { n } });
/** Loads: none, few, and many in no order. */
const LOADS: readonly (readonly Entry[])[] = [
  [],
  [recordOf(1, 2), recordOf(2, 1)],
  Array.from({ length: MANY }, (_, i) => recordOf((i * 7_919) % 20_011, i % 100)),
];

type Act =
  | { readonly act: 'load' | 'prepare' | 'step' | 'ask'; readonly which: number }
  | { readonly act: 'change'; readonly key: number; readonly n: number | null };

const acts: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ act: fc.constantFrom('load', 'prepare'), which: fc.nat(2) }) },
    { weight: 4, arbitrary: fc.record({ act: fc.constantFrom('step', 'ask'), which: fc.nat(20_100) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        act: fc.constant('change' as const),
        key: fc.nat(20_020),
        n: fc.option(fc.nat(100), { nil: null }),
      }),
    },
  ) as fc.Arbitrary<Act>,
  { minLength: 3, maxLength: 24 },
);

describe('QU-8: a filter whose rows find their places by and by', () => {
  const isSmall = (_key: string, value: Value): boolean => (value as { readonly n: number }).n < 80;

  function run(filter: Filter, script: readonly Act[]): void {
    const model = new Map<string, Value>();
    let steps: Generator<void> | null = null;
    for (const one of script) {
      switch (one.act) {
        case 'load':
          model.clear();
          for (const { key, value } of LOADS[one.which] as readonly Entry[])
            if (isSmall(key, value)) model.set(key, value);
          filter.load(LOADS[one.which] as readonly Entry[]);
          break;
        case 'prepare':
          steps = filter.prepare();
          break;
        case 'step':
          steps?.next();
          break;
        case 'ask': {
          const key = `k${one.which}`;
          expect([filter.get(key)?.value, filter.size]).toEqual([model.get(key), model.size]);
          break;
        }
        default: {
          const key = `k${one.key}`;
          const value = one.n === null ? undefined : { n: one.n };
          const before = model.get(key);
          const told: RowChange[] = [];
          filter.push({ key, after: value }, (change) => told.push(change));
          const after = value !== undefined && isSmall(key, value) ? value : undefined;
          if (after === undefined) model.delete(key);
          else model.set(key, after);
          expect(told.map((change) => [change.before?.value, change.after?.value])).toEqual(
            before === undefined && after === undefined ? [] : [[before, after]],
          );
        }
      }
      expect(filter.size).toBe(model.size);
    }
  }

  test('is the map of what passes, whatever comes between two steps', () => {
    fc.assert(
      fc.property(acts, (script) => run(createFilter(isSmall), [{ act: 'load', which: 2 }, ...script])),
      { numRuns: 25 },
    );
  });

  test('is prepared some thousand rows at a time, and once', () => {
    const filter = createFilter(() => true);
    filter.load(LOADS[2] as readonly Entry[]);
    expect([...filter.prepare()]).toHaveLength(Math.ceil(MANY / 4_096));
    expect([...filter.prepare()]).toEqual([]);
    filter.load(LOADS[2] as readonly Entry[]);
    const steps = filter.prepare();
    steps.next();
    filter.push({ key: 'k1', after: undefined }, () => {});
    expect([steps.next().done, filter.size]).toEqual([true, MANY - 1]);
  });

  test('takes a load in pieces without being another one before its end', () => {
    const filter = createFilter(isSmall);
    const [kept, replaced] = [recordOf(1, 1), recordOf(2, 1)];
    filter.load([kept, replaced]);
    const loading = filter.beginLoad();
    expect(loading.offer('k1', kept.value)).toBe(kept);
    expect(loading.offer('k2', { n: 2 })).not.toBe(replaced);
    expect(loading.offer('k3', { n: 99 })).toBeNull();
    const given = recordOf(4, 4);
    expect(loading.offer('k4', given.value, given)).toBe(given);
    expect([filter.size, filter.get('k2'), filter.get('k4')]).toEqual([2, replaced, undefined]);
    expect(loading.end().map(({ key }) => key)).toEqual(['k1', 'k2', 'k4']);
    expect([filter.size, filter.get('k1'), filter.get('k4')]).toEqual([3, kept, given]);
  });
});

describe('QU-8: an order that is made by and by', () => {
  const ranking = compileRanking({ sort: [[['n'], 'asc']] });
  const byOrder = (a: Entry, b: Entry): number => ranking.compare(ranking.rank(a), ranking.rank(b));
  const SORTED = LOADS.map((rows) => rows.toSorted(byOrder));
  const areSame = (a: readonly Entry[], b: readonly Entry[]): boolean =>
    a.length === b.length && a.every((row, i) => row === b[i]);
  /** How many rows of the sorted list come before this one. */
  const placeIn = (sorted: readonly Entry[], row: Entry): number => {
    const { n } = row.value as { readonly n: number };
    const after = sorted.findIndex(({ key, value }) => {
      const other = (value as { readonly n: number }).n;
      return other > n || (other === n && key > row.key);
    });
    return after === -1 ? sorted.length : after;
  };

  function run(order: Order, script: readonly Act[]): void {
    let model: Entry[] = [];
    let steps: Generator<unknown> | null = null;
    for (const one of script) {
      switch (one.act) {
        case 'load':
          model = [...(SORTED[one.which] as readonly Entry[])];
          expect(areSame(order.load(LOADS[one.which] as readonly Entry[]), model)).toBe(true);
          break;
        case 'prepare':
          steps = order.prepare();
          break;
        case 'step':
          steps?.next();
          break;
        case 'ask': {
          const at = one.which % (model.length + 1);
          expect(order.at(at)).toBe(model[at]);
          expect(order.first(3)).toEqual(model.slice(0, 3));
          if (model[at] !== undefined && one.which % 4 === 0) expect(order.indexOf(model[at])).toBe(at);
          break;
        }
        default: {
          const key = `k${one.key}`;
          const from = model.findIndex((row) => row.key === key);
          const before = model[from];
          if (from !== -1) model.splice(from, 1);
          const after = one.n === null ? undefined : { key, value: { n: one.n } };
          if (before === undefined && after === undefined) break;
          const place = after === undefined ? -1 : placeIn(model, after);
          if (after !== undefined) model.splice(place, 0, after);
          const told: PlacedChange[] = [];
          order.push({ before, after }, (change) => told.push(change));
          expect(told).toEqual([{ before, after, from, to: place }]);
        }
      }
      expect(order.size).toBe(model.length);
    }
    expect(areSame(order.first(Infinity), model)).toBe(true);
  }

  test('is the sorted list, whatever comes between two steps', () => {
    fc.assert(
      fc.property(acts, (script) => run(createOrder(ranking), [{ act: 'load', which: 2 }, ...script])),
      { numRuns: 25 },
    );
  });

  test('is the former one until the steps of a load are done, and lets go of a load that is not taken to its end', () => {
    const order = createOrder(ranking);
    const [few, many] = [LOADS[1] as readonly Entry[], LOADS[2] as readonly Entry[]];
    order.load(few);
    const loading = order.loadSteps(many);
    for (let i = 0; i < 3; i += 1) expect(loading.next().done).toBe(false);
    expect([order.size, order.first(9)]).toEqual([2, few.toSorted(byOrder)]);
    order.push({ before: undefined, after: recordOf(3, 0) }, () => {});
    expect(order.at(0)).toEqual(recordOf(3, 0));
    while (loading.next().done !== true);
    expect([order.size, order.at(0)?.value]).toEqual([MANY, { n: 0 }]);
  });

  test('is prepared in several steps, and a change in between makes it at once', () => {
    const order = createOrder(ranking);
    order.load(LOADS[2] as readonly Entry[]);
    expect([...order.prepare()].length).toBeGreaterThan(1);
    expect([...order.prepare()]).toEqual([]);
    order.load(LOADS[2] as readonly Entry[]);
    const steps = order.prepare();
    steps.next();
    const first = order.at(0) as Entry;
    order.push({ before: first, after: undefined }, () => {});
    while (steps.next().done !== true);
    expect([order.size, order.at(0) === first]).toEqual([MANY - 1, false]);
  });
});
