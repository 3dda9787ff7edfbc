import { describe, expect, test } from 'vitest';

import { encodeBase64url } from '../primitives/index.js';
import { parseQuery, windowSize, type Predicate, type Query, type TextSearch } from '../query/index.js';
import { encodeSearchCursor, encodeShownCursor, shownMark } from './search-cursor.js';
import { parseSearchDefinition } from './search-definition.js';
import type { SearchInput } from './search-query.js';
import { definedAs, everyChoice, searchFor } from './searched-world.arbitrary.js';
import { readWireSearch, wireDefinition, wireSearch } from './text-search.js';
import { vectorBytes } from './vectors/read-vector.js';

const vectors = { field: 'meaning.at', dimensions: 3 };
const definition = definedAs({ fields: [{ path: 'title', boost: 2 }, 'author.name'], vectors });
const wired = (text: string, input: SearchInput = {}): Query =>
  wireSearch(definition, text, searchFor(definition, text, input));
const conditionOf = (where: object): Predicate => {
  const query = parseQuery({ where: where as never });
  if (!query.ok) throw new Error(query.error.code);
  return query.value.where;
};
/** As it comes out of a message. */
const sent = <T>(query: T): T => JSON.parse(JSON.stringify(query)) as T;
const bytesOf = (...numbers: readonly number[]): string => encodeBase64url(vectorBytes(Float32Array.from(numbers)));

describe('SE-40: a server is asked for', () => {
  test('the records that a search finds, by the fields and boosts that the definition has', () => {
    expect(wired('Oat MILK')).toEqual({
      where: { type: 'and', of: [] },
      sort: [],
      limit: 20,
      search: {
        text: 'Oat MILK',
        fields: ['title', 'author.name'],
        boosts: [
          ['title', 2],
          ['author.name', 1],
        ],
        prefix: true,
        fuzzy: 0.2,
        combineWith: 'AND',
      },
    });
  });

  test('no more than is searched: fields, boosts, conditions, how words may differ', () => {
    const input = {
      ...{ fields: ['author.name'], boost: { 'author.name': 3 }, where: { done: true }, limit: 7 },
      ...{ prefix: false, fuzzy: 2, combineWith: 'OR' as const },
    };
    expect(wired('milk', input)).toEqual({
      where: conditionOf({ done: true }),
      sort: [],
      limit: 7,
      search: {
        text: 'milk',
        // All that the index has: another set of them were another index.
        fields: ['title', 'author.name'],
        boosts: [['author.name', 3]],
        prefix: false,
        fuzzy: 2,
        combineWith: 'OR',
      },
    });
  });

  test('what is near, too, where a vector is searched for', () => {
    expect(wired('', { vector: [1, -2, 0.5], minSimilarity: 0.25 }).search?.near).toEqual({
      field: 'meaning.at',
      vector: bytesOf(1, -2, 0.5),
      minSimilarity: 0.25,
    });
    expect(wired('', { vector: [1, 0, 0] }).search?.near?.minSimilarity).toBeNull();
    expect(wired('milk', { minSimilarity: 0.5 }).search).not.toHaveProperty('near');
  });

  test('nothing of how it is shown here: scores, highlights and facets are made of the records', () => {
    const shown = { minScore: 2, highlight: true, facets: ['done'] };
    expect(wired('milk', shown)).toEqual(wired('milk'));
  });

  test('SE-45: so many more records as have been shown, up to a thousand, and as many as ever behind a place', () => {
    const { shape } = searchFor(definition, 'milk');
    const keys = (count: number) => ({ shown: new Set(Array.from({ length: count }, (_, i) => shownMark(`k${i}`))) });
    for (const [count, limit, asked] of [
      [0, 20, 20],
      [20, 20, 40],
      [3, 1, 4],
      [980, 20, 1_000],
      [981, 20, 1_000],
      [0, 1_000, 1_000],
      [40, 1_000, 1_000],
    ] as const) {
      expect(wired('milk', { limit, cursor: encodeShownCursor(shape, keys(count)) }).limit).toBe(asked);
    }
    expect(wired('milk', { limit: 7, cursor: encodeSearchCursor(shape, { score: 1, key: 'k' }) }).limit).toBe(7);
  });
});

