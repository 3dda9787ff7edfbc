import { describe, expect, test } from 'vitest';
import type { Value } from '../primitives/index.js';
import { takeAll } from './all-steps.js';
import { compileComparator, compileLead, compileRanking } from './compile-comparator.js';
import { compileAfter } from './cursor/compile-after.js';
import { cursorAt } from './cursor/cursor-at.js';
import type { Entry } from './entry.js';
import { evaluate } from './evaluate/evaluate.js';
import { ALWAYS, type Direction, type MatchPredicate, type Predicate, type SortKey } from './query.js';
import { compileSort } from './sorting/sort-rows.js';

/*
 * QU-3: one order, and five that compute it: by comparing, by what was read before, by the first value and then the rest, by a place in it, and without
 * comparing. For every two of some records, under every order of two levels, they say what the evaluation says.
 */

const VALUES: readonly (Value | undefined)[] = [undefined, null, true, 1, 2, 'milk', 'milk milk', [1], { x: 1 }];
const ENTRIES: readonly Entry[] = VALUES.flatMap((a, i) =>
  [1, undefined].map((b, j): Entry => {
    const value: Record<string, Value> = {};
    if (a !== undefined) value['a'] = a;
    if (b !== undefined) value['b'] = b;
    return { key: `k${((i * 2 + j) * 7) % 18}`, value };
  }),
);
const MATCH: MatchPredicate = { type: 'match', path: ['a'], text: 'milk' };
/** With a text that scores some, whatever they are: nothing is left out by it. */
const WHERE: Predicate = { type: 'or', of: [MATCH, { type: 'exists', path: ['nowhere'], exists: false }] };

const NAMES = ['a', 'b', '_key', '_score'];
const LEVELS: readonly SortKey[] = NAMES.flatMap((name) =>
  (['asc', 'desc'] as const).map((way: Direction): SortKey => [[name], way]),
);
const SORTS: readonly (readonly SortKey[])[] = [
  [],
  ...LEVELS.map((level) => [level]),
  ...LEVELS.flatMap((one) => LEVELS.filter(([[name]]) => name !== one[0][0]).map((other) => [one, other])),
];

const placesOf = (sort: readonly SortKey[], where: Predicate): ReadonlyMap<string, number> =>
  new Map(evaluate({ where, sort, limit: null }, ENTRIES).map(({ key }, i) => [key, i]));

describe('QU-3: one order, whoever computes it', () => {
  test.each(SORTS.map((sort) => [sort] as const))('by %j', (sort) => {
    const order = { sort, where: WHERE };
    const places = placesOf(sort, WHERE);
    expect(places.size).toBe(ENTRIES.length);
    const compare = compileComparator(order);
    const ranking = compileRanking(order);
    const lead = compileLead(order);
    const wrong: unknown[] = [];
    for (const a of ENTRIES) {
      const isAfter = compileAfter(order, cursorAt(order, a));
      for (const b of ENTRIES) {
        const wanted = Math.sign((places.get(a.key) as number) - (places.get(b.key) as number));
        const byLead = lead.compareLeads(lead.read(a.key, a.value), lead.read(b.key, b.value));
        const sides = [
          compare(a, b),
          ranking.compare(ranking.rank(a), ranking.rank(b)),
          byLead === 0 ? lead.breakTie(a, b) : byLead,
          isAfter(b.key, b.value) ? -1 : a === b ? 0 : 1,
        ].map((side) => Math.sign(side));
        if (sides.some((side) => side !== wanted)) wrong.push([a.key, b.key, wanted, sides]);
      }
    }
    expect(wrong.slice(0, 3)).toEqual([]);
    const sorted = takeAll(compileSort(order)(ENTRIES));
    expect(sorted.map(({ key }) => places.get(key))).toEqual(ENTRIES.map((_, i) => i));
    expect(takeAll(ranking.sort(ENTRIES.toReversed()))).toEqual(sorted);
  });

  test('the first value is that of the first level, or the key, with its direction', () => {
    expect(compileLead({ sort: [] })).toMatchObject({ path: ['_key'], direction: 'asc' });
    expect(
      compileLead({
        sort: [
          [['a', 'b'], 'desc'],
          [['c'], 'asc'],
        ],
      }),
    ).toMatchObject({ path: ['a', 'b'], direction: 'desc' });
    const { read } = compileLead({ sort: [] });
    expect(read('k', { _key: 'other' })).toBe('k');
  });

  test('what is sorted by is read once for each entry that is ranked, however often it is compared', () => {
    let reads = 0;
    const counted = (key: string, n: number): Entry => ({
      key,
      value: Object.defineProperties(
        {},
        { a: { enumerable: true, get: () => (reads++, n) }, b: { enumerable: true, get: () => (reads++, n) } },
      ) as Value,
    });
    const { rank, compare } = compileRanking({
      sort: [
        [['a'], 'asc'],
        [['b'], 'desc'],
      ],
    });
    const ranked = [3, 1, 2].map((n) => rank(counted(`k${n}`, n)));
    expect(reads).toBe(6);
    for (const one of ranked) for (const other of ranked) compare(one, other);
    expect(reads).toBe(6);
    expect(ranked.toSorted(compare).map(({ entry }) => entry.key)).toEqual(['k1', 'k2', 'k3']);
  });
});

describe('QU-3: many rows by how well they meet a text', () => {
  test('are in the order of their scores, and of their keys where those are equal', () => {
    const texts = ['milk', 'milk milk', 'milky', 'silk', 'bread', 'milk bread', ''];
    const rows = Array.from({ length: 300 }, (_, i): Entry => ({
      key: `k${(i * 389) % 301}`,
      value: { a: texts[i % texts.length] as string },
    }));
    for (const way of ['asc', 'desc'] as const) {
      const sort: readonly SortKey[] = [[['_score'], way]];
      expect(takeAll(compileSort({ sort, where: WHERE })(rows))).toEqual(
        evaluate({ where: WHERE, sort, limit: null }, rows),
      );
    }
    // Of groups it is a name like any other.
    const groups = rows.map(({ key }, i): Entry => ({ key, value: { _score: i % 5, a: 'milk' } }));
    const sort: readonly SortKey[] = [[['_score'], 'desc']];
    const byName = takeAll(compileSort({ sort, where: WHERE, groupBy: { by: [], aggregates: [] } })(groups));
    expect(byName).toEqual(groups.toSorted(compileComparator({ sort, where: ALWAYS })));
  });
});
