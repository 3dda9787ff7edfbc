import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { PlainObject, Value } from '../primitives/index.js';
import { takeAll } from '../query/index.js';
import { naiveSearch, recordArbitrary, searchArbitrary, type NaiveSearch } from './naive-search.arbitrary.js';
import { parseSearch } from './parse-search.js';
import { runSearch } from './run-search.js';
import type { SearchAnswer } from './search-answer.js';
import { parseSearchDefinition, type SearchDefinition } from './search-definition.js';
import { SearchIndex } from './search-index.js';
import type { SearchInput } from './search-query.js';

const definition = defined({ fields: ['title', 'body'] });

function defined(input: unknown): SearchDefinition {
  const parsed = parseSearchDefinition(input);
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
}

function built(records: ReadonlyMap<string, Value>, of = definition): SearchIndex {
  const index = new SearchIndex(of);
  for (const [key, value] of records) index.put(key, value);
  return index;
}

function ask(index: SearchIndex, records: ReadonlyMap<string, Value>, text: string, input: SearchInput): SearchAnswer {
  const query = parseSearch(index.definition, text, input);
  if (!query.ok) throw new Error(query.error.code);
  return runSearch(index, query.value, (key) => records.get(key));
}

const askNaively = (index: SearchIndex, records: ReadonlyMap<string, Value>, search: NaiveSearch): SearchAnswer => {
  const { terms, ...input } = search;
  return ask(index, records, terms.join(' '), { ...input, limit: 1_000 });
};

function loaded(saved: string, of = definition): SearchIndex | null {
  const loading = SearchIndex.loading(of);
  for (const part of saved.split('\n')) loading.take(part);
  return loading.finish();
}

const save = (index: SearchIndex): string => [...index.saveParts()].join('\n');

/** Sets and removals, by key. */
const changes = fc.array(
  fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.option(recordArbitrary, { freq: 3, nil: undefined })),
  { maxLength: 30 },
);

function applied(
  steps: readonly (readonly [string, PlainObject | undefined])[],
  index: SearchIndex,
): ReadonlyMap<string, PlainObject> {
  const records = new Map<string, PlainObject>();
  for (const [key, value] of steps) {
    if (value === undefined) records.delete(key);
    else records.set(key, value);
    index.put(key, value);
  }
  return records;
}