describe('SE-40: the server reads', () => {
  test('the same search, with every choice of options, in the size of the window that it keeps', () => {
    const options: readonly SearchInput[] = [
      { fields: ['title'] },
      { boost: { title: 0.5 } },
      { prefix: false },
      { fuzzy: 3 },
      { combineWith: 'OR' },
      { where: { done: true, n: { $gt: 3 } } },
      { vector: [3, 4, 0] },
      { minSimilarity: -0.5 },
      { limit: 250 },
    ];
    for (const chosen of everyChoice(options)) {
      const input: SearchInput = Object.assign({}, ...chosen);
      const query = searchFor(definition, 'oat MILK', input);
      const read = readWireSearch(definition, sent(wireSearch(definition, 'oat MILK', query)));
      if (!read.ok) throw new Error(read.error.code);
      const limit = windowSize(query);
      const kept = query.vector === null ? { minSimilarity: null } : {};
      // A cursor and the shape it belongs to stay here.
      const { shape: _own, ...asked } = query;
      expect(read.value).toMatchObject({ ...asked, ...kept, limit });
      expect(read.value.vector).toEqual(query.vector);
    }
  });

  const search = wired('milk', { vector: [1, 2, 3] }).search as TextSearch;
  const near = search.near as NonNullable<TextSearch['near']>;
  test.each<[what: string, query: Partial<Query>, error: object]>([
    ['no search', { search: undefined } as never, { code: 'wrong-type', option: 'search' }],
    ['all that there is', { limit: null }, { code: 'wrong-type', option: 'search' }],
    ['none of nothing', { limit: 0 }, { code: 'wrong-type', option: 'limit' }],
    ['a field that is not searched', { search: { ...search, boosts: [['x', 1]] } }, { code: 'unknown-field' }],
    ['a boost of 0', { search: { ...search, boosts: [['title', 0]] } }, { code: 'wrong-type', option: 'boost.title' }],
    ['a boost without an end', { search: { ...search, boosts: [['title', Infinity]] } }, { code: 'wrong-type' }],
    ['four edits', { search: { ...search, fuzzy: 4 } }, { code: 'wrong-type', option: 'fuzzy' }],
    ['a long text', { search: { ...search, text: 'x'.repeat(1_025) } }, { code: 'text-too-long' }],
    [
      'another field of vectors',
      { search: { ...search, near: { ...near, field: 'meaning' } } },
      { code: 'no-vectors' },
    ],
    [
      'letters that no bytes have',
      { search: { ...search, near: { ...near, vector: '=' } } },
      { code: 'wrong-type', option: 'vector', expected: 'bytes in base64url' },
    ],
    ['no bytes', { search: { ...search, near: { ...near, vector: '' } } }, { code: 'wrong-dimensions', given: 0 }],
    [
      'half a number',
      { search: { ...search, near: { ...near, vector: encodeBase64url(new Uint8Array(14).fill(1)) } } },
      { code: 'wrong-dimensions', dimensions: 3, given: 3.5 },
    ],
    [
      'a number too many',
      { search: { ...search, near: { ...near, vector: bytesOf(1, 2, 3, 4) } } },
      { code: 'wrong-dimensions', dimensions: 3, given: 4 },
    ],
    ['zeros', { search: { ...search, near: { ...near, vector: bytesOf(0, 0, 0) } } }, { code: 'no-direction' }],
    [
      'what is no number',
      { search: { ...search, near: { ...near, vector: bytesOf(1, NaN, 1) } } },
      { code: 'no-direction' },
    ],
    [
      'a cosine beyond 1',
      { search: { ...search, near: { ...near, minSimilarity: 1.5 } } },
      { code: 'wrong-type', option: 'minSimilarity' },
    ],
  ])('SE-12: %s as an error', (_what, query, error) => {
    expect(readWireSearch(definition, { ...wired('milk'), search, ...query })).toMatchObject({ ok: false, error });
  });

  test('SE-12: a vector as an error, where its definition has none', () => {
    const bare = definedAs({ fields: ['title', 'author.name'] });
    expect(readWireSearch(bare, { ...wired('milk'), search })).toEqual({ ok: false, error: { code: 'no-vectors' } });
  });
});

describe('SE-1: a map without a definition', () => {
  test('is searched by the fields that are named, and vectors of as many numbers as are sent', () => {
    expect(wireDefinition(wired('milk').search)).toEqual({ fields: ['title', 'author.name'] });
    for (const dimensions of [1, 2, 3, 4, 5, 7, 384, 1_536, 4_096]) {
      const own = definedAs({ fields: ['title'], vectors: { field: 'at', dimensions } });
      const query = wireSearch(own, '', searchFor(own, '', { vector: Array<number>(dimensions).fill(1) }));
      const implied = parseSearchDefinition(wireDefinition(query.search));
      if (!implied.ok) throw new Error(implied.error.code);
      expect(implied.value.vectors).toEqual(own.vectors);
      expect(implied.value.fingerprint).toBe(own.fingerprint);
    }
  });

  test('SE-12: is not searched by what names no fields, or sends no numbers; and however many are sent, that is an error', () => {
    expect(parseSearchDefinition(wireDefinition(undefined))).toMatchObject({ ok: false });
    const search = wired('milk', { vector: [1, 2, 3] }).search as TextSearch;
    for (const [vector, isOne] of [
      ['', true],
      ['A', true],
      [bytesOf(...Array<number>(4_096).fill(1)), true],
      [bytesOf(...Array<number>(4_097).fill(1)), false],
      ['A'.repeat(1_000_000), false],
    ] as const) {
      const near = { field: 'at', vector, minSimilarity: null };
      const implied = parseSearchDefinition(wireDefinition({ ...search, near }));
      expect(implied.ok).toBe(isOne);
      if (implied.ok) {
        const isRead = readWireSearch(implied.value, { ...wired('milk'), search: { ...search, near } }).ok;
        expect(isRead).toBe(vector.length > 1);
      }
    }
  });
});
