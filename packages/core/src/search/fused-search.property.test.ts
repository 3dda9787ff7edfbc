import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { PlainObject } from '../primitives/index.js';
import { naiveSearch, recordArbitrary, searchArbitrary, type NaiveSearch } from './naive-search.arbitrary.js';
import { parseSearch } from './parse-search.js';
import { rankingSteps, runSearch, searchSteps, type ValueOf } from './run-search.js';
import { parseSearchDefinition, type SearchDefinition } from './search-definition.js';
import { factSteps } from './search-facts.js';
import { SearchIndex } from './search-index.js';
import { SEARCH_LIMITS } from './search-limits.js';
import type { SearchInput, SearchQuery } from './search-query.js';
import { readWireSearch, wireDefinition, wireSearch } from './text-search.js';
import { takeAll } from '../query/index.js';

const definition = ((): SearchDefinition => {
  const parsed = parseSearchDefinition({ fields: ['title', 'body'], vectors: { field: 'at', dimensions: 2 } });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
})();

type Direction = readonly [number, number];
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;
/** Few, so that some are equally near. */
const direction: fc.Arbitrary<Direction> = fc.constantFrom([1, 0], [2, 0], [1, 1], [0, 1], [-1, 0], [1, -2]);
const record = fc
  .tuple(recordArbitrary, fc.option(direction, { freq: 4, nil: undefined }))
  .map(([value, at]): PlainObject => (at === undefined ? value : { ...value, at }));
const records = fc
  .dictionary(fc.constantFrom(...KEYS), record, { minKeys: 4 })
  .map((all) => new Map(Object.entries(all)));

function built(all: ReadonlyMap<string, PlainObject>): SearchIndex {
  const index = new SearchIndex(definition);
  for (const [key, value] of all) index.put(key, value);
  return index;
}

