import { describe, expect, test } from 'vitest';

import type { PlainObject, Value } from '../primitives/index.js';
import { takeAll } from '../query/index.js';
import { FacetCounter, type FacetCount, type FacetCounts } from './count-facets.js';
import { NOTHING_RANKED, type Ranked } from './ranked.js';
import { rankingSteps } from './run-search.js';
import { completionOf } from './run-suggest.js';
import { factSteps } from './search-facts.js';
import { definedAs, everyChoice, everyList, searchFor, SearchedWorld, stepsOf } from './searched-world.arbitrary.js';
import type { Facet, SearchInput } from './search-query.js';

const facet = (name: string): Facet => ({ name, path: name.split('.') });
const counted = (values: readonly Value[], names: readonly string[] = ['f'], known?: FacetCounts): FacetCounts => {
  const counter = new FacetCounter(names.map(facet), known);
  values.forEach((value, i) => counter.add(`k${i}`, value));
  return takeAll(counter.counts());
};
const of = (...all: readonly (readonly [FacetCount['value'], number])[]): readonly FacetCount[] =>
  all.map(([value, count]) => ({ value, count }));

describe('SE-6: a facet', () => {
  test.each<[what: string, values: readonly Value[], counts: readonly FacetCount[]]>([
    ['of nothing has no values', [], []],
    ['of records without the field has none', [{}, { g: 1 }, null, 7, ['x']], []],
    [
      'tells values apart by their types',
      [{ f: 1 }, { f: '1' }, { f: true }, { f: 'true' }],
      of([true, 1], [1, 1], ['1', 1], ['true', 1]),
    ],
    ['has `null`, which is a value, and not what is missing', [{ f: null }, {}, { f: null }], of([null, 2])],
    ['has an empty text', [{ f: '' }, { f: '' }], of(['', 2])],
    ['has texts as they are written', [{ f: 'Milk' }, { f: 'milk' }, { f: 'Milk' }], of(['Milk', 2], ['milk', 1])],
    ['has each of a list, once for each record', [{ f: ['a', 'b', 'a'] }, { f: ['b'] }], of(['b', 2], ['a', 1])],
    ['has nothing of an empty list', [{ f: [] }], []],
    ['has nothing of lists and objects in lists', [{ f: [['a'], { a: 1 }, 'b'] }], of(['b', 1])],
    ['has nothing of objects and bytes', [{ f: { a: 1 } }, { f: new Uint8Array(2) }], []],
    ['has 0 once, whichever its sign', [{ f: 0 }, { f: -0 }], of([0, 2])],
    [
      'has what objects have as texts',
      [{ f: '__proto__' }, { f: 'constructor' }],
      of(['__proto__', 1], ['constructor', 1]),
    ],
    [
      'has numbers in their order, where as many have them',
      [{ f: 10 }, { f: 9 }, { f: -1 }],
      of([-1, 1], [9, 1], [10, 1]),
    ],
    ['has texts by their units', [{ f: '🎉' }, { f: '\uffff' }, { f: 'z' }], of(['z', 1], ['🎉', 1], ['\uffff', 1])],
    ['has what most have first', [{ f: 'b' }, { f: 'a' }, { f: 'b' }], of(['b', 2], ['a', 1])],
  ])('%s', (_what, values, counts) => {
    expect(counted(values)['f']).toEqual(counts);
  });

  test('is of a path, also within objects; of the key of the record; and each of several by itself', () => {
    const values = [{ a: { b: 'x' }, c: 1 }, { a: { b: ['x', 'y'] } }, { 'a.b': 'z', a: 1 }];
    expect(counted(values, ['a.b', 'c', '_key'])).toEqual({
      'a.b': of(['x', 2], ['y', 1]),
      c: of([1, 1]),
      _key: of(['k0', 1], ['k1', 1], ['k2', 1]),
    });
  });

  test('is counted in every small world as by looking at each record', () => {
    const held: readonly (PlainObject | null)[] = [null, {}, { f: 'a' }, { f: 'b' }, { f: ['a', 'b'] }];
    for (const values of everyList(held, 4)) {
      const expected = (['a', 'b'] as const)
        .map((value) => ({ value, count: values.filter((one) => [one?.['f']].flat().includes(value)).length }))
        .filter(({ count }) => count > 0)
        .toSorted((x, y) => y.count - x.count || (x.value < y.value ? -1 : 1));
      expect(counted(values)['f']).toEqual(expected);
      // Some counted elsewhere, and the rest put to that.
      for (const cut of [1, 3]) {
        const known = counted(values.slice(0, cut));
        expect(counted(values.slice(cut), ['f'], known)['f']).toEqual(expected);
      }
      // Taken back, as if they had never been there.
      const counter = new FacetCounter([facet('f')]);
      values.forEach((value, i) => counter.add(`k${i}`, value));
      counter.add('k0', values[0] as Value, -1);
      counter.add('k2', values[2] as Value, -1);
      expect(takeAll(counter.counts())).toEqual(counted([values[1] as Value, values[3] as Value]));
    }
  });

  test('of which a hundred values are known may have more: no new one is counted, and known ones are', () => {
    const known = (count: number): FacetCounts => ({
      f: Array.from({ length: count }, (_, i) => ({ value: `v${String(i).padStart(3, '0')}`, count: 2 })),
    });
    expect(counted([{ f: 'new' }, { f: 'v099' }], ['f'], known(100))['f']).toEqual([
      { value: 'v099', count: 3 },
      ...(known(99)['f'] ?? []),
    ]);
    const open = counted([{ f: 'new' }, { f: 'new' }, { f: 'new' }], ['f'], known(99))['f'];
    expect([open?.length, open?.[0]]).toEqual([100, { value: 'new', count: 3 }]);
    // What is known of one says nothing of another.
    expect(counted([{ f: 'new', g: 'new' }], ['f', 'g'], known(100))['g']).toEqual(of(['new', 1]));
    expect(counted([{ toString: 'x' }], ['toString'])['toString']).toEqual(of(['x', 1]));
  });
});

