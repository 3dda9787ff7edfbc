import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { PlainObject, Value } from '../primitives/index.js';
import { takeAll } from '../query/index.js';
import { findInSteps, rankingSteps, searchSteps } from './run-search.js';
import { compileFits } from './record-fits.js';
import { definedAs, searchFor } from './searched-world.arbitrary.js';
import { SearchIndex } from './search-index.js';

/*
 * A search service in small: records of all kinds come, change and go; the index is cleared away, kept and loaded, at any time and in parts; and whenever somebody searches, what is found is
 * what a look at each record says, by a reading of texts that shares nothing with the index.
 */

const definition = definedAs({ fields: ['title', 'tags', 'by.name'], stopWords: ['the', 'und'] });
const KEYS = ['a', 'b', 'c', 'd', '', '__proto__', 'ключ'] as const;

/** As they are written, with the word that each is looked up by. */
const WRITTEN: readonly (readonly [written: string, term: string])[] = [
  ['Milk', 'milk'],
  ['MILKY', 'milky'],
  ['milk-y', 'milk y'],
  ['Straße', 'strasse'],
  ['Strasse', 'strasse'],
  ['Crème', 'creme'],
  ['the', ''],
  ['UND', ''],
  ['2024', '2024'],
  ['🎉', '🎉'],
  ['co\u00adop', 'coop'],
  ['!?', ''],
];
const written = fc.array(fc.constantFrom(...WRITTEN), { maxLength: 4 });
const textOf = (words: readonly (readonly [string, string])[]): string => words.map(([one]) => one).join(' ');

/** A record, and the terms of each of its fields. */
interface Known {
  readonly value: Value;
  readonly terms: readonly (readonly string[])[];
}
const termsOf = (words: readonly (readonly [string, string])[]): readonly string[] =>
  words.flatMap(([, term]) => (term === '' ? [] : term.split(' ')));
const known: fc.Arbitrary<Known> = fc
  .record({ title: fc.option(written), tags: fc.option(written), name: fc.option(written), year: fc.boolean() })
  .map(({ title, tags, name, year }) => ({
    value: {
      ...(title === null ? { title: { no: 'text' } } : { title: textOf(title) }),
      ...(tags === null ? {} : { tags: [...tags.map(([one]) => one), ...(year ? [2024] : []), null, ['milk']] }),
      ...(name === null ? { by: null } : { by: { name: textOf(name) } }),
    },
    terms: [
      title === null ? [] : termsOf(title),
      tags === null ? [] : [...termsOf(tags), ...(year ? ['2024'] : [])],
      name === null ? [] : termsOf(name),
    ],
  }));

type Step =
  | { readonly does: 'put'; readonly key: string; readonly record: Known | null }
  | { readonly does: 'clear'; readonly steps: number }
  | { readonly does: 'reload' }
  | { readonly does: 'search'; readonly words: readonly string[]; readonly any: boolean; readonly prefix: boolean };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('put' as const),
      key: fc.constantFrom(...KEYS),
      record: fc.option(known, { freq: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('clear' as const), steps: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('reload' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('search' as const),
      words: fc.array(fc.constantFrom('milk', 'MIL', 'strasse', 'Straße', 'creme', '2024', '🎉', 'coop', 'y'), {
        minLength: 1,
        maxLength: 3,
      }),
      any: fc.boolean(),
      prefix: fc.boolean(),
    }),
  },
);

const FOLDED: Readonly<Record<string, string>> = { MIL: 'mil', Straße: 'strasse' };

/** The keys of what has the words: beginnings or whole ones, in whichever field. */
function plainly(all: ReadonlyMap<string, Known>, { any, prefix, words }: Extract<Step, { does: 'search' }>): string[] {
  const found: string[] = [];
  for (const [key, { terms }] of all) {
    const has = (word: string): boolean => {
      const wanted = FOLDED[word] ?? word;
      return terms.flat().some((term) => (prefix ? term.startsWith(wanted) : term === wanted));
    };
    if (any ? words.some(has) : words.every(has)) found.push(key);
  }
  return found.toSorted();
}

const queryOf = ({ any, prefix, words }: Extract<Step, { does: 'search' }>) =>
  searchFor(definition, words.join(' '), { prefix, fuzzy: false, combineWith: any ? 'OR' : 'AND', limit: 50 });

function reloaded(index: SearchIndex, valueOf: (key: string) => Value | undefined): SearchIndex {
  const loading = SearchIndex.loading(definition);
  for (const part of index.saveParts()) if (!loading.take(part)) throw new Error('a part was refused');
  const loaded = loading.finish();
  if (loaded === null) throw new Error('it was not loaded');
  takeAll(loaded.forgetUnseen(valueOf));
  return loaded;
}