describe('the index', () => {
  test('SE-4: after any changes it answers as one built anew, to the score, whatever is left over', () => {
    fc.assert(
      fc.property(changes, searchArbitrary, (steps, search) => {
        const index = new SearchIndex(definition);
        const records = applied(steps, index);
        const fresh = askNaively(built(records), records, search);
        expect(askNaively(index, records, search)).toEqual(fresh);
        takeAll(index.vacuumSteps());
        expect(askNaively(index, records, search)).toEqual(fresh);
      }),
      { numRuns: 150 },
    );
  });

  test('SE-5: what is found, its terms and scores are those of looking at each record', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), recordArbitrary),
        searchArbitrary,
        (all, search) => {
          const records = new Map(Object.entries(all));
          const { hits, total } = askNaively(built(records), records, search);
          const naive = naiveSearch(records, search);
          expect(total).toBe(naive.length);
          const byKey = new Map(naive.map((hit) => [hit.key, hit]));
          for (const { key, score, terms } of hits) {
            expect(terms).toEqual(byKey.get(key)?.terms);
            expect(score).toBeCloseTo(byKey.get(key)?.score ?? -1, 5);
          }
          const order = hits.map(({ score, key }) => ({ score, key }));
          expect(order.toSorted((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1))).toEqual(order);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('SE-6: a filter takes part in the search: limit, total and facets are of what meets it', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1, maxLength: 2 }), recordArbitrary),
        searchArbitrary,
        (all, search) => {
          const records = new Map(Object.entries(all));
          const { terms, ...input } = search;
          const done = new Map([...records].filter(([, { done: isDone }]) => isDone === true));
          const index = built(records);
          const answer = ask(index, records, terms.join(' '), {
            ...input,
            where: { done: true },
            facets: ['done'],
            limit: 2,
          });
          const wanted = naiveSearch(records, search).filter(({ key }) => done.has(key));
          expect(answer.total).toBe(wanted.length);
          expect(answer.hits.length).toBe(Math.min(2, wanted.length));
          expect(answer.facets).toEqual({ done: wanted.length === 0 ? [] : [{ value: true, count: wanted.length }] });
          // What may not be seen is as good as not there, whatever the index holds.
          const query = parseSearch(definition, terms.join(' '), input);
          if (!query.ok) throw new Error(query.error.code);
          const seen = runSearch(index, query.value, (key) => done.get(key));
          expect(seen.hits.map(({ key }) => key).filter((key) => !done.has(key))).toEqual([]);
          expect(seen.total).toBe(wanted.length);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('SE-7: pages are the whole answer, cut', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), recordArbitrary),
        searchArbitrary,
        fc.integer({ min: 1, max: 3 }),
        (all, search, limit) => {
          const records = new Map(Object.entries(all));
          const index = built(records);
          const { terms, ...input } = search;
          const whole = askNaively(index, records, search).hits;
          const pages: SearchAnswer['hits'][number][] = [];
          let cursor: string | null = null;
          do {
            const page: SearchAnswer = ask(index, records, terms.join(' '), { ...input, limit, cursor });
            pages.push(...page.hits);
            cursor = page.nextCursor;
          } while (cursor !== null);
          expect(pages).toEqual(whole);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('SE-8: stored and loaded it answers alike, and what changed meanwhile is indexed anew', () => {
    fc.assert(
      fc.property(changes, changes, searchArbitrary, (before, later, search) => {
        const first = new SearchIndex(definition);
        const records = new Map(applied(before, first));
        const second = loaded(save(first));
        if (second === null) throw new Error('not loaded');
        for (const [key, value] of later) {
          if (value === undefined) records.delete(key);
          else records.set(key, value);
        }
        const steps = second.fill([...records.keys()], (key) => records.get(key));
        while (steps.next().done !== true);
        const keys = (answer: SearchAnswer) => answer.hits.map(({ key }) => key).toSorted();
        expect(keys(askNaively(second, records, search))).toEqual(keys(askNaively(built(records), records, search)));
        expect(second.size).toBe(records.size);
      }),
      { numRuns: 60 },
    );
    expect(loaded(save(built(new Map())), defined({ fields: ['title'] }))).toBeNull();
    const saved = save(built(new Map([['a', { title: 'milk' }]])));
    expect(loaded(saved)?.size).toBe(1);
    for (const damaged of ['', 'null', '[]', '{', saved.slice(0, -5), saved.slice(1), saved.replace('milk', 'mild')]) {
      expect(loaded(damaged)).toBeNull();
    }
  });

  test('SE-26: counts about what it takes: as much more as it has more texts and words, and nothing for what is gone', () => {
    const index = new SearchIndex(definition);
    expect(index.bytes).toBe(0);
    index.put('a', { title: 'milk', body: 'and bread' });
    const one = index.bytes;
    expect(one).toBeGreaterThan(1_000);
    index.put('a', { title: 'milk', body: 'and bread' });
    expect(index.bytes).toBe(one);
    index.put('b', { title: 'milk', body: 'and bread' });
    // No further words.
    expect(index.bytes - one).toBe('milkand bread'.length * 4);
    expect(loaded(save(index))?.bytes).toBe(index.bytes);
    index.put('a', undefined);
    index.put('b', undefined);
    index.put('c', undefined);
    takeAll(index.vacuumSteps());
    expect(index.bytes).toBe(0);
  });

  test('SE-4: a record is not indexed anew for what is not searched', () => {
    let split = 0;
    const counting = defined({
      fields: ['title'],
      tokenizer: {
        name: 'counting',
        split: (text: string) => {
          split++;
          return [{ start: 0, end: text.length }];
        },
      },
    });
    const index = new SearchIndex(counting);
    index.put('a', { title: 'milk', done: false });
    index.put('a', { title: 'milk', done: true });
    expect(split).toBe(1);
    index.put('a', { title: 'bread', done: true });
    expect(split).toBe(2);
  });

  test('SE-43: says how much it has done: by records, their characters, their words, and the numbers of vectors', () => {
    const index = new SearchIndex(defined({ fields: ['title', 'body'], vectors: { field: 'at', dimensions: 6 } }));
    const read = (key: string, value: Value | undefined): number => {
      const before = index.work;
      index.put(key, value);
      return index.work - before;
    };
    // A record, its characters, and each of its words twice: to read and to write it.
    expect(read('a', { title: 'milk', body: 'oats!' })).toBe(16 + 1 + 2 * 6);
    // The same texts are not indexed once more, and vectors are compared as they are.
    expect(read('a', { title: 'milk', body: 'oats!', done: true })).toBe(16 + 1);
    expect(read('a', { title: 'milk', body: 'oats!', at: [1, 2, 3, 4, 5, 6] })).toBe(16 + 3);
    expect(read('a', { title: 'bread', at: [1, 2, 3, 4, 5, 6] })).toBe(16 + 2 + 6);
    expect(read('b', { title: 7, at: [1, 2] })).toBe(16 + 1 + 6);
    expect(read('a', undefined)).toBe(16);
    expect(read('c', { title: 'x'.repeat(20_000) })).toBe(16 + 16_384 / 16 + 6);
  });

  test('SE-4: what is left of many changes is cleared away', () => {
    const index = new SearchIndex(definition);
    for (let i = 0; i < 400; i++) index.put(`k${i % 10}`, { title: `word${i}` });
    expect(index.isLittered).toBe(true);
    takeAll(index.vacuumSteps());
    expect(index.isLittered).toBe(false);
    const records = new Map<string, Value>([['k9', { title: 'word399' }]]);
    expect(ask(index, records, 'word3', {}).total).toBe(1);
  });
});
