import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { defineSchema, type MapSchema } from '../schema/index.js';
import { parseSearchDefinition } from './search-definition.js';
import { describeSearchError, type SearchError } from './search-error.js';
import { SEARCH_LIMITS } from './search-limits.js';
import { SearchIndex } from './search-index.js';
import { definedAs } from './searched-world.arbitrary.js';

const stemmer = { name: 'plural', stem: (word: string) => word.replace(/s$/, '') };
const tokenizer = { name: 'whole', split: (text: string) => [{ start: 0, end: text.length }] };

function refused(input: unknown, schema?: MapSchema): SearchError {
  const parsed = parseSearchDefinition(input, schema);
  if (parsed.ok) throw new Error('it was taken');
  return parsed.error;
}

describe('SE-1: a definition', () => {
  test('names fields by their paths, which count alike where nothing is said', () => {
    expect(definedAs({ fields: ['title', { path: 'author.name', boost: 2.5 }, { path: 'body' }] })).toMatchObject({
      fields: [
        { name: 'title', path: ['title'], boost: 1 },
        { name: 'author.name', path: ['author', 'name'], boost: 2.5 },
        { name: 'body', path: ['body'], boost: 1 },
      ],
      stopWords: [],
      stemmer: null,
      vectors: null,
      hasFunctions: false,
    });
  });

  test('may name any path: one that no record has finds nothing', () => {
    const paths = ['', '.', 'a..b', ' ', '__proto__', 'x'.repeat(10_000), '\0', '🎉'];
    expect(definedAs({ fields: paths }).fields.map(({ name, path }) => [name, path.join('.')])).toEqual(
      paths.map((path) => [path, path]),
    );
    const index = new SearchIndex(definedAs({ fields: paths }));
    expect(index.put('k', { title: 'milk' })).toBe(true);
  });

  test('has functions where it has a stemmer or a tokenizer, which are then not sent anywhere', () => {
    expect(definedAs({ fields: ['a'], stemmer })).toMatchObject({ stemmer, hasFunctions: true });
    expect(definedAs({ fields: ['a'], tokenizer })).toMatchObject({ splitWords: tokenizer.split, hasFunctions: true });
    expect(definedAs({ fields: ['a'], stopWords: ['the'], vectors: { field: 'at', dimensions: 2 } })).toMatchObject({
      stopWords: ['the'],
      vectors: { field: 'at', path: ['at'], dimensions: 2 },
      hasFunctions: false,
    });
  });

  test('may say nothing of what it may say, by leaving it out or by `undefined`', () => {
    const nothing = { stopWords: undefined, stemmer: undefined, tokenizer: undefined, vectors: undefined };
    expect(definedAs({ fields: ['a'], ...nothing })).toEqual(definedAs({ fields: ['a'] }));
    expect(definedAs({ fields: [{ path: 'a', boost: undefined }] })).toEqual(definedAs({ fields: ['a'] }));
  });

  const print = (input: object): string => definedAs({ fields: ['a', 'b'], ...input }).fingerprint;
  test.each<[what: string, first: object, second: object, isSame: boolean]>([
    ['boosts, which count when it is searched', {}, { fields: ['a', { path: 'b', boost: 9 }] }, true],
    ['an order of stop words', { stopWords: ['x', 'y'] }, { stopWords: ['y', 'x'] }, true],
    ['no stop words, said and not said', {}, { stopWords: [] }, true],
    [
      'the functions themselves: their names say what they do',
      { stemmer },
      { stemmer: { ...stemmer, stem: String } },
      true,
    ],
    ['an order of fields', {}, { fields: ['b', 'a'] }, false],
    ['a field more', {}, { fields: ['a', 'b', 'c'] }, false],
    ['where paths are parted', { fields: ['a.b'] }, { fields: ['a', 'b'] }, false],
    ['a stop word', {}, { stopWords: ['x'] }, false],
    ['a stemmer', {}, { stemmer }, false],
    ['the name of a stemmer', { stemmer }, { stemmer: { ...stemmer, name: 'other' } }, false],
    ['a tokenizer', {}, { tokenizer }, false],
    ['the name of a tokenizer', { tokenizer }, { tokenizer: { ...tokenizer, name: 'other' } }, false],
    [
      'whether a name is that of a stemmer or of a tokenizer',
      { stemmer: { ...stemmer, name: 'x' } },
      { tokenizer: { ...tokenizer, name: 'x' } },
      false,
    ],
    ['vectors', {}, { vectors: { field: 'at', dimensions: 2 } }, false],
    [
      'the field of vectors',
      { vectors: { field: 'at', dimensions: 2 } },
      { vectors: { field: 'to', dimensions: 2 } },
      false,
    ],
    ['dimensions', { vectors: { field: 'at', dimensions: 2 } }, { vectors: { field: 'at', dimensions: 3 } }, false],
  ])(
    'SE-8: what is stored of one is another’s, or is not, whatever the difference: %s',
    (_what, first, second, isSame) => {
      expect(print(first) === print(second)).toBe(isSame);
      const index = new SearchIndex(definedAs({ fields: ['a', 'b'], ...first }));
      index.put('k', { a: 'milk' });
      const loading = SearchIndex.loading(definedAs({ fields: ['a', 'b'], ...second }));
      for (const part of index.saveParts()) loading.take(part);
      expect(loading.finish() !== null).toBe(isSame);
    },
  );
});

