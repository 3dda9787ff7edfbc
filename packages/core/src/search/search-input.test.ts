import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Value } from '../primitives/index.js';
import { parseSearch } from './parse-search.js';
import { runSearch } from './run-search.js';
import { parseSuggest, runSuggest, type SuggestInput } from './run-suggest.js';
import { parseSearchDefinition, type SearchDefinition, type SearchDefinitionInput } from './search-definition.js';
import { describeSearchError } from './search-error.js';
import { SearchIndex } from './search-index.js';
import type { SearchInput } from './search-query.js';

function defined(input: SearchDefinitionInput): SearchDefinition {
  const parsed = parseSearchDefinition(input);
  if (!parsed.ok) throw new Error(describeSearchError(parsed.error));
  return parsed.value;
}

const plain = defined({ fields: ['title'] });

/** Keys that a text finds among titles, which are their own keys. */
function found(
  text: string,
  titles: readonly string[],
  input: SearchInput = {},
  definition = plain,
): readonly string[] {
  const index = new SearchIndex(definition);
  const records = new Map<string, Value>(titles.map((title) => [title, { title }]));
  for (const [key, value] of records) index.put(key, value);
  const query = parseSearch(definition, text, input);
  if (!query.ok) throw new Error(describeSearchError(query.error));
  return runSearch(index, query.value, (key) => records.get(key)).hits.map(({ key }) => key);
}

function suggested(text: string, titles: readonly string[], input: SuggestInput = {}): readonly string[] {
  const index = new SearchIndex(plain);
  const records = new Map<string, Value>(titles.map((title, i) => [String(i), { title }]));
  for (const [key, value] of records) index.put(key, value);
  const query = parseSuggest(plain, text, input);
  if (!query.ok) throw new Error(describeSearchError(query.error));
  return runSuggest(index, query.value, (key) => records.get(key)).map((one) => one.text);
}

const codeOf = (parsed: ReturnType<typeof parseSearch> | ReturnType<typeof parseSearchDefinition>): string =>
  parsed.ok ? 'ok' : parsed.error.code;

describe('words', () => {
  test.each([
    ['cafe', 'Café'],
    ['CAFÉ', 'cafe'],
    ['cafe', 'Cafe\u0301'],
    ['strasse', 'Straße'],
    ['istanbul', 'İstanbul'],
    ['σισυφος', 'ΣΊΣΥΦΟΣ'],
    ['fullwidth', 'ｆｕｌｌｗｉｄｔｈ'],
    ['lodz', 'Łódź'],
    ['שלום', 'שָׁלוֹם'],
    ['مرحبا', 'مَرْحَبًا'],
    ['東京', '東京都は大きい'],
    ['ภาษา', 'ภาษาไทย'],
    ['🎉', 'party 🎉'],
    ['co\u00adop', 'coop'],
    ['한국어', '한국어'],
  ])('SE-2: %s finds %s', (text, title) => {
    expect(found(text, [title], { prefix: false, fuzzy: false })).toEqual([title]);
  });

  test.each([
    ['कि', 'का'],
    ['が', 'か'],
  ])('SE-2: signs that make another letter stay: %s is not %s', (text, title) => {
    expect(found(text, [title], { fuzzy: false })).toEqual([]);
  });

  test('SE-3: stop words are not looked for, unless there is nothing else, which may be a word half typed', () => {
    const definition = defined({ fields: ['title'], stopWords: ['The', 'of'] });
    expect(found('the milk', ['the milk', 'the bread'], {}, definition)).toEqual(['the milk']);
    expect(found('the', ['the milk', 'theatre'], {}, definition)).toEqual(['theatre']);
  });

  test('SE-3: a stemmer makes one term of the forms of a word', () => {
    const stemmer = { name: 'plural', stem: (word: string) => word.replace(/s$/, '') };
    const definition = defined({ fields: ['title'], stemmer });
    expect(found('cats', ['one cat'], { prefix: false, fuzzy: false }, definition)).toEqual(['one cat']);
    expect(found('cats', ['one cat'], { prefix: false, fuzzy: false })).toEqual([]);
    expect(definition.fingerprint).not.toBe(plain.fingerprint);
  });

  test('SE-9: typing errors count from four letters on', () => {
    expect(found('mlik', ['milk', 'bread'], { fuzzy: 2 })).toEqual(['milk']);
    expect(found('cat', ['bat'])).toEqual([]);
    expect(found('bred', ['bread'])).toEqual(['bread']);
  });
});

