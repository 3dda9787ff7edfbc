import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { PlainObject, Value } from '../primitives/index.js';
import { compileFoundTerms } from './found-terms.js';
import { naiveSearch, recordArbitrary, searchArbitrary, WORDS, type NaiveSearch } from './naive-search.arbitrary.js';
import { parseSearch } from './parse-search.js';
import { NOTHING_RANKED, type Ranked, type Ranking } from './ranked.js';
import { compileFits } from './record-fits.js';
import { findInSteps, runSearch, searchSteps, type ValueOf } from './run-search.js';
import { parseSuggest, runSuggest } from './run-suggest.js';
import { parseSearchDefinition, type SearchDefinition } from './search-definition.js';
import { SearchIndex } from './search-index.js';
import type { SearchInput, SearchPlace, SearchQuery } from './search-query.js';
import { takeAll } from '../query/index.js';

const definition = ((): SearchDefinition => {
  const parsed = parseSearchDefinition({ fields: ['title', 'body'] });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
})();

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;

const records = fc
  .dictionary(fc.constantFrom(...KEYS), recordArbitrary, { minKeys: 4 })
  .map((all) => new Map(Object.entries(all)));

function built(all: ReadonlyMap<string, PlainObject>): SearchIndex {
  const index = new SearchIndex(definition);
  for (const [key, value] of all) index.put(key, value);
  return index;
}

const textRanking = (index: SearchIndex, query: SearchQuery): Ranking => ({
  text: index.ranked(query),
  near: NOTHING_RANKED,
});