describe('SE-12: a definition is refused', () => {
  const FIELDS = 'a list of paths, or of objects with a path';
  const holes = Array<unknown>(2);
  test.each<[what: string, input: unknown, option: string, expected: string]>([
    ['that is none', undefined, 'the definition', 'an object'],
    ['that is a list', ['title'], 'the definition', 'an object'],
    ['that is an object of a class', new Map([['fields', ['a']]]), 'the definition', 'an object'],
    ['without fields', {}, 'fields', 'a list of one or more fields'],
    ['with no fields', { fields: [] }, 'fields', 'a list of one or more fields'],
    ['with fields as a text', { fields: 'title' }, 'fields', 'a list of one or more fields'],
    ['with a field without a path', { fields: [{ boost: 2 }] }, 'fields', FIELDS],
    ['with a field that is nothing', { fields: [null] }, 'fields', FIELDS],
    ['with a list without any', { fields: holes }, 'fields', FIELDS],
    ['with a path in parts', { fields: [['a', 'b']] }, 'fields', FIELDS],
    ['with a boost of 0', { fields: [{ path: 'a', boost: 0 }] }, 'boost', 'a number above 0 and up to 1000'],
    ['with no boost', { fields: [{ path: 'a', boost: null }] }, 'boost', 'a number above 0 and up to 1000'],
    ['with a great boost', { fields: [{ path: 'a', boost: 1_001 }] }, 'boost', 'a number above 0 and up to 1000'],
    ['with no stop words', { fields: ['a'], stopWords: null }, 'stopWords', 'a list of words'],
    ['with stop words that are none', { fields: ['a'], stopWords: ['the', 1] }, 'stopWords', 'a list of words'],
    ['with a list of no stop words', { fields: ['a'], stopWords: holes }, 'stopWords', 'a list of words'],
    [
      'with a stemmer that is a function',
      { fields: ['a'], stemmer: stemmer.stem },
      'stemmer',
      'an object with a name and a function "stem"',
    ],
    [
      'with a stemmer that does not stem',
      { fields: ['a'], stemmer: { name: 'x', stem: 'x' } },
      'stemmer',
      'an object with a name and a function "stem"',
    ],
    [
      'with a stemmer whose name is a number',
      { fields: ['a'], stemmer: { ...stemmer, name: 1 } },
      'stemmer',
      'an object with a name and a function "stem"',
    ],
    [
      'with a stemmer for a tokenizer',
      { fields: ['a'], tokenizer: stemmer },
      'tokenizer',
      'an object with a name and a function "split"',
    ],
    ['with no vectors', { fields: ['a'], vectors: null }, 'vectors', 'an object with a field and dimensions'],
    ['with vectors in no field', { fields: ['a'], vectors: { dimensions: 2 } }, 'vectors.field', 'a path'],
    [
      'with vectors of any length',
      { fields: ['a'], vectors: { field: 'at' } },
      'vectors.dimensions',
      'a whole number from 1 to 4096',
    ],
    [
      'with a length as a text',
      { fields: ['a'], vectors: { field: 'at', dimensions: '2' } },
      'vectors.dimensions',
      'a whole number from 1 to 4096',
    ],
  ])('%s', (_what, input, option, expected) => {
    expect(refused(input)).toEqual({ code: 'wrong-type', option, expected });
  });

  test.each<[what: string, input: object, error: SearchError]>([
    ['with an option that is none', { fields: ['a'], boosts: {} }, { code: 'unknown-option', option: 'boosts' }],
    [
      'with an option of vectors that is none',
      { fields: ['a'], vectors: { field: 'at', dimensions: 2, metric: 'dot' } },
      { code: 'unknown-option', option: 'vectors.metric' },
    ],
    [
      'with an option of a field that is none',
      { fields: ['a', { path: 'b', boots: 2 }] },
      { code: 'unknown-option', option: 'fields.boots' },
    ],
    [
      'with a field twice, whatever it counts',
      { fields: ['a', { path: 'a', boost: 2 }] },
      { code: 'named-twice', option: 'fields', field: 'a' },
    ],
    [
      'with many fields',
      { fields: Array.from({ length: SEARCH_LIMITS.fields + 1 }, (_, i) => `f${i}`) },
      { code: 'too-many', option: 'fields', max: 16 },
    ],
    [
      'with many stop words',
      { fields: ['a'], stopWords: Array.from({ length: SEARCH_LIMITS.stopWords + 1 }, (_, i) => `w${i}`) },
      { code: 'too-many', option: 'stopWords', max: 1_000 },
    ],
  ])('%s', (_what, input, error) => {
    expect(refused(input)).toEqual(error);
    expect(describeSearchError(error)).toMatch(/^[^\n]+\.$/);
  });
});

