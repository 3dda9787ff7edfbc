import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Value } from '../primitives/index.js';
import { recordArbitrary, searchArbitrary } from './naive-search.arbitrary.js';
import { parseSearch } from './parse-search.js';
import { runSearch, rankingSteps } from './run-search.js';
import { parseSuggest, runSuggest } from './run-suggest.js';
import { parseSearchDefinition, type SearchDefinition } from './search-definition.js';
import { factSteps } from './search-facts.js';
import { SearchIndex } from './search-index.js';
import { SEARCH_LIMITS } from './search-limits.js';
import { readWireSearch, wireSearch } from './text-search.js';
import { takeAll } from '../query/index.js';

const defined = (...fields: string[]): SearchDefinition => {
  const parsed = parseSearchDefinition({ fields });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
};
const definition = defined('title', 'body');

/** A megabyte of each, and what programs stumble over. */
const MEGABYTE = 1_048_576;
const TEXTS: readonly (readonly [what: string, text: string])[] = [
  ['a megabyte of words', 'milk '.repeat(MEGABYTE / 5)],
  ['a megabyte in one word', 'x'.repeat(MEGABYTE)],
  ['a megabyte of different words', Array.from({ length: MEGABYTE / 8 }, (_, i) => `w${i}`).join(' ')],
  ['a megabyte of emoji', '🎉'.repeat(MEGABYTE / 2)],
  ['a megabyte of signs over one letter', `e${'\u0301'.repeat(MEGABYTE)}`],
  ['a megabyte of spaces', ' '.repeat(MEGABYTE)],
  ['a megabyte of NUL', '\0'.repeat(MEGABYTE)],
  ['a megabyte without spaces', '東京都'.repeat(MEGABYTE / 3)],
  ['control characters', Array.from({ length: 32 }, (_, i) => `milk${String.fromCharCode(i)}bread`).join('')],
  ['text from right to left', '\u202eשלום עולם\u202c مرحبا milk \u2067bread\u2069'],
  ['families of emoji', '👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪 milk'],
  ['lone surrogates', 'milk \ud800 bread \udc00\ud800 oats'],
  ['NUL among words', 'milk\0bread\0'],
  ['what patterns are made of', '.* (a+)+$ [ \\ ^ $ {1,} | ? *milk* (?=x)'],
  ['names of what objects have', '__proto__ constructor toString hasOwnProperty valueOf'],
  ['what ends lines', 'milk\u2028bread\u2029oats\r\nmore\u0085end'],
];

