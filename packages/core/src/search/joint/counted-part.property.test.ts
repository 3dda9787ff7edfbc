import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { PlainObject } from '../../primitives/index.js';
import { takeAll } from '../../query/index.js';
import { recordArbitrary, searchArbitrary } from '../naive-search.arbitrary.js';
import { parseSearch } from '../parse-search.js';
import { rankingSteps, type ValueOf } from '../run-search.js';
import { completionOf } from '../run-suggest.js';
import { parseSearchDefinition, type SearchDefinition } from '../search-definition.js';
import { COMPLETED_RECORDS, factSteps } from '../search-facts.js';
import { SearchIndex } from '../search-index.js';
import { SEARCH_LIMITS } from '../search-limits.js';
import type { SearchInput, SearchQuery } from '../search-query.js';
import { countPartSteps, joinCounts, type CountedPart } from './counted-part.js';

const definition = ((): SearchDefinition => {
  const parsed = parseSearchDefinition({ fields: ['title', 'body'], vectors: { field: 'at', dimensions: 2 } });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
})();

const HOSTS = 3;
const hostOf = (key: string): number => (key.codePointAt(key.length - 1) as number) % HOSTS;

function indexesOf(records: ReadonlyMap<string, PlainObject>): { hosts: SearchIndex[]; one: SearchIndex } {
  const hosts = Array.from({ length: HOSTS }, () => new SearchIndex(definition));
  const one = new SearchIndex(definition);
  for (const [key, value] of records) {
    one.put(key, value);
    hosts[hostOf(key)]!.put(key, value);
  }
  return { hosts, one };
}

function queryOf(text: string, input: SearchInput): SearchQuery {
  const query = parseSearch(definition, text, input);
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

/** By one index, and by several. */
function counted(records: ReadonlyMap<string, PlainObject>, text: string, query: SearchQuery, valueOf: ValueOf) {
  const { hosts, one } = indexesOf(records);
  const completed = completionOf(definition, text, query, 3);
  const { reach: _, ...all } = takeAll(factSteps(one, takeAll(rankingSteps(one, query)), query, completed, valueOf));
  const parts = hosts.map((index) => {
    const { part } = takeAll(countPartSteps(index, takeAll(rankingSteps(index, query)), query, completed, valueOf));
    return JSON.parse(JSON.stringify(part)) as CountedPart;
  });
  return { all, joined: joinCounts(parts, query, completed), parts };
}

const direction: fc.Arbitrary<readonly number[]> = fc.constantFrom([1, 0], [2, 0], [1, 1], [0, 1], [-1, 0], [1, -2]);
const record = fc
  .tuple(recordArbitrary, fc.option(direction, { freq: 4, nil: undefined }), fc.subarray(['x', 'y', 7, null, true]))
  .map(([value, at, tags]): PlainObject => ({ ...value, tags, ...(at === undefined ? {} : { at }) }));
const records = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'), record)
  .map((all) => new Map(Object.entries(all)));

describe('SE-72: one count of several indexes', () => {
  test('is that of one index of all records: facets, completions, conditions, what may be seen and vectors included', () => {
    let [completed, near] = [0, 0];
    fc.assert(
      fc.property(
        records,
        searchArbitrary,
        fc.option(direction, { nil: undefined }),
        fc.constantFrom(undefined, 0, 0.8),
        fc.boolean(),
        fc.func(fc.constantFrom(true, true, true, false)),
        (all, { terms, boost, ...rest }, vector, minSimilarity, done, maySee) => {
          const facets = ['done', 'tags', 'title', '__proto__'];
          const where = done ? { where: { done: true } } : {};
          const wanted = vector === undefined ? {} : { vector: [...vector], minSimilarity };
          const query = queryOf(terms.join(' '), { ...rest, boost: { ...boost }, facets, ...where, ...wanted });
          const few = { ...query, nearest: 2 };
          const valueOf: ValueOf = (key) => (maySee(key) ? all.get(key) : undefined);
          for (const asked of [query, few]) {
            const { all: expected, joined, parts } = counted(all, terms.join(' '), asked, valueOf);
            expect(joined).toEqual(expected);
            completed += expected.completions.length;
            near += parts.flatMap((part) => part.near).filter(([, , counts]) => counts !== null).length;
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(completed).toBeGreaterThan(100);
    expect(near).toBeGreaterThan(100);
  });

  test('a value that is rare in each of them, and frequent in all, is counted', () => {
    const many = new Map<string, PlainObject>();
    for (const [host, ending] of ['a', 'b', 'c'].entries()) {
      // Of each host its own values are more frequent than the one that all have.
      for (let i = 0; i < SEARCH_LIMITS.facetValues * 3; i++) {
        many.set(`k${i}${ending}`, { title: 'milk', list: `of ${host}, ${i % (SEARCH_LIMITS.facetValues + 5)}` });
      }
      for (let i = 0; i < 2; i++) many.set(`s${i}${ending}`, { title: 'milk', list: 'everywhere' });
    }
    const { all, joined } = counted(many, 'milk', queryOf('milk', { facets: ['list'] }), (key) => many.get(key));
    expect(joined).toEqual(all);
    expect(joined.facets['list']?.[0]).toEqual({ value: 'everywhere', count: 6 });
  });

  test('completions are of the first records of all by key', () => {
    const many = new Map<string, PlainObject>();
    const number = (i: number): string => String(i).padStart(5, '0');
    for (let i = 0; i < COMPLETED_RECORDS + 40; i++) {
      many.set(`k${number(i)}`, { title: i < COMPLETED_RECORDS ? 'milk' : 'mills' });
    }
    const { all, joined } = counted(many, 'mil', queryOf('mil', {}), (key) => many.get(key));
    expect(joined).toEqual(all);
    expect(joined.completions).toEqual([{ text: 'milk', count: COMPLETED_RECORDS }]);
  });
});
