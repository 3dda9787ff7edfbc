import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { PlainObject } from '../../primitives/index.js';
import { takeAll } from '../../query/index.js';
import { naiveSearch, recordArbitrary, searchArbitrary, WORDS, type NaiveSearch } from '../naive-search.arbitrary.js';
import { parseSearch } from '../parse-search.js';
import { POSTINGS_PER_STEP } from '../rank-steps.js';
import { runSearch, type ValueOf } from '../run-search.js';
import { parseSearchDefinition, type SearchDefinition } from '../search-definition.js';
import { SearchIndex } from '../search-index.js';
import type { SearchInput, SearchQuery } from '../search-query.js';
import { joinShares, type IndexShare } from '../index-share.js';
import { joinParts, rankPartSteps, type JoinedParts } from './ranked-part.js';

const definition = ((): SearchDefinition => {
  const parsed = parseSearchDefinition({ fields: ['title', 'body'], vectors: { field: 'at', dimensions: 2 } });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
})();

const HOSTS = 3;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'] as const;
const direction: fc.Arbitrary<readonly number[]> = fc.constantFrom([1, 0], [2, 0], [1, 1], [0, 1], [-1, 0], [1, -2]);
const record = fc
  .tuple(recordArbitrary, fc.option(direction, { freq: 4, nil: undefined }))
  .map(([value, at]): PlainObject => (at === undefined ? value : { ...value, at }));
/** What is written one after the other; of nothing, that the record is gone. */
const writes = fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.option(record, { freq: 5 })), { maxLength: 40 });
type Writes = readonly (readonly [string, PlainObject | null])[];

const hostOf = (key: string): number => (key.codePointAt(0) as number) % HOSTS;

/** Indexes that have come to be what they are write by write, and the records as they are in the end. */
function written(list: Writes) {
  const hosts = Array.from({ length: HOSTS }, () => new SearchIndex(definition));
  const records = new Map<string, PlainObject>();
  for (const [key, value] of list) {
    hosts[hostOf(key)]!.put(key, value ?? undefined);
    if (value === null) records.delete(key);
    else records.set(key, value);
  }
  const one = new SearchIndex(definition);
  for (const [key, value] of records) one.put(key, value);
  return { hosts, one, records };
}

function queryOf(search: NaiveSearch | null, input: SearchInput): SearchQuery {
  const { terms = [], boost = {}, ...rest } = search ?? {};
  const query = parseSearch(definition, terms.join(' '), { ...rest, boost: { ...boost }, ...input });
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

const shareOf = (index: SearchIndex, query: SearchQuery): IndexShare => takeAll(index.shareSteps(query));

/** What crosses between hosts is plain data. */
const crossed = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

function searched(
  hosts: readonly SearchIndex[],
  query: SearchQuery,
  valueOf: ValueOf,
  isRestricted: boolean,
): JoinedParts {
  const all = crossed(joinShares(hosts.map((index) => crossed(shareOf(index, query)))));
  const parts = hosts.map((index) => crossed(takeAll(rankPartSteps(index, all, query, valueOf, { isRestricted }))));
  return joinParts(parts, query);
}

describe('SE-70: one search of several indexes', () => {
  test('what they have together is what an index of all records has, whatever was written before and in whichever order they are asked', () => {
    fc.assert(
      fc.property(writes, searchArbitrary, (list, search) => {
        const { hosts, one } = written(list);
        const query = queryOf(search, {});
        const shares = hosts.map((index) => shareOf(index, query));
        expect(joinShares(shares)).toEqual(shareOf(one, query));
        expect(joinShares(shares.toReversed())).toEqual(joinShares(shares));
        expect(joinShares([shares[0]!, joinShares(shares.slice(1))])).toEqual(joinShares(shares));
      }),
      { numRuns: 200 },
    );
  });

  test('finds what one index of all records finds, in its order and with its scores: conditions, what may be seen, windows and vectors included', () => {
    let [cut, both] = [0, 0];
    fc.assert(
      fc.property(
        writes,
        fc.option(searchArbitrary, { freq: 6, nil: null }),
        fc.option(direction, { nil: undefined }),
        fc.constantFrom(undefined, 0, 0.8),
        fc.constantFrom(1, 2, 3, 20),
        fc.boolean(),
        fc.func(fc.constantFrom(true, true, true, false)),
        fc.boolean(),
        (list, search, vector, minSimilarity, limit, done, maySee, isRestricted) => {
          const { hosts, one, records } = written(list);
          const near = vector === undefined ? {} : { vector: [...vector], minSimilarity };
          const query = queryOf(search, { limit, ...near, ...(done ? { where: { done: true } } : {}) });
          const valueOf: ValueOf = (key) => (isRestricted && !maySee(key) ? undefined : records.get(key));
          const found = searched(hosts, query, valueOf, isRestricted);
          const { hits, reach, total } = runSearch(one, query, valueOf, isRestricted);
          expect(found.keys.map((key, at) => [key, found.scores[at]])).toEqual(
            hits.map(({ key, score }) => [key, score]),
          );
          expect([found.total, found.reach]).toEqual([total, reach]);
          for (const [host, keys] of found.shownOf.entries()) {
            expect(keys).toEqual(found.keys.filter((key) => hostOf(key) === host));
          }
          if (total > hits.length) cut += 1;
          both += hits.filter(({ similarity, terms }) => similarity !== undefined && terms.length > 0).length;
        },
      ),
      { numRuns: 500 },
    );
    expect(cut).toBeGreaterThan(50);
    expect(both).toBeGreaterThan(100);
  });

  test('its scores are BM25+ of all records, by looking at each', () => {
    fc.assert(
      fc.property(writes, searchArbitrary, (list, search) => {
        const { hosts, records } = written(list);
        const found = searched(hosts, queryOf(search, { limit: 50 }), (key) => records.get(key), false);
        const naive = new Map(naiveSearch(records, search).map(({ key, score }) => [key, score]));
        expect([...found.keys].toSorted()).toEqual([...naive.keys()].toSorted());
        found.keys.forEach((key, at) => expect(found.scores[at]).toBeCloseTo(naive.get(key) as number, 5));
      }),
      { numRuns: 200 },
    );
  });

  test('the oracle notices when each ranks by what it has alone', () => {
    const alone = fc.check(
      fc.property(writes, searchArbitrary, (list, search) => {
        const { hosts, one, records } = written(list);
        const query = queryOf(search, { limit: 3 });
        const parts = hosts.map((index) =>
          takeAll(rankPartSteps(index, shareOf(index, query), query, (key) => records.get(key))),
        );
        expect(joinParts(parts, query).keys).toEqual(
          runSearch(one, query, (key) => records.get(key)).hits.map(({ key }) => key),
        );
      }),
      { numRuns: 200 },
    );
    expect(alone.failed).toBe(true);
  });

  test('what an index has is told in steps, none of which looks at more than it may', () => {
    const index = new SearchIndex(definition);
    for (let i = 0; i < 3_000; i++) index.put(`k${i}`, { title: `a${i % 50} apple`, body: WORDS.join(' ') });
    index.put('k0', undefined);
    const query = queryOf(
      { terms: ['a'], fields: ['title', 'body'], boost: {}, prefix: true, fuzzy: 0, combineWith: 'AND' },
      {},
    );
    let count = 0;
    for (const steps = index.shareSteps(query); steps.next().done !== true; count++);
    expect(count).toBeGreaterThanOrEqual(Math.floor((3_000 * 5) / POSTINGS_PER_STEP));
  });
});