describe('highlights', () => {
  test('SE-10: are ranges of the text as it is written, whatever it was folded to', () => {
    const index = new SearchIndex(plain);
    const title = '<b>Straße</b> 🎉 Milk, CAFE\u0301 & co';
    index.put('k', { title });
    const query = parseSearch(plain, 'strasse cafe milk', { highlight: true });
    if (!query.ok) throw new Error('refused');
    const [hit] = runSearch(index, query.value, () => ({ title })).hits;
    const marked = hit?.highlights?.['title']?.map(({ start, end }) => title.slice(start, end));
    expect(marked).toEqual(['Straße', 'Milk', 'CAFE\u0301']);
  });

  test('SE-10: lie in order, within the text, apart, on what was searched for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (title) => {
        const [word] = new SearchIndex(plain).words.of(title);
        if (word === undefined) return;
        const index = new SearchIndex(plain);
        index.put('k', { title });
        const query = parseSearch(plain, word.term, { highlight: true });
        if (!query.ok) throw new Error('refused');
        const [hit] = runSearch(index, query.value, () => ({ title })).hits;
        let end = 0;
        for (const range of hit?.highlights?.['title'] ?? []) {
          expect(range.start).toBeGreaterThanOrEqual(end);
          expect(range.end).toBeGreaterThan(range.start);
          end = range.end;
        }
        expect(end).toBeLessThanOrEqual(title.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe('completions', () => {
  test('SE-11: complete the last word as records have it, the most frequent first', () => {
    const titles = ['Buy oat milk', 'Milk for the cat', 'the mill', 'Milky way'];
    expect(suggested('mil', titles)).toEqual(['milk', 'milky', 'mill']);
    expect(suggested('Buy mil', titles)).toEqual(['Buy milk']);
    expect(suggested('mil', titles, { limit: 1 })).toEqual(['milk']);
    expect(suggested('caf', ['Café'])).toEqual(['café']);
    expect(suggested('mlik', ['milk'], { fuzzy: 2 })).toEqual(['milk']);
    expect(suggested('', titles)).toEqual([]);
    expect(suggested('mil', titles, { where: { title: { $like: '%way' } } })).toEqual(['milky']);
  });
});

describe('bad input', () => {
  test.each([
    ['a text of a megabyte', 'x '.repeat(500_000), {}, 'text-too-long'],
    ['too many words', Array.from({ length: 33 }, (_, i) => `w${i}`).join(' '), {}, 'too-many-words'],
    ['no text', 5, {}, 'wrong-type'],
    ['a field that is not searched', 'a', { fields: ['nope'] }, 'unknown-field'],
    ['a boost of such a field', 'a', { boost: { nope: 2 } }, 'unknown-field'],
    ['a boost that is none', 'a', { boost: { title: -1 } }, 'wrong-type'],
    ['an option that is none', 'a', { limitt: 3 }, 'unknown-option'],
    ['a limit that is none', 'a', { limit: 0 }, 'wrong-type'],
    ['a great limit', 'a', { limit: 1_001 }, 'wrong-type'],
    ['too many edits', 'a', { fuzzy: 4 }, 'wrong-type'],
    ['a share that is none', 'a', { fuzzy: Number.NaN }, 'wrong-type'],
    ['a score that is none', 'a', { minScore: Number.POSITIVE_INFINITY }, 'wrong-type'],
    ['a combination that is none', 'a', { combineWith: 'XOR' }, 'wrong-type'],
    ['a condition that is none', 'a', { where: { a: { $nope: 1 } } }, 'bad-where'],
    ['a text to match that is none', 'a', { where: { a: { $match: 7 } } }, 'bad-where'],
    ['too many facets', 'a', { facets: Array.from({ length: 9 }, (_, i) => `f${i}`) }, 'too-many'],
    ['a facet twice', 'a', { facets: ['x', 'x'] }, 'named-twice'],
    ['a cursor of nothing', 'a', { cursor: 'abc' }, 'cursor-invalid'],
    ['options that are none', 'a', [], 'wrong-type'],
  ])('SE-12: %s is refused by type', (_what, text, input, code) => {
    const parsed = parseSearch(plain, text, input);
    expect(codeOf(parsed)).toBe(code);
    if (!parsed.ok) expect(describeSearchError(parsed.error)).toMatch(/\.$/);
  });

  test.each([
    ['no definition', null, 'wrong-type'],
    ['no fields', { fields: [] }, 'wrong-type'],
    ['a field that is none', { fields: [3] }, 'wrong-type'],
    ['a field twice', { fields: ['a', { path: 'a' }] }, 'named-twice'],
    ['too many fields', { fields: Array.from({ length: 17 }, (_, i) => `f${i}`) }, 'too-many'],
    ['a boost of nothing', { fields: [{ path: 'a', boost: 0 }] }, 'wrong-type'],
    ['an option that is none', { fields: ['a'], weights: {} }, 'unknown-option'],
    ['a stemmer without a name', { fields: ['a'], stemmer: { stem: String } }, 'wrong-type'],
    ['vectors that are none', { fields: ['a'], vectors: 'at' }, 'wrong-type'],
    ['vectors of no field', { fields: ['a'], vectors: { dimensions: 3 } }, 'wrong-type'],
    ['half a dimension', { fields: ['a'], vectors: { field: 'at', dimensions: 1.5 } }, 'wrong-type'],
    ['no dimension', { fields: ['a'], vectors: { field: 'at', dimensions: 0 } }, 'wrong-type'],
    ['too many dimensions', { fields: ['a'], vectors: { field: 'at', dimensions: 4_097 } }, 'wrong-type'],
    ['a model', { fields: ['a'], vectors: { field: 'at', dimensions: 3, model: 'x' } }, 'unknown-option'],
    ['stop words that are none', { fields: ['a'], stopWords: 'the' }, 'wrong-type'],
  ])('SE-12: a definition with %s is refused by type', (_what, input, code) => {
    expect(codeOf(parseSearchDefinition(input))).toBe(code);
  });

  test('SE-12: a field that no record has finds nothing, and hinders nothing', () => {
    const definition = defined({ fields: ['title', 'nowhere', '__proto__', 'constructor'] });
    expect(found('milk', ['milk'], {}, definition)).toEqual(['milk']);
    expect(found('milk', ['milk'], { fields: ['nowhere'] }, definition)).toEqual([]);
    expect(found('object', ['milk'], { fields: ['__proto__', 'constructor'] }, definition)).toEqual([]);
  });

  test('SE-12: any text can be indexed and searched: controls, NUL, either direction, emoji, lone surrogates, patterns', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 60 }),
      fc.constantFrom(
        '\0',
        '.*',
        '(a+)+$',
        '[',
        '\\',
        '__proto__',
        'constructor',
        '\u202eabc',
        'שלום abc',
        '👩‍👩‍👧',
        '$where',
      ),
    );
    fc.assert(
      fc.property(nasty, nasty, (title, text) => {
        const index = new SearchIndex(plain);
        index.put('k', { title });
        for (const one of [text, title]) {
          const query = parseSearch(plain, one, { highlight: true, combineWith: 'OR' });
          if (!query.ok) return;
          const { hits } = runSearch(index, query.value, () => ({ title }));
          // Every text finds itself, if it has a word at all.
          if (one === title && query.value.terms.length > 0) expect(hits.map(({ key }) => key)).toEqual(['k']);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('SE-13: of a long text so much is indexed as one step may cost', () => {
    const title = `begin ${'x'.repeat(20_000)} end`;
    expect(found('begin', [title])).toEqual([title]);
    expect(found('end', [title])).toEqual([]);
    expect(found('x'.repeat(100), [`${'x'.repeat(64)} short`], { prefix: false, fuzzy: false })).toHaveLength(1);
  });
});
