import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { PlainObject, Value } from '../primitives/index.js';
import { takeAll } from '../query/index.js';
import { FacetCounter } from './count-facets.js';
import { naiveSearch, recordArbitrary, searchArbitrary, type NaiveSearch } from './naive-search.arbitrary.js';
import { parseSearch } from './parse-search.js';
import { NOTHING_RANKED, type Ranked } from './ranked.js';
import { runSearch, type ValueOf } from './run-search.js';
import { completionOf } from './run-suggest.js';
import { parseSearchDefinition, type SearchDefinition } from './search-definition.js';
import { COMPLETED_RECORDS, factSteps, type SearchFacts } from './search-facts.js';
import { SearchIndex } from './search-index.js';
import { SEARCH_LIMITS } from './search-limits.js';
import type { SearchQuery } from './search-query.js';

const definition = ((): SearchDefinition => {
  const parsed = parseSearchDefinition({ fields: ['title', 'body'] });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
})();
const records = fc.dictionary(fc.string({ minLength: 1, maxLength: 2 }), recordArbitrary, { maxKeys: 15 });

function queryOf({ terms, ...input }: NaiveSearch): SearchQuery {
  const query = parseSearch(definition, terms.join(' '), { ...input, facets: ['done', 'title'] });
  if (!query.ok) throw new Error(query.error.code);
  return query.value;
}

function built(all: Readonly<Record<string, PlainObject>>): SearchIndex {
  const index = new SearchIndex(definition);
  for (const [key, value] of Object.entries(all)) index.put(key, value);
  return index;
}

function factsOf(index: SearchIndex, ranked: Ranked, search: NaiveSearch, valueOf: ValueOf): SearchFacts {
  const query = queryOf(search);
  const completed = completionOf(definition, search.terms.join(' '), query, 50);
  return takeAll(factSteps(index, { text: ranked, near: NOTHING_RANKED }, query, completed, valueOf));
}

/** The same records in another order, with scores that say nothing. */
function shuffled(ranked: Ranked, by: number): Ranked {
  const at = (place: number): number => (place * 7 + by) % Math.max(1, ranked.length);
  const isMixed = ranked.length % 7 !== 0;
  return {
    ...ranked,
    keyAt: (place) => ranked.keyAt(isMixed ? at(place) : ranked.length - 1 - place),
    scoreAt: () => 1,
  };
}

describe('SE-44: facts', () => {
  test('are what a search counts of everything, and what a look at each record finds', () => {
    fc.assert(
      fc.property(records, searchArbitrary, fc.boolean(), (all, search, onlyDone) => {
        const index = built(all);
        const valueOf = (key: string): Value | undefined =>
          !onlyDone || all[key]?.['done'] === true ? all[key] : undefined;
        const query = queryOf(search);
        const { total, facets } = factsOf(index, index.ranked(query), search, valueOf);
        const answer = runSearch(index, query, valueOf);
        expect({ total, facets }).toEqual({ total: answer.total, facets: answer.facets });
        const found = naiveSearch(new Map(Object.entries(all)), search).filter(({ key }) => valueOf(key) !== undefined);
        expect(total).toBe(found.length);
      }),
      { numRuns: 100 },
    );
  });

  test('are the same in whatever order records were ranked, and with whatever scores', () => {
    fc.assert(
      fc.property(records, searchArbitrary, fc.nat(6), (all, search, by) => {
        const index = built(all);
        const valueOf = (key: string): Value | undefined => all[key];
        const ranked = index.ranked(queryOf(search));
        const facts = factsOf(index, ranked, search, valueOf);
        expect(factsOf(index, shuffled(ranked, by), search, valueOf)).toEqual(facts);
      }),
      { numRuns: 100 },
    );
  });

  test('are those of an index in which nothing is that may not be seen', () => {
    fc.assert(
      fc.property(records, searchArbitrary, (all, search) => {
        const visible = Object.fromEntries(Object.entries(all).filter(([, { done }]) => done === true));
        const index = built(all);
        const alone = built(visible);
        const query = queryOf(search);
        const valueOf = (key: string): Value | undefined => visible[key];
        expect(factsOf(index, index.ranked(query), search, valueOf)).toEqual(
          factsOf(alone, alone.ranked(query), search, valueOf),
        );
      }),
      { numRuns: 100 },
    );
  });

  test('of more records than completions are made of are of the first by key, whichever rank best', () => {
    const index = new SearchIndex(definition);
    const values = new Map<string, Value>();
    for (let i = 0; i < COMPLETED_RECORDS + 200; i++) {
      const isFirst = i < COMPLETED_RECORDS;
      // Those that come later by key rank better: their texts are shorter.
      values.set(`k${String(i).padStart(5, '0')}`, { title: isFirst ? 'milk and bread and oats' : 'milky' });
    }
    for (const [key, value] of values) index.put(key, value);
    const search: NaiveSearch = {
      terms: ['mil'],
      fields: ['title'],
      boost: {},
      prefix: true,
      fuzzy: 0,
      combineWith: 'AND',
    };
    const facts = factsOf(index, index.ranked(queryOf(search)), search, (key) => values.get(key));
    expect(facts.total).toBe(COMPLETED_RECORDS + 200);
    expect(facts.completions).toEqual([{ text: 'milk', count: COMPLETED_RECORDS }]);
  });
});

describe('SE-44: what is put to counts from elsewhere', () => {
  const scalar = fc.constantFrom<Value>(null, true, 0, 1, 'a', 'b', '__proto__');
  const record = fc.record({ f: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })) }, { requiredKeys: [] });
  const FACETS = [{ name: 'f', path: ['f'] }];
  const counted = (all: readonly PlainObject[]) => {
    const counter = new FacetCounter(FACETS);
    all.forEach((value, i) => counter.add(String(i), value));
    return takeAll(counter.counts());
  };

  test('and taken from them leaves what a count of what is left says', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 15 }),
        fc.array(record, { maxLength: 8 }),
        fc.nat(15),
        (base, more, gone) => {
          const counter = new FacetCounter(FACETS, counted(base));
          for (const value of more) counter.add('k', value);
          for (const value of base.slice(0, gone)) counter.add('k', value, -1);
          expect(takeAll(counter.counts())).toEqual(counted([...base.slice(gone), ...more]));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('makes no new value of a facet that may have been cut', () => {
    const values = Array.from({ length: SEARCH_LIMITS.facetValues }, (_, i) => ({ value: i, count: 5 }));
    const counter = new FacetCounter(FACETS, { f: values });
    counter.add('k', { f: 'new' });
    counter.add('k', { f: 3 });
    expect(takeAll(counter.counts())['f']).toHaveLength(SEARCH_LIMITS.facetValues);
    expect(takeAll(counter.counts())['f']?.[0]).toEqual({ value: 3, count: 6 });
  });
});