describe('SE-14: a definition of a map with a schema', () => {
  const schemaOf = (input: Parameters<typeof defineSchema>[0][string]): MapSchema => {
    const schema = defineSchema({ notes: input }).of('notes');
    if (schema === undefined) throw new Error('there is no schema');
    return schema;
  };
  const note = z.object({ title: z.string(), author: z.object({ name: z.string() }), at: z.array(z.number()) });

  test('names fields that it has, also within others, and the key of the record', () => {
    for (const field of ['title', 'author.name', 'author', 'at', '_key']) {
      expect(parseSearchDefinition({ fields: [field] }, schemaOf(note)).ok).toBe(true);
    }
  });

  test.each(['titel', 'author.nam', 'title.x', '__proto__', ''])(
    'is refused with %j, which it does not have',
    (field) => {
      expect(refused({ fields: ['title', field] }, schemaOf(note))).toEqual({
        code: 'not-in-schema',
        option: 'fields',
        field,
      });
      expect(refused({ fields: ['title'], vectors: { field, dimensions: 2 } }, schemaOf(note))).toEqual({
        code: 'not-in-schema',
        option: 'vectors',
        field,
      });
    },
  );

  test('names anything where the schema keeps what it does not name, or where there is none', () => {
    const input = { fields: ['titel'], vectors: { field: 'to', dimensions: 2 } };
    expect(parseSearchDefinition(input, schemaOf({ value: note, unknown: 'keep' } as never)).ok).toBe(true);
    expect(parseSearchDefinition(input).ok).toBe(true);
    expect(refused(input, schemaOf(note))).toMatchObject({ option: 'fields' });
  });
});