describe('SE-12, SE-13: whatever a text is', () => {
  test.each(TEXTS)(
    '%s is indexed in part or as a whole, searched, completed, highlighted, counted, kept and taken away',
    (_what, text) => {
      const index = new SearchIndex(definition);
      const values = new Map<string, Value>([
        ['it', { title: text, body: 'milk' }],
        ['other', { title: 'milk', body: text.slice(0, 100) }],
      ]);
      for (const [key, value] of values) index.put(key, value);
      // A word and a term for each character are the most that there are.
      expect(index.work).toBeLessThanOrEqual(6 * (SEARCH_LIMITS.textLength + 200) + SEARCH_LIMITS.textLength / 8 + 64);
      const valueOf = (key: string) => values.get(key);
      const refused = parseSearch(definition, text.padEnd(SEARCH_LIMITS.queryLength + 1));
      expect(refused.ok ? 'ok' : refused.error.code).toBe('text-too-long');
      const begun = [...index.words.of(text.slice(0, 200))];
      const words = begun.filter(({ term }, i) => begun.findIndex((word) => word.term === term) === i).slice(0, 4);
      for (const { start, end, term } of words) {
        const query = parseSearch(definition, text.slice(start, end), { highlight: true, fuzzy: false, prefix: false });
        if (!query.ok) throw new Error(query.error.code);
        expect(query.value.terms).toContain(term);
        const { hits } = runSearch(index, query.value, valueOf);
        const it = hits.find(({ key }) => key === 'it');
        expect(it?.terms).toContain(term);
        for (const range of it?.highlights?.['title'] ?? [])
          expect(range.end).toBeLessThanOrEqual(Math.min(text.length, SEARCH_LIMITS.textLength));
        expect(it?.highlights?.['title']?.length).toBeLessThanOrEqual(SEARCH_LIMITS.ranges);
        const wire = readWireSearch(definition, JSON.parse(JSON.stringify(wireSearch(definition, term, query.value))));
        expect(wire.ok && wire.value.terms).toEqual([term]);
        const facts = takeAll(factSteps(index, takeAll(rankingSteps(index, query.value)), query.value, null, valueOf));
        expect(facts.total).toBe(hits.length);
      }
      const typed = words.at(-1);
      if (typed !== undefined) {
        const begun = parseSuggest(definition, text.slice(typed.start, typed.end));
        if (!begun.ok) throw new Error(begun.error.code);
        expect(runSuggest(index, begun.value, valueOf).length).toBeGreaterThan(0);
      }
      const loading = SearchIndex.loading(definition);
      for (const part of index.saveParts()) expect(loading.take(part)).toBe(true);
      const loaded = loading.finish();
      expect([loaded?.size, loaded?.bytes]).toEqual([index.size, index.bytes]);
      index.put('it', undefined);
      index.put('other', undefined);
      expect(index.size).toBe(0);
    },
  );

  test('the way to a server and back changes nothing of what is asked', () => {
    fc.assert(
      fc.property(searchArbitrary, fc.integer({ min: 1, max: 1_000 }), ({ terms, ...input }, limit) => {
        const query = parseSearch(definition, terms.join(' '), { ...input, limit, where: { done: true } });
        if (!query.ok) throw new Error(query.error.code);
        const sent = JSON.parse(JSON.stringify(wireSearch(definition, terms.join(' '), query.value)));
        const read = readWireSearch(definition, sent);
        if (!read.ok) throw new Error(read.error.code);
        const { boosts, combineWith, fuzzy, prefix, where } = query.value;
        expect(read.value).toMatchObject({ terms: query.value.terms, combineWith, fuzzy, prefix, where });
        expect([...read.value.boosts]).toEqual([...boosts]);
        expect(read.value.limit).toBeGreaterThan(limit);
      }),
      { numRuns: 100 },
    );
  });

  test('what comes to a server as a search is one, or refused, and never an exception', () => {
    const wild = fc.record({
      text: fc.string({ unit: 'binary', maxLength: 40 }),
      fields: fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 }),
      boosts: fc.array(fc.tuple(fc.constantFrom('title', 'body', '__proto__', 'x'), fc.double()), { maxLength: 3 }),
      prefix: fc.boolean(),
      fuzzy: fc.double(),
      combineWith: fc.constantFrom('AND' as const, 'OR' as const),
    });
    let read = 0;
    fc.assert(
      fc.property(wild, (search) => {
        const query = readWireSearch(definition, { where: { type: 'and', of: [] }, sort: [], limit: 5, search });
        if (!query.ok) return;
        read++;
        for (const boost of query.value.boosts.values()) expect(boost > 0 && boost <= SEARCH_LIMITS.boost).toBe(true);
        expect(query.value.fuzzy >= 0 && query.value.fuzzy <= SEARCH_LIMITS.edits).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(read).toBeGreaterThan(10);
  });
});

describe('SE-4: at every step', () => {
  test('an index holds the records there are, and finds what one made of them at that moment finds', () => {
    const step = fc.tuple(
      fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      fc.option(recordArbitrary, { freq: 3, nil: undefined }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), searchArbitrary, (steps, { terms, ...input }) => {
        const query = parseSearch(definition, terms.join(' '), input);
        if (!query.ok) throw new Error(query.error.code);
        const keysOf = (index: SearchIndex): readonly (string | undefined)[] => {
          const ranked = index.ranked(query.value);
          return Array.from({ length: ranked.length }, (_, i) => ranked.keyAt(i)).toSorted();
        };
        const index = new SearchIndex(definition);
        const records = new Map<string, Value>();
        for (const [key, value] of steps) {
          if (value === undefined) records.delete(key);
          else records.set(key, value);
          index.put(key, value);
          const fresh = new SearchIndex(definition);
          for (const [at, one] of records) fresh.put(at, one);
          expect([index.size, keysOf(index)]).toEqual([records.size, keysOf(fresh)]);
          for (const at of ['a', 'b', 'c', 'd', 'e']) expect(index.has(at)).toBe(records.has(at));
        }
      }),
      { numRuns: 60 },
    );
  });
});
