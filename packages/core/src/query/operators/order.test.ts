import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileRanking, type Ranking } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { createFilter } from './filter.js';
import { changesOf, operatorContract, script, type OperatorSubject } from './operator.contract.js';
import { createOrder, type PlacedChange } from './order.js';
import { entries, findCounterexample } from '../query.arbitrary.js';
import { ALWAYS, type SortKey } from '../query.js';

const BY_A: readonly SortKey[] = [[['a'], 'desc']];
const byA = compileRanking({ sort: BY_A });
const ranks = (compare: Ranking['compare']): Ranking => ({ ...byA, compare });
/** The order without its last tie-break. */
const byAAlone: Ranking['compare'] = (a, b) =>
  byA.compare({ ...a, entry: { ...a.entry, key: '' } }, { ...b, entry: { ...b.entry, key: '' } });

const orderSubject = (ranking: Ranking): OperatorSubject => {
  const filter = createFilter(() => true);
  const order = createOrder(ranking);
  return {
    load: (rows) => order.load(filter.load(rows)),
    push(change) {
      const emitted: PlacedChange[] = [];
      filter.push(change, (row) => order.push(row, (placed) => emitted.push(placed)));
      return emitted;
    },
  };
};

operatorContract(
  'order',
  () => orderSubject(byA),
  (records) => records,
);

describe('an order', () => {
  const row = (key: string, a: number): { key: string; value: { a: number } } => ({ key, value: { a } });

  test('says where a row was and where it is', () => {
    const order = createOrder(byA);
    const [one, two, three] = [row('one', 1), row('two', 2), row('three', 3)];
    expect(order.load([one, two, three])).toEqual([three, two, one]);
    const placed: PlacedChange[] = [];
    const moved = row('one', 9);
    order.push({ before: one, after: moved }, (change) => placed.push(change));
    order.push({ before: two, after: undefined }, (change) => placed.push(change));
    order.push({ before: undefined, after: two }, (change) => placed.push(change));
    expect(placed).toEqual([
      { before: one, after: moved, from: 2, to: 0 },
      { before: two, after: undefined, from: 2, to: -1 },
      { before: undefined, after: two, from: -1, to: 2 },
    ]);
    expect(order.first(9)).toEqual([moved, three, two]);
    expect(order.at(1)).toBe(three);
    expect(order.at(3)).toBeUndefined();
    expect(order.indexOf(two)).toBe(2);
    expect(order.size).toBe(3);
  });

  test('has changed before it says so', () => {
    const order = createOrder(byA);
    order.load([]);
    const one = row('one', 1);
    order.push({ before: undefined, after: one }, ({ to }) => expect(order.at(to)).toBe(one));
    order.push({ before: one, after: undefined }, () => expect(order.size).toBe(0));
    expect.assertions(2);
  });

  test('leaves the rows it is loaded with as they are', () => {
    const rows = [row('one', 1), row('two', 2)];
    createOrder(byA).load(rows);
    expect(rows.map(({ key }) => key)).toEqual(['one', 'two']);
  });

  /** Where rows stand against where they belong, in words; `null` when every row is in its place. */
  function searchMisplacement(ranking: Ranking, numRuns: number, seed?: number): string | null {
    const property = fc.property(entries, script, (start, steps) => {
      const filter = createFilter(() => true);
      const order = createOrder(ranking);
      order.load(filter.load(start));
      const records = new Map(start.map((entry) => [entry.key, entry]));
      const belongs = (): Entry[] => evaluate({ where: ALWAYS, sort: BY_A, limit: null }, records.values());
      const indexIn = (rows: readonly Entry[], { key }: { key: string }): number =>
        rows.findIndex((r) => r.key === key);
      for (const change of changesOf(start, steps)) {
        const earlier = belongs();
        if (change.after === undefined) records.delete(change.key);
        else records.set(change.key, { key: change.key, value: change.after });
        filter.push(change, (row) =>
          order.push(row, ({ from, to }) => {
            if (from !== indexIn(earlier, change)) throw new Error('from is not where the row was');
            if (to !== indexIn(belongs(), change)) throw new Error('to is not where the row is');
          }),
        );
        const keys = order.first(order.size).map(({ key }) => key);
        if (keys.join() !== belongs().map(({ key }) => key).join()) throw new Error('rows out of order'); // prettier-ignore
      }
    });
    return findCounterexample(property, numRuns, seed);
  }

  test('CL-3: has every row in its place after every change', () => {
    expect(searchMisplacement(byA, 300)).toBeNull();
  });

  const defective: readonly (readonly [string, Ranking])[] = [
    ['leaves ties unbroken', ranks(byAAlone)],
    ['breaks ties backwards', ranks((a, b) => byAAlone(a, b) || (a.entry.key > b.entry.key ? -1 : 1))],
    ['is the wrong way round', ranks((a, b) => byA.compare(b, a))],
    [
      'is not antisymmetric',
      ranks((a, b) => (a.entry.key === b.entry.key ? 0 : byA.compare(a, b) < 0 || a.entry.key < 'k2' ? -1 : 1)),
    ],
    ['reads nothing', { ...byA, rank: (entry) => ({ entry, lead: null, rest: [] }) }],
  ];

  test.each(defective)('whose comparator %s is found out', (_what, ranking) => {
    expect(searchMisplacement(ranking, 300, 1)).toMatch(/equal item|where the row|out of order/);
  });
});