describe('SE-2, SE-4, SE-5, SE-8: whatever happens to an index', () => {
  test('it finds what a look at each record finds, with the words that are written there, and in one order', () => {
    let [found, empty, loads] = [0, 0, 0];
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 40 }), (script) => {
        let index = new SearchIndex(definition);
        const records = new Map<string, Known>();
        const valueOf = (key: string): Value | undefined => records.get(key)?.value;
        let clearing: Generator<void> | null = null;
        for (const each of script) {
          switch (each.does) {
            case 'put':
              if (each.record === null) records.delete(each.key);
              else records.set(each.key, each.record);
              index.put(each.key, each.record?.value);
              break;
            case 'clear':
              clearing ??= index.vacuumSteps();
              for (let i = 0; i < each.steps; i++) if (clearing?.next().done === true) clearing = null;
              break;
            case 'reload':
              index = reloaded(index, valueOf);
              clearing = null;
              loads++;
              break;
            case 'search': {
              const query = queryOf(each);
              const { hits, total } = takeAll(searchSteps(index, takeAll(rankingSteps(index, query)), query, valueOf));
              const expected = plainly(records, each);
              expect(hits.map(({ key }) => key).toSorted()).toEqual(expected);
              expect([total, index.size]).toEqual([expected.length, records.size]);
              for (const { key, score, terms } of hits) {
                expect(score).toBeGreaterThan(0);
                for (const term of terms) expect(records.get(key)?.terms.flat()).toContain(term);
              }
              const fits = compileFits(definition, index.words, query);
              for (const [key, { value }] of records) expect(takeAll(fits(key, value))).toBe(expected.includes(key));
              found += hits.length;
              empty += Number(hits.length === 0);
            }
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(Math.min(found, empty, loads)).toBeGreaterThan(100);
  });

  test('SE-47: records that are put between the steps of a search are found as they were or as they are, and nobody else is touched', () => {
    let moved = 0;
    const first = fc.array(known, { minLength: 5, maxLength: 5 });
    const later = fc.array(fc.tuple(fc.nat(4), fc.option(known)), { maxLength: 4 });
    const search = fc.record({
      does: fc.constant('search' as const),
      words: fc.constantFrom(['milk'], ['strasse', 'creme'], ['2024', '🎉']),
      any: fc.constant(true),
      prefix: fc.boolean(),
    });
    fc.assert(
      fc.property(first, later, search, fc.nat(30), (start, changes, asked, when) => {
        const index = new SearchIndex(definition);
        const before = new Map(start.map((record, i) => [`k${i}`, record] as const));
        // So many that ranking takes steps.
        for (let i = 0; i < 700; i++) index.put(`x${i}`, { title: 'milk strasse creme 2024 🎉', tags: ['milky'] });
        for (const [key, { value }] of before) index.put(key, value);
        const now = new Map<string, Known>(before);
        const query = queryOf(asked);
        const ranking = rankingSteps(index, query);
        const due = [...changes];
        let ranked = ranking.next();
        for (let taken = 0; ranked.done !== true; ranked = ranking.next(), taken++) {
          if (taken < when % 3) continue;
          for (const [number, record] of due.splice(0, 2)) {
            const key = `k${number}`;
            if (record === null) now.delete(key);
            else now.set(key, record);
            index.put(key, record?.value);
            moved++;
          }
        }
        const { text } = ranked.value;
        const keys = Array.from({ length: text.length }, (_, i) => text.keyAt(i)).filter((key) => key?.startsWith('k'));
        expect(new Set(keys).size).toBe(keys.length);
        const [old, own] = [plainly(before, asked), plainly(now, asked)];
        for (const key of keys) expect([...old, ...own]).toContain(key);
        for (const [key, record] of before) {
          if (now.get(key) === record) expect(keys.includes(key)).toBe(own.includes(key));
        }
      }),
      { numRuns: 40 },
    );
    expect(moved).toBeGreaterThan(30);
  });

  test('SE-47: found in steps is what is found at once, however many steps there are and whoever may see what', () => {
    const many = fc.array(known, { minLength: 1, maxLength: 20 });
    const search = fc.record({
      does: fc.constant('search' as const),
      words: fc.constantFrom(['milk'], ['milk', 'y'], ['creme', '2024']),
      any: fc.boolean(),
      prefix: fc.boolean(),
    });
    fc.assert(
      fc.property(many, search, fc.func(fc.boolean()), (some, asked, isSeen) => {
        const index = new SearchIndex(definition);
        const records = new Map<string, Known>();
        for (let i = 0; i < 200; i++) records.set(`k${i}`, some[i % some.length] as Known);
        for (const [key, { value }] of records) index.put(key, value);
        const seen = new Map([...records].filter(([key]) => isSeen(key)));
        const query = { ...queryOf(asked), limit: 1_000 };
        const found = takeAll(findInSteps(index, query, (key) => seen.get(key)?.value, { isRestricted: true }));
        expect(found.keys.toSorted()).toEqual(plainly(seen, asked));
        expect(found.total).toBe(found.keys.length);
      }),
      { numRuns: 40 },
    );
  });

  test('SE-5: a search of no words is fitted by no record, all of them or any', () => {
    const { words } = new SearchIndex(definition);
    for (const text of ['', ' ', '!?'])
      for (const combineWith of ['AND', 'OR'] as const) {
        const fits = compileFits(definition, words, searchFor(definition, text, { combineWith }));
        for (const value of [{}, { title: '' }, { title: 'milk' }, null]) expect(takeAll(fits('k', value))).toBe(false);
      }
  });

  test('SE-6: what of a record is not seen finds nothing, field by field', () => {
    const record: PlainObject = { title: 'Milk', tags: ['Crème'], by: { name: 'Straße' } };
    const index = new SearchIndex(definition);
    index.put('k', record);
    for (const [word, field] of [
      ['milk', 'title'],
      ['creme', 'tags'],
      ['strasse', 'by'],
    ] as const) {
      const query = searchFor(definition, word);
      for (const hidden of ['title', 'tags', 'by']) {
        const { [hidden]: _, ...seen } = record;
        const found = takeAll(findInSteps(index, query, () => seen, { isRestricted: true }));
        expect(found).toEqual(hidden === field ? { keys: [], total: 0 } : { keys: ['k'], total: 1 });
      }
    }
  });
});
