import { describe, expect, test } from 'vitest';

import type { Result } from '../primitives/index.js';
import { parseFacets, parseSearch } from './parse-search.js';
import { encodeSearchCursor, encodeShownCursor, shownMark } from './search-cursor.js';
import { describeSearchError, type SearchError } from './search-error.js';
import { SEARCH_LIMITS } from './search-limits.js';
import type { SearchQuery } from './search-query.js';
import { definedAs, searchFor } from './searched-world.arbitrary.js';

const definition = definedAs({
  fields: [{ path: 'title', boost: 2 }, 'body'],
  stopWords: ['the', 'of'],
  vectors: { field: 'at', dimensions: 2 },
});
const errorOf = (parsed: Result<unknown, SearchError>): SearchError => {
  if (parsed.ok) throw new Error('it was taken');
  return parsed.error;
};
/** A list with nothing in its places. */
const holes = (length: number): unknown[] => Array<unknown>(length);

describe('SE-5: a search that says nothing but its text', () => {
  test('is for twenty records that have all of the words in any of the fields, which may go on, and be mistyped by a fifth', () => {
    const { shape, ...query } = searchFor(definition, 'Oat MILK');
    expect(query).toEqual({
      terms: ['oat', 'milk'],
      boosts: new Map([
        [0, 2],
        [1, 1],
      ]),
      vector: null,
      nearest: 100,
      minSimilarity: null,
      limit: 20,
      minScore: null,
      prefix: true,
      fuzzy: 0.2,
      combineWith: 'AND',
      where: { type: 'and', of: [] },
      highlight: false,
      facets: [],
      after: null,
    });
    expect(shape).toMatch(/^[\da-z]{8,}$/);
  });

  test('is the same with options that are there and say nothing', () => {
    const nothing = Object.fromEntries(
      ['fields', 'limit', 'minScore', 'boost', 'prefix', 'fuzzy', 'combineWith', 'where', 'highlight', 'facets']
        .concat('cursor', 'vector', 'minSimilarity')
        .map((option) => [option, undefined]),
    );
    expect(searchFor(definition, 'milk', nothing)).toEqual(searchFor(definition, 'milk'));
    expect(searchFor(definition, 'milk', { cursor: null })).toEqual(searchFor(definition, 'milk'));
  });
});

describe('SE-3, SE-5: looked for are', () => {
  test.each<[what: string, text: string, terms: readonly string[]]>([
    ['no words of a blank text', ' \t', []],
    ['no words of signs', '!?', []],
    ['different words, in the order they come first', 'b a b c a', ['b', 'a', 'c']],
    ['one for all the ways to write it', 'Café CAFE cafe\u0301', ['cafe']],
    ['no stop words', 'the milk of the cow', ['milk', 'cow']],
    ['no stop words at the end either', 'milk the', ['milk']],
    ['the last stop word where there is nothing else', 'of the', ['the']],
    ['the last one, however often they come', 'the of the of', ['of']],
    ['32 words, stop words not counted', `the of ${words(32)}`, words(32).split(' ')],
    ['words of 64 letters', 'x'.repeat(100), ['x'.repeat(64)]],
  ])('%s', (_what, text, terms) => {
    expect(searchFor(definition, text).terms).toEqual(terms);
  });

  test('at most 32 different words in at most 1,024 characters, whatever they are', () => {
    expect(errorOf(parseSearch(definition, words(33)))).toEqual({ code: 'too-many-words', max: 32 });
    expect(searchFor(definition, 'x '.repeat(512)).terms).toEqual(['x']);
    expect(errorOf(parseSearch(definition, 'x '.repeat(512) + 'x'))).toEqual({ code: 'text-too-long', max: 1_024 });
    // As `String.length` counts: an emoji is two.
    expect(searchFor(definition, '🎉'.repeat(512)).terms).toHaveLength(1);
    expect(errorOf(parseSearch(definition, '🎉'.repeat(513)))).toMatchObject({ code: 'text-too-long' });
  });
});

function words(count: number): string {
  return Array.from({ length: count }, (_, i) => `w${i}`).join(' ');
}

