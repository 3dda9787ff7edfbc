import { describe, expect, test } from 'vitest';

import { definedAs, searchFor } from './searched-world.arbitrary.js';
import { SearchIndex } from './search-index.js';
import { textSignature } from './text-signature.js';

/*
 * Parts of a stored index whose signatures are right, and whose contents are not: what was written by another version, or by nobody who should.
 */

const definition = definedAs({ fields: ['title'] });
const index = new SearchIndex(definition);
index.put('a', { title: 'milk' });
index.put('b', { title: 'milk bread' });
const parts = [...index.saveParts()];
const contents = parts.map((part) => JSON.parse(part.slice(14)) as unknown[]);

const signed = (content: unknown): string => {
  const json = JSON.stringify(content);
  return textSignature([json]).padStart(14, '0') + json;
};
const loaded = (all: readonly unknown[]): SearchIndex | null => {
  const loading = SearchIndex.loading(definition);
  for (const each of all) loading.take(typeof each === 'string' ? each : signed(each));
  return loading.finish();
};
const [begin = [], documents = [], terms = [], end = []] = contents;

describe('SE-8: parts whose signatures are right', () => {
  test('are those that an index is saved in', () => {
    expect(contents.map(([type]) => type)).toEqual(['begin', 'documents', 'terms', 'end']);
    expect(contents.map(signed)).toEqual(parts);
    expect(loaded(contents)?.size).toBe(2);
  });

  test.each<[what: string, all: readonly unknown[]]>([
    ['another version', [['begin', 2, begin[2]], documents, terms, end]],
    ['a later version', [['begin', 4, begin[2]], documents, terms, end]],
    ['no version', [['begin'], documents, terms, end]],
    ['another definition', [['begin', begin[1], 'x'], documents, terms, end]],
    ['two beginnings', [begin, begin, documents, terms, end]],
    ['a beginning at the end', [documents, terms, end, begin]],
    ['no beginning', [documents, terms, end]],
    ['no end', [begin, documents, terms]],
    ['two ends', [begin, documents, terms, end, end]],
    ['something behind the end', [begin, documents, terms, end, documents]],
    ['documents twice', [begin, documents, documents, terms, end]],
    ['terms twice', [begin, documents, terms, terms, end]],
    ['no documents', [begin, terms, end]],
    ['no terms', [begin, documents, end]],
    [
      'documents fewer than they are said to be',
      [begin, ['documents', (documents[1] as unknown[]).slice(1)], terms, end],
    ],
    ['an end of other documents', [begin, documents, terms, ['end', 3, end[2]]]],
    ['an end of other terms', [begin, documents, terms, ['end', end[1], 2]]],
    ['an end of texts', [begin, documents, terms, ['end', '2', '3']]],
    ['an end of nothing', [begin, documents, terms, ['end']]],
    ['a part of another type', [begin, ['words', []], documents, terms, end]],
    ['a part of no type', [begin, [], documents, terms, end]],
    ['nothing', [begin, null, documents, terms, end]],
    ['a number', [begin, 7, documents, terms, end]],
    ['a text', [begin, '"documents"', documents, terms, end]],
    ['documents that are none', [begin, ['documents', 7], terms, end]],
    ['documents that are texts', [begin, ['documents', [null, null]], terms, end]],
    ['terms that are none', [begin, documents, ['terms', null], end]],
    ['terms without postings', [begin, documents, ['terms', [['milk', 0]]], end]],
    ['a term that is a number', [begin, documents, ['terms', [[7, 0, [0, 1, 1, 1, 1, 1]]]], end]],
  ])('are no index with %s, and never an exception', (_what, all) => {
    expect(loaded(all)).toBeNull();
  });

  test('and whose contents are of no sense are never an exception when they are searched', () => {
    for (const numbers of [
      [0, 1, 7, 1, 1, 1],
      [0, 1, -1, 1, 1.5, 1],
      [1, 1, 0, 1, 0, 1],
      [0, 0, 0, -5, 1, 1e300],
    ]) {
      const all = [begin, documents, ['terms', [['milk', 0, numbers]]], end];
      const other = loaded(all);
      expect(other?.size).toBe(2);
      const ranked = other?.ranked(searchFor(definition, 'milk'));
      const keys = Array.from({ length: ranked?.length ?? 0 }, (_, i) => ranked?.keyAt(i));
      expect(keys.filter((key) => key !== 'a' && key !== 'b')).toEqual([]);
      // What is put anew is right whatever was there.
      other?.put('a', { title: 'oats' });
      expect(other?.ranked(searchFor(definition, 'oats')).keyAt(0)).toBe('a');
    }
  });

  test('a part that is refused stays refused, whatever follows', () => {
    const loading = SearchIndex.loading(definition);
    expect(loading.take('damaged')).toBe(false);
    for (const part of parts) expect(loading.take(part)).toBe(false);
    expect(loading.finish()).toBeNull();
  });

  test('each of them but the last leaves something to be wished for', () => {
    const loading = SearchIndex.loading(definition);
    for (const part of parts) {
      expect(loading.finish()).toBeNull();
      expect(loading.take(part)).toBe(true);
    }
    expect(loading.finish()?.size).toBe(2);
  });
});