function queryOf(text: string, input: SearchInput): SearchQuery {
  const query = parseSearch(definition, text, input);
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

const six = (number: number): number => Math.round(number * 1e6) / 1e6;

/** 1 + how many are better: those that are equal share a rank. */
const rankIn = (list: readonly { readonly score: number }[], score: number): number =>
  1 + list.filter((other) => other.score > score).length;

/** Reciprocal rank fusion with k = 60, as the paper has it, of two lists made by looking at each record that may be seen. */
function naiveFusion(
  all: ReadonlyMap<string, PlainObject>,
  search: NaiveSearch | null,
  wanted: Direction,
  mayBeFound: (key: string) => boolean,
  { minScore, minSimilarity }: SearchQuery,
) {
  const byText = (search === null ? [] : naiveSearch(all, search))
    .map(({ key, score }) => ({ key, score: six(score) }))
    .filter(({ key }) => mayBeFound(key));
  const byVector = [...all]
    .flatMap(([key, value]) => {
      const at = value['at'] as Direction | undefined;
      if (at === undefined || !mayBeFound(key)) return [];
      const product = at[0] * wanted[0] + at[1] * wanted[1];
      return [{ key, score: six(product / (Math.hypot(...at) * Math.hypot(...wanted))) }];
    })
    .filter(({ score }) => minSimilarity === null || score >= minSimilarity);
  const found = new Map<string, { key: string; score: number; similarity?: number }>();
  for (const { key, score } of byText) found.set(key, { key, score: 1 / (60 + rankIn(byText, score)) });
  for (const { key, score } of byVector) {
    const fused = (found.get(key)?.score ?? 0) + 1 / (60 + rankIn(byVector, score));
    found.set(key, { key, score: fused, similarity: score });
  }
  return [...found.values()]
    .filter(({ score }) => minScore === null || score >= minScore)
    .toSorted((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
}

describe('SE-61: text and nearness together', () => {
  test('are two lists fused by rank: conditions, what may be seen, least scores, pages and counts included', () => {
    let [pages, both] = [0, 0];
    fc.assert(
      fc.property(
        records,
        fc.option(searchArbitrary, { freq: 5, nil: null }),
        direction,
        fc.constantFrom(undefined, 0, 0.8),
        fc.constantFrom(undefined, 0.016, 0.02),
        fc.integer({ min: 1, max: 3 }),
        fc.func(fc.constantFrom(true, true, true, false)),
        (all, search, wanted, minSimilarity, minScore, limit, mayBeSeen) => {
          const index = built(all);
          const seen: ValueOf = (key) => (mayBeSeen(key) ? all.get(key) : undefined);
          const mayBeFound = (key: string): boolean => (seen(key) as PlainObject | undefined)?.['done'] === true;
          const { terms = [], ...options } = search ?? {};
          const input = { ...options, vector: wanted, minSimilarity, minScore, limit, facets: ['done'] };
          const shown: string[] = [];
          for (let cursor: string | null = null, left = 10; left > 0; left--) {
            const query = queryOf(terms.join(' '), { ...input, where: { done: true }, cursor });
            const answer = runSearch(index, query, seen);
            const expected = naiveFusion(all, search, wanted, mayBeFound, query);
            expect(
              answer.hits.map(({ key, score, similarity }) => ({
                key,
                score,
                ...(similarity === undefined ? {} : { similarity }),
              })),
            ).toEqual(expected.slice(shown.length, shown.length + limit));
            expect(answer.total).toBe(expected.length);
            expect(answer.facets['done']).toEqual(
              expected.length === 0 ? [] : [{ value: true, count: expected.length }],
            );
            shown.push(...answer.hits.map(({ key }) => key));
            expect(answer.nextCursor !== null).toBe(shown.length < expected.length);
            both += answer.hits.filter(
              ({ terms: met, similarity }) => met.length > 0 && similarity !== undefined,
            ).length;
            cursor = answer.nextCursor;
            if (cursor === null) break;
            pages++;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(pages).toBeGreaterThan(50);
    expect(both).toBeGreaterThan(100);
  });

  test('the oracle notices when ranks are those of records that may not be seen', () => {
    const careless = fc.check(
      fc.property(records, direction, (all, wanted) => {
        const query = queryOf('milk', { vector: wanted });
        const isOpen = (key: string): boolean => key < 'd';
        const found = runSearch(built(all), query, (key) => all.get(key)).hits.filter(({ key }) => isOpen(key));
        const search = {
          terms: ['milk'],
          fields: ['title', 'body'],
          boost: {},
          prefix: true,
          fuzzy: 0.2,
          combineWith: 'AND',
        } as const;
        expect(found.map(({ score }) => score)).toEqual(
          naiveFusion(all, search, wanted, isOpen, query).map(({ score }) => score),
        );
      }),
      { numRuns: 200 },
    );
    expect(careless.failed).toBe(true);
  });

  test('PI-9: neither a hidden word nor a hidden vector finds a record', () => {
    const all = new Map<string, PlainObject>([
      ['a', { title: 'milk', at: [1, 0] }],
      ['b', { title: 'bread', body: 'milk', at: [0, 1] }],
      ['c', { title: 'milk' }],
    ]);
    const without =
      (name: string): ValueOf =>
      (key) => {
        const { [name]: _, ...rest } = all.get(key) ?? {};
        return rest;
      };
    const found = (seen: ValueOf): unknown =>
      runSearch(built(all), queryOf('milk', { vector: [1, 0], minSimilarity: 0.5 }), seen, true).hits.map(
        ({ key, terms, similarity }) => [key, terms, similarity],
      );
    expect(found(without('at'))).toEqual([
      ['b', ['milk'], undefined],
      ['a', ['milk'], undefined],
      ['c', ['milk'], undefined],
    ]);
    expect(found(without('title'))).toEqual([
      ['a', [], 1],
      ['b', ['milk'], undefined],
    ]);
  });

  test('take part up to the nearest hundred, of equals those whose keys come first, or as many as the limit says', () => {
    const all = new Map(
      Array.from({ length: 300 }, (_, i) => [`k${String(i).padStart(3, '0')}`, { at: [1, i < 50 ? 0 : 1] }]),
    );
    const index = built(all);
    const answer = (limit: number) => runSearch(index, queryOf('', { vector: [1, 0], limit }), (key) => all.get(key));
    expect(answer(20).total).toBe(SEARCH_LIMITS.nearest);
    expect(answer(200).total).toBe(200);
    expect(answer(SEARCH_LIMITS.nearest).hits.at(-1)).toMatchObject({ key: 'k099', similarity: six(Math.SQRT1_2) });
  });

  test('SE-25: worked out step by step, what has lost its words and its vector meanwhile does not show', () => {
    const all = new Map<string, PlainObject>(KEYS.map((key, i) => [key, { title: 'milk', at: [1, i] }]));
    const index = built(all);
    const query = queryOf('milk', { vector: [1, 0] });
    const ranking = { text: index.ranked(query), near: takeAll(index.nearest(query)) };
    all.set('a', { title: 'bread' });
    all.set('b', { title: 'bread', at: [1, 1] });
    all.delete('c');
    const { hits } = takeAll(searchSteps(index, ranking, query, (key) => all.get(key)));
    expect(hits.map(({ key }) => key)).toEqual(['b', 'd', 'e', 'f', 'g', 'h']);
  });
});

describe('SE-40: what is asked of a server', () => {
  const query = queryOf('milk', { vector: [0.1, -3], minSimilarity: 0.25, where: { done: true } });
  const wire = wireSearch(definition, 'milk', query);

  test('is read there as the same vector, by the definition there or the one that it implies', () => {
    const implied = parseSearchDefinition(wireDefinition(wire.search));
    if (!implied.ok) throw new Error(implied.error.code);
    expect(implied.value.fingerprint).toBe(definition.fingerprint);
    const read = readWireSearch(implied.value, wire);
    expect(read).toMatchObject({ ok: true, value: { vector: query.vector, minSimilarity: 0.25, terms: ['milk'] } });
  });

  test.each([
    ['another field', { field: 'elsewhere' }, 'no-vectors'],
    ['another number of numbers', { vector: 'AAAAAA' }, 'wrong-dimensions'],
    ['no direction', { vector: 'AAAAAAAAAAA' }, 'no-direction'],
    ['no bytes', { vector: '*' }, 'wrong-type'],
  ])('is refused with %s', (_, other, code) => {
    const near = { ...(wire.search?.near as object), ...other } as never;
    const search = { ...(wire.search as object), near } as never;
    expect(readWireSearch(definition, { ...wire, search })).toMatchObject({ ok: false, error: { code } });
  });
});

describe('SE-44: counted of text and nearness together', () => {
  const options = fc.record({ minSimilarity: fc.constantFrom(undefined, -1, 0, 0.5), limit: fc.constantFrom(1, 3) });

  test('is what a search finds, of what may be seen alone, whoever else is near', () => {
    let alone = 0;
    fc.assert(
      fc.property(records, searchArbitrary, direction, options, fc.boolean(), (all, search, wanted, given, isPart) => {
        const { terms, ...words } = search;
        const input = { ...words, ...given, vector: [...wanted], facets: ['done', 'title'] };
        const query = queryOf(terms.join(' '), input);
        const index = built(all);
        const seenValueOf: ValueOf = (key) => (isPart && all.get(key)?.['done'] !== true ? undefined : all.get(key));
        const counted = takeAll(
          factSteps(index, takeAll(rankingSteps(index, query)), query, null, seenValueOf, isPart),
        );
        const { total, facets, reach } = runSearch(index, query, seenValueOf, isPart);
        expect(counted).toEqual({ total, facets, completions: [], reach });
        alone += total > naiveSearch(all, search).length ? 1 : 0;
      }),
      { numRuns: 300 },
    );
    expect(alone).toBeGreaterThan(50);
  });

  test('is of as many as take part: the nearest hundred, and those that have the words', () => {
    const index = new SearchIndex(definition);
    const values = new Map<string, PlainObject>();
    for (let i = 0; i < 150; i++) {
      const isFar = i >= 120;
      values.set(`k${i}`, { title: isFar ? 'milk' : 'bread', done: isFar, at: [1, i / 1_000] });
    }
    for (const [key, value] of values) index.put(key, value);
    const query = queryOf('milk', { vector: [1, 0], facets: ['done'] });
    const counted = takeAll(
      factSteps(index, takeAll(rankingSteps(index, query)), query, null, (key) => values.get(key)),
    );
    expect(counted.total).toBe(130);
    expect(counted.facets['done']).toEqual([
      { value: false, count: 100 },
      { value: true, count: 30 },
    ]);
    expect(counted.reach).toBe(six(1 / Math.hypot(1, 0.099)));
  });
});