describe('SE-12: an option is taken as', () => {
  test.each<[input: object, taken: Partial<SearchQuery>]>([
    [{ fuzzy: true }, { fuzzy: 0.2 }],
    [{ fuzzy: false }, { fuzzy: 0 }],
    [{ fuzzy: 0 }, { fuzzy: 0 }],
    [{ fuzzy: 0.999 }, { fuzzy: 0.999 }],
    [{ fuzzy: 1 }, { fuzzy: 1 }],
    [{ fuzzy: 3 }, { fuzzy: 3 }],
    [{ prefix: false }, { prefix: false }],
    [{ combineWith: 'OR' }, { combineWith: 'OR' }],
    [{ minScore: 0 }, { minScore: 0 }],
    [{ minScore: -1.5 }, { minScore: -1.5 }],
    [{ highlight: true }, { highlight: true }],
    [{ limit: 101 }, { limit: 101, nearest: 101 }],
    [{ limit: 99 }, { limit: 99, nearest: 100 }],
    [{ fields: [] }, { boosts: new Map() }],
    [{ fields: ['body'] }, { boosts: new Map([[1, 1]]) }],
    [
      { fields: ['body', 'title', 'body'] },
      {
        boosts: new Map([
          [0, 2],
          [1, 1],
        ]),
      },
    ],
    [
      { boost: {} },
      {
        boosts: new Map([
          [0, 2],
          [1, 1],
        ]),
      },
    ],
    [
      { boost: { body: 0.5 } },
      {
        boosts: new Map([
          [0, 2],
          [1, 0.5],
        ]),
      },
    ],
    [{ boost: { body: 3 }, fields: ['title'] }, { boosts: new Map([[0, 2]]) }],
    [
      { facets: ['a.b', ''] },
      {
        facets: [
          { name: 'a.b', path: ['a', 'b'] },
          { name: '', path: [''] },
        ],
      },
    ],
    [{ facets: ['__proto__'] }, { facets: [{ name: '__proto__', path: ['__proto__'] }] }],
    [{ vector: [3, 4] }, { vector: Float32Array.of(3, 4), minSimilarity: null }],
    [{ vector: [3, 4], minSimilarity: -1 }, { minSimilarity: -1 }],
    [{ minSimilarity: 0.5 }, { vector: null, minSimilarity: 0.5 }],
    [{ where: {} }, { where: { type: 'and', of: [] } }],
  ])('%o', (input, taken) => {
    expect(searchFor(definition, 'milk', input)).toMatchObject(taken);
    if (taken.boosts !== undefined) expect(searchFor(definition, 'milk', input).boosts).toEqual(taken.boosts);
  });

  test.each<[what: string, input: unknown, option: string, expected: string]>([
    ['options that are none', null, 'the options', 'an object'],
    ['a list of options', ['limit'], 'the options', 'an object'],
    ['an object of a class as options', new Map(), 'the options', 'an object'],
    ['a limit as a text', { limit: '3' }, 'limit', 'a whole number from 1 to 1000'],
    ['no limit', { limit: null }, 'limit', 'a whole number from 1 to 1000'],
    ['an endless limit', { limit: Infinity }, 'limit', 'a whole number from 1 to 1000'],
    ['a limit below 1', { limit: -1 }, 'limit', 'a whole number from 1 to 1000'],
    ['a score as a text', { minScore: '1' }, 'minScore', 'a number'],
    ['a score that is no number', { minScore: NaN }, 'minScore', 'a number'],
    ['beginnings as a number', { prefix: 1 }, 'prefix', 'true or false'],
    ['no beginnings', { prefix: null }, 'prefix', 'true or false'],
    ['highlights as a text', { highlight: 'yes' }, 'highlight', 'true or false'],
    ['a combination in small letters', { combineWith: 'or' }, 'combineWith', '"AND" or "OR"'],
    ['no combination', { combineWith: null }, 'combineWith', '"AND" or "OR"'],
    ['half an edit more', { fuzzy: 1.5 }, 'fuzzy', 'true, false, a share below 1, or a whole number of edits up to 3'],
    ['fewer than no edits', { fuzzy: -1 }, 'fuzzy', 'true, false, a share below 1, or a whole number of edits up to 3'],
    ['edits as a text', { fuzzy: '1' }, 'fuzzy', 'true, false, a share below 1, or a whole number of edits up to 3'],
    ['fields as a text', { fields: 'title' }, 'fields', 'a list of fields'],
    ['fields that are none', { fields: [1] }, 'fields', 'a list of fields'],
    ['no fields', { fields: null }, 'fields', 'a list of fields'],
    ['fields in a list without any', { fields: holes(2) }, 'fields', 'a list of fields'],
    ['boosts in a list', { boost: [2] }, 'boost', 'an object of numbers by field'],
    ['no boosts', { boost: null }, 'boost', 'an object of numbers by field'],
    ['a boost of 0', { boost: { body: 0 } }, 'boost.body', 'a number above 0 and up to 1000'],
    ['a boost as a text', { boost: { body: '2' } }, 'boost.body', 'a number above 0 and up to 1000'],
    ['a boost that is no number', { boost: { body: NaN } }, 'boost.body', 'a number above 0 and up to 1000'],
    ['facets as a text', { facets: 'title' }, 'facets', 'a list of paths'],
    ['facets that are none', { facets: ['a', 1] }, 'facets', 'a list of paths'],
    ['facets in a list without any', { facets: holes(2) }, 'facets', 'a list of paths'],
    ['nearness as a text', { minSimilarity: '1' }, 'minSimilarity', 'a number from -1 to 1'],
    ['nearness that is no number', { minSimilarity: NaN }, 'minSimilarity', 'a number from -1 to 1'],
    ['a vector as a text', { vector: '1,2' }, 'vector', 'a list of numbers'],
    ['no vector', { vector: null }, 'vector', 'a list of numbers'],
    ['a vector in a list without any', { vector: holes(2) }, 'vector', 'a list of numbers'],
  ])('none of %s', (_what, input, option, expected) => {
    const error = errorOf(parseSearch(definition, 'milk', input));
    expect(error).toEqual({ code: 'wrong-type', option, expected });
    expect(describeSearchError(error)).toBe(`${option} must be ${expected}.`);
  });

  test.each<[what: string, input: object, error: SearchError]>([
    ['an option with a slip', { limits: 3 }, { code: 'unknown-option', option: 'limits' }],
    ['an option of objects', { ['__proto__']: 3 }, { code: 'unknown-option', option: '__proto__' }],
    [
      'a field that is not searched',
      { fields: ['title', 'x'] },
      { code: 'unknown-field', option: 'fields', field: 'x', fields: ['title', 'body'] },
    ],
    [
      'a boost of such a field',
      { boost: { body: 2, x: 2 } },
      { code: 'unknown-field', option: 'boost', field: 'x', fields: ['title', 'body'] },
    ],
    [
      'a boost of what objects have',
      { boost: { ['__proto__']: 2 } },
      { code: 'unknown-field', option: 'boost', field: '__proto__', fields: ['title', 'body'] },
    ],
    ['a facet twice', { facets: ['a', 'b', 'a'] }, { code: 'named-twice', option: 'facets', field: 'a' }],
    ['nine facets', { facets: 'abcdefghi'.split('') }, { code: 'too-many', option: 'facets', max: 8 }],
    ['one number', { vector: [1] }, { code: 'wrong-dimensions', dimensions: 2, given: 1 }],
    ['a vector with an end that is none', { vector: [1, Infinity] }, { code: 'not-finite', option: 'vector' }],
    ['a vector to nowhere', { vector: [0, 0] }, { code: 'no-direction', option: 'vector' }],
    ['a cursor that is a number', { cursor: 7 }, { code: 'cursor-invalid' }],
    ['a cursor that is empty', { cursor: '' }, { code: 'cursor-invalid' }],
  ])('nor of %s', (_what, input, error) => {
    expect(errorOf(parseSearch(definition, 'milk', input))).toEqual(error);
  });

  test('a vector only where the definition has vectors', () => {
    const bare = definedAs({ fields: ['title'] });
    expect(errorOf(parseSearch(bare, 'milk', { vector: [1, 2] }))).toEqual({ code: 'no-vectors' });
    expect(searchFor(bare, 'milk', { minSimilarity: 1 }).vector).toBeNull();
  });

  test('facets by themselves as in a search', () => {
    expect(parseFacets(['a.b', 'c'])).toEqual({
      ok: true,
      value: [
        { name: 'a.b', path: ['a', 'b'] },
        { name: 'c', path: ['c'] },
      ],
    });
    for (const input of [undefined, null, 'a', { 0: 'a', length: 1 }, [1], holes(1)])
      expect(errorOf(parseFacets(input))).toMatchObject({ code: 'wrong-type', option: 'facets' });
    expect(errorOf(parseFacets(['a', 'a']))).toMatchObject({ code: 'named-twice' });
  });
});