describe('SE-44: facts of every small world', () => {
  const definition = definedAs({ fields: ['title'], vectors: { field: 'at', dimensions: 2 } });
  const KEYS = ['a', 'b', 'c'];
  const VALUES: readonly PlainObject[] = [
    { title: 'milk', kind: 1 },
    { title: 'milky', kind: 2, at: [1, 0] },
    { title: 'oats', kind: 1, at: [0, 1] },
    { title: 'oats', kind: 2, at: [-1, 0] },
  ];
  const worldOf = (values: readonly PlainObject[]): SearchedWorld =>
    new SearchedWorld(definition, Object.fromEntries(values.map((value, i) => [KEYS[i] as string, value])));

  test.each<[what: string, input: SearchInput, isFound: (value: PlainObject) => boolean]>([
    ['by words', {}, ({ title }) => String(title).startsWith('milk')],
    ['by words and conditions', { where: { kind: 2 } }, ({ title }) => title === 'milky'],
    ['by nearness, too', { vector: [1, 0] }, ({ title, at }) => at !== undefined || title === 'milk'],
    [
      'by nearness that is near enough',
      { vector: [1, 0], minSimilarity: 0.5 },
      ({ title }) => String(title).startsWith('milk'),
    ],
    [
      'by nearness and conditions',
      { vector: [1, 0], where: { kind: 1 } },
      ({ kind, at, title }) => kind === 1 && (at !== undefined || title === 'milk'),
    ],
  ])('count what may be seen and is found %s', (_what, input, isFound) => {
    for (const values of everyList(VALUES, 3)) {
      const world = worldOf(values);
      for (const seen of everyChoice(KEYS)) {
        const valueOf = (key: string): Value | undefined => (seen.includes(key) ? world.valueOf(key) : undefined);
        const query = world.query('milk', { ...input, facets: ['kind'] });
        const completed = completionOf(definition, 'milk', query, 5);
        const ranking = takeAll(rankingSteps(world.index, query));
        const facts = takeAll(factSteps(world.index, ranking, query, completed, valueOf));
        const open = values.filter((value, i) => seen.includes(KEYS[i] as string) && isFound(value));
        const count = (name: string, value: Value): number => open.filter((one) => one[name] === value).length;
        expect(facts.total).toBe(open.length);
        const kinds = [1, 2].map((kind) => [kind, count('kind', kind)] as const).filter(([, n]) => n > 0);
        expect(facts.facets['kind']).toEqual(of(...kinds.toSorted(([, m], [, n]) => n - m)));
        const words = ['milk', 'milky'].map((word) => ({ text: word, count: count('title', word) }));
        expect(facts.completions).toEqual(
          words.filter(({ count: n }) => n > 0).toSorted((x, y) => y.count - x.count || (x.text < y.text ? -1 : 1)),
        );
      }
    }
  });

  test('look at 64 records a step, at those that have the words, and at what is near', () => {
    const world = new SearchedWorld(definition);
    for (let i = 0; i < 300; i++) world.put(`k${i}`, { title: i < 120 ? 'milk' : 'oats', at: [1, i], kind: i % 2 });
    const query = world.query('milk', { facets: ['kind'], prefix: false, fuzzy: false, vector: [1, 0] });
    const ranking = takeAll(rankingSteps(world.index, query));
    const [alone, words] = stepsOf(
      factSteps(world.index, { text: ranking.text, near: NOTHING_RANKED }, query, null, world.valueOf),
    );
    expect([alone, words.total, words.reach]).toEqual([1, 120, -1]);
    const [both, all] = stepsOf(factSteps(world.index, ranking, query, null, world.valueOf));
    // Of a hundred that are near each has the word.
    expect([both, all.total]).toEqual([1 + 1, 120]);
    expect(all.facets['kind']).toEqual(of([0, 60], [1, 60]));
  });

  test('are of what is seen of a record, in its words and in its vector, each by itself', () => {
    const world = worldOf([
      { title: 'milk', at: [1, 0], kind: 1 },
      { title: 'oats', at: [1, 0], kind: 2 },
    ]);
    const query = world.query('milk', { vector: [1, 0], facets: ['kind'] });
    const ranking = takeAll(rankingSteps(world.index, query));
    const facts = (seen: readonly string[], ...without: readonly string[]) => {
      const see = (key: string): PlainObject | undefined => {
        const value = seen.includes(key) ? (world.valueOf(key) as PlainObject) : undefined;
        return value && Object.fromEntries(Object.entries(value).filter(([field]) => !without.includes(field)));
      };
      const { facets, total } = takeAll(factSteps(world.index, ranking, query, null, see, true));
      return [total, ...(facets['kind'] ?? []).map(({ value }) => value)];
    };
    expect(facts(['a', 'b'])).toEqual([2, 1, 2]);
    // Its word is hidden: it is near all the same.
    expect(facts(['a', 'b'], 'title')).toEqual([2, 1, 2]);
    expect(facts(['a', 'b'], 'at')).toEqual([1, 1]);
    expect(facts(['a', 'b'], 'at', 'title')).toEqual([0]);
    expect(facts(['a'])).toEqual([1, 1]);
    expect(facts([])).toEqual([0]);
  });

  test('of places that are there no longer are none', () => {
    const world = worldOf([VALUES[0] as PlainObject]);
    const query = world.query('milk', { facets: ['kind'] });
    const text: Ranked = { length: 4, keyAt: (i) => [undefined, 'a', 'gone', undefined][i], scoreAt: () => 1 };
    const facts = takeAll(factSteps(world.index, { text, near: NOTHING_RANKED }, query, null, world.valueOf));
    expect(facts).toEqual({ total: 1, facets: { kind: of([1, 1]) }, completions: [], reach: -1 });
    expect(searchFor(definition, 'milk').facets).toEqual([]);
  });
});