function queryOf({ terms, ...asked }: NaiveSearch, input: SearchInput = {}): SearchQuery {
  const query = parseSearch(definition, terms.join(' '), { ...asked, ...input });
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

/** Everything together, by looking at each record that may be seen. */
function naiveAnswer(all: ReadonlyMap<string, PlainObject>, search: NaiveSearch, seen: ValueOf, query: SearchQuery) {
  const found = naiveSearch(all, search)
    .map((hit) => ({ ...hit, score: Math.round(hit.score * 1e6) / 1e6 }))
    .filter(({ key, score }) => {
      const value = seen(key) as PlainObject | undefined;
      return value?.['done'] === true && (query.minScore === null || score >= query.minScore);
    })
    .toSorted((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
  const after = query.after as SearchPlace | null;
  const behind = found.filter(
    ({ key, score }) => after === null || score < after.score || (score === after.score && key > after.key),
  );
  return {
    total: found.length,
    keys: behind.slice(0, query.limit).map(({ key }) => key),
    hasMore: behind.length > query.limit,
  };
}

describe('SE-5, SE-6: an answer', () => {
  test('is that of a look at each record: conditions, what may be seen, the least score, the page and the counts together', () => {
    let pages = 0;
    fc.assert(
      fc.property(
        records,
        searchArbitrary,
        fc.constantFrom(null, 0.2, 1),
        fc.integer({ min: 1, max: 2 }),
        fc.func(fc.constantFrom(true, true, true, false)),
        (all, search, minScore, limit, mayBeSeen) => {
          const index = built(all);
          const seen: ValueOf = (key) => (mayBeSeen(key) ? all.get(key) : undefined);
          const asked = { where: { done: true }, minScore: minScore ?? undefined, limit, facets: ['done'] } as const;
          for (let cursor: string | null = null, left = 10; left > 0; left--) {
            const query = queryOf(search, { ...asked, cursor });
            const answer = runSearch(index, query, seen);
            const expected = naiveAnswer(all, search, seen, query);
            expect(answer.hits.map(({ key }) => key)).toEqual(expected.keys);
            expect(answer.total).toBe(expected.total);
            expect(answer.facets['done']).toEqual(expected.total === 0 ? [] : [{ value: true, count: expected.total }]);
            expect(answer.nextCursor !== null).toBe(expected.hasMore);
            cursor = answer.nextCursor;
            if (cursor === null) break;
            pages++;
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(pages).toBeGreaterThan(10);
  });

  test('its keys alone are those of its hits, with a look at each record, or without one where the index has what is there', () => {
    let unread = 0;
    fc.assert(
      fc.property(
        records,
        searchArbitrary,
        fc.boolean(),
        fc.func(fc.constantFrom(true, true, true, false)),
        fc.record({ limit: fc.constantFrom(1, 2, 50), minScore: fc.constantFrom(undefined, 0.2) }),
        (all, search, isConditional, mayBeSeen, options) => {
          const index = built(all);
          const query = queryOf(search, { ...options, ...(isConditional ? { where: { done: true } } : {}) });
          const seen: ValueOf = (key) => (mayBeSeen(key) ? all.get(key) : undefined);
          for (const [valueOf, isRestricted] of [
            [(key: string) => all.get(key), false] as const,
            [seen, true] as const,
          ]) {
            const { hits, total } = runSearch(index, query, valueOf, isRestricted);
            const expected = { keys: hits.map(({ key }) => key), total };
            let reads = 0;
            const counted: ValueOf = (key) => {
              reads++;
              return valueOf(key);
            };
            for (const isCurrent of [false, true]) {
              expect(takeAll(findInSteps(index, query, counted, { isRestricted, isCurrent }))).toEqual(expected);
              if (!isCurrent) reads = 0;
            }
            if (isRestricted || isConditional) continue;
            expect(reads).toBe(0);
            unread += total;
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(unread).toBeGreaterThan(50);
  });

  test('the oracle notices when what may not be seen is counted', () => {
    const careless = fc.check(
      fc.property(records, searchArbitrary, (all, search) => {
        const query = queryOf(search, { where: { done: true } });
        const seen: ValueOf = (key) => (key < 'd' ? all.get(key) : undefined);
        const { total } = runSearch(built(all), query, (key) => all.get(key));
        expect(total).toBe(naiveAnswer(all, search, seen, query).total);
      }),
      { numRuns: 200 },
    );
    expect(careless.failed).toBe(true);
  });

  test('SE-25: worked out step by step is the same while nothing changes, and shows no word that is gone when something does', () => {
    fc.assert(
      fc.property(records, searchArbitrary, fc.array(fc.nat(9), { maxLength: 6 }), (all, search, changesAt) => {
        const index = built(all);
        const query = queryOf(search);
        expect(takeAll(searchSteps(index, textRanking(index, query), query, (key) => all.get(key)))).toEqual(
          runSearch(index, query, (key) => all.get(key)),
        );
        const now = new Map<string, PlainObject>(all);
        const fits = compileFits(definition, index.words, query);
        const steps = searchSteps(index, textRanking(index, query), query, (key) => now.get(key));
        for (let at = 0; ; at++) {
          const step = steps.next();
          if (step.done === true) {
            // Each was looked at some time or other; of those that are as they were all show that fit.
            for (const { key, terms } of step.value.hits) {
              expect(terms.length).toBeGreaterThan(0);
              expect(all.has(key)).toBe(true);
            }
            const unchanged = step.value.hits.filter(({ key }) => now.get(key) === all.get(key));
            for (const { key } of unchanged) expect(takeAll(fits(key, now.get(key) as Value))).toBe(true);
            return;
          }
          if (changesAt.includes(at)) now.set(KEYS[at % KEYS.length] as string, { title: 'nothing', done: false });
        }
      }),
      { numRuns: 150 },
    );
  });

  test('of a ranking whose records are gone is nothing', () => {
    const query = queryOf({
      terms: ['milk'],
      fields: ['title'],
      boost: {},
      prefix: true,
      fuzzy: 0,
      combineWith: 'AND',
    });
    const ranked: Ranked = { length: 3, keyAt: (i) => (i === 1 ? undefined : `k${i}`), scoreAt: () => 1 };
    const answer = takeAll(
      searchSteps(built(new Map()), { text: ranked, near: NOTHING_RANKED }, query, () => undefined),
    );
    expect(answer).toEqual({ hits: [], total: 0, facets: {}, nextCursor: null });
  });
});

describe('SE-5: what of a record is found', () => {
  test('is the same by itself as in an index: whether, and which terms in which fields', () => {
    fc.assert(
      fc.property(records, searchArbitrary, (all, search) => {
        const index = built(all);
        const query = queryOf(search, { limit: 1_000 });
        const fits = compileFits(definition, index.words, query);
        const foundTerms = compileFoundTerms(index, query);
        const found = new Map(naiveSearch(all, search).map(({ key, terms }) => [key, terms]));
        for (const [key, value] of all) {
          expect(takeAll(fits(key, value))).toBe(found.has(key));
          if (!found.has(key)) continue;
          const fieldsByTerm = takeAll(foundTerms(key, value));
          expect([...fieldsByTerm.keys()].toSorted()).toEqual(found.get(key));
          for (const [term, fields] of fieldsByTerm) {
            const having = ['title', 'body'].flatMap((name, field) =>
              search.fields.includes(name) &&
              String(value[name] ?? '')
                .split(' ')
                .includes(term)
                ? [field]
                : [],
            );
            expect(fields).toEqual(having);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('SE-11: completions', () => {
  const suggest = (all: ReadonlyMap<string, PlainObject>, text: string, seen: ValueOf, limit = 50) => {
    const query = parseSuggest(definition, text, { limit, fuzzy: false });
    if (!query.ok) throw new Error(query.error.code);
    return runSuggest(built(all), query.value, seen);
  };
  const wordsOf = (value: PlainObject): Set<string> =>
    new Set(
      ['title', 'body'].flatMap((name) =>
        String(value[name] ?? '')
          .split(' ')
          .filter((word) => word !== ''),
      ),
    );

  test('are the words that begin so of the records that have the words before and may be seen, each with how many have it', () => {
    fc.assert(
      fc.property(
        records,
        fc.constantFrom('', 'milk', 'bread oat'),
        fc.constantFrom('m', 'mil', 'bre', 'a', 'x'),
        fc.func(fc.boolean()),
        (all, lead, last, mayBeSeen) => {
          const seen: ValueOf = (key) => (mayBeSeen(key) ? all.get(key) : undefined);
          const before = lead.split(' ').filter((word) => word !== '');
          const counts = new Map<string, number>();
          for (const [key, value] of all) {
            if (!mayBeSeen(key)) continue;
            const words = [...wordsOf(value)];
            if (!before.every((wanted) => words.some((word) => word.startsWith(wanted)))) continue;
            for (const word of words) if (word.startsWith(last)) counts.set(word, (counts.get(word) ?? 0) + 1);
          }
          const text = lead === '' ? last : `${lead} ${last}`;
          const told = suggest(all, text, seen);
          const prefix = lead === '' ? '' : `${lead} `;
          expect(new Map(told.map((one) => [one.text, one.count]))).toEqual(
            new Map([...counts].map(([word, count]) => [prefix + word, count])),
          );
          expect(told.map(({ count }) => count)).toEqual(told.map(({ count }) => count).toSorted((a, b) => b - a));
          expect(suggest(all, text, seen, 1)).toEqual(told.slice(0, 1));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('never have a word that only others may see', () => {
    fc.assert(
      fc.property(records, fc.constantFrom(...WORDS), (all, word) => {
        const open = new Map([...all].filter(([, value]) => !wordsOf(value).has(word)));
        const told = suggest(all, word.slice(0, 1), (key) => open.get(key));
        expect(told.map(({ text }) => text)).not.toContain(word);
      }),
      { numRuns: 150 },
    );
  });
});