describe('SE-7: a cursor belongs to', () => {
  const place = { score: 1.5, key: 'k' };
  const cursorOf = (text: string, input: object): string =>
    encodeSearchCursor(searchFor(definition, text, input).shape, place);

  test.each<[what: string, text: string, input: object]>([
    ['other words', 'bread', {}],
    ['words in another order, whose scores are added up in another', 'oat milk', {}],
    ['other fields', 'milk oat', { fields: ['title'] }],
    ['other boosts', 'milk oat', { boost: { title: 3 } }],
    ['another least score', 'milk oat', { minScore: 0 }],
    ['whole words', 'milk oat', { prefix: false }],
    ['other errors', 'milk oat', { fuzzy: 1 }],
    ['any of the words', 'milk oat', { combineWith: 'OR' }],
    ['a condition', 'milk oat', { where: { done: true } }],
    ['a vector', 'milk oat', { vector: [1, 2] }],
  ])('no search with %s', (_what, text, input) => {
    const cursor = cursorOf('milk oat', {});
    expect(searchFor(definition, 'milk oat', { cursor }).after).toEqual(place);
    expect(errorOf(parseSearch(definition, text, { ...input, cursor }))).toEqual({ code: 'cursor-invalid' });
  });

  test('the same vector, nearness and number of those that are near', () => {
    const near = { vector: [1, 2], minSimilarity: 0.5 };
    const cursor = cursorOf('milk', near);
    expect(searchFor(definition, 'milk', { ...near, cursor }).after).toEqual(place);
    // A hundred are near with either limit.
    expect(searchFor(definition, 'milk', { ...near, limit: SEARCH_LIMITS.nearest, cursor }).after).toEqual(place);
    for (const other of [{ vector: [1, 3] }, { vector: [2, 1] }, { minSimilarity: 0.4 }, { limit: 101 }])
      expect(errorOf(parseSearch(definition, 'milk', { ...near, ...other, cursor }))).toEqual({
        code: 'cursor-invalid',
      });
  });

  test('the same search, however its result is shown, and however it is written', () => {
    const cursor = cursorOf('milk oat', { where: { done: true } });
    const shown = { highlight: true, facets: ['done'], limit: 7, where: { done: { $eq: true } } };
    expect(searchFor(definition, 'MILK,  oat milk', { ...shown, cursor, fuzzy: 0.2 }).after).toEqual(place);
  });

  test('a search of the same definition', () => {
    const cursor = cursorOf('milk', {});
    const other = definedAs({ fields: [{ path: 'title', boost: 2 }, 'body'], stopWords: ['the'] });
    expect(errorOf(parseSearch(other, 'milk', { cursor }))).toEqual({ code: 'cursor-invalid' });
  });

  test('its search by its marks, too', () => {
    const { shape } = searchFor(definition, 'milk');
    const shown = new Set(['a', 'b'].map(shownMark));
    const cursor = encodeShownCursor(shape, { shown });
    expect(searchFor(definition, 'milk', { cursor }).after).toEqual({ shown });
    expect(errorOf(parseSearch(definition, 'oat', { cursor }))).toEqual({ code: 'cursor-invalid' });
  });
});
