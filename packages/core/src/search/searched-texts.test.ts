import { describe, expect, test } from 'vitest';

import type { Value } from '../primitives/index.js';
import { SEARCH_LIMITS } from './search-limits.js';
import { compileIsLong, compileTexts, LONG_TEXT, type SearchedTexts } from './searched-texts.js';
import { definedAs, everyList } from './searched-world.arbitrary.js';

const definition = definedAs({ fields: ['title', 'note.text', 'tags'] });
const read = (value: Value): SearchedTexts => compileTexts(definition.fields)('k', value);
const MOST = SEARCH_LIMITS.textLength;

describe('SE-13: what of a record is searched', () => {
  test.each<readonly [string, Value, SearchedTexts]>([
    ['texts by field', { title: 'a', note: { text: 'b' }, tags: 'c' }, ['a', 'b', 'c']],
    ['nothing of what is missing', { note: {} }, [undefined, undefined, undefined]],
    ['an empty text is one', { title: '' }, ['', undefined, undefined]],
    ['numbers as they are written', { title: 7, tags: 1.5 }, ['7', undefined, '1.5']],
    ['lists line by line', { tags: ['a', 2, 'c'] }, [undefined, undefined, 'a\n2\nc']],
    [
      'of lists no more than texts and numbers',
      { tags: [null, 'a', true, { b: 1 }, ['d']] },
      [undefined, undefined, 'a'],
    ],
    ['a list without any is none', { tags: [], title: [true] }, [undefined, undefined, undefined]],
    ['neither truth nor objects', { title: true, tags: { 0: 'a' }, note: 'text' }, [undefined, undefined, undefined]],
    ['nothing of what is no object', 'title', [undefined, undefined, undefined]],
    ['nothing of nothing', null, [undefined, undefined, undefined]],
  ])('%s', (_, value, texts) => {
    expect(read(value)).toEqual(texts);
  });

  test('of a long record as many characters as may be, field by field', () => {
    const parts = [0, 1, 5, MOST - 1, MOST, MOST + 3];
    for (const [title = 0, note = 0, tags = 0] of everyList(parts, 3)) {
      const texts = read({ title: 'a'.repeat(title), note: { text: 'b'.repeat(note) }, tags: 'c'.repeat(tags) });
      let left = MOST;
      const expected = [title, note, tags].map((length) => {
        const taken = Math.min(length, left);
        left -= taken;
        return taken;
      });
      expect(texts.map((text) => text?.length)).toEqual(expected);
      expect(texts.join('')).toBe(['a', 'b', 'c'].map((one, i) => one.repeat(expected[i] ?? 0)).join(''));
    }
  });

  test('each record has its own measure', () => {
    const texts = compileTexts(definition.fields);
    texts('k', { title: 'a'.repeat(MOST) });
    expect(texts('k', { title: 'b', tags: 'c' })).toEqual(['b', undefined, 'c']);
  });
});

describe('SE-13: whether to read its words takes long', () => {
  const isLong = compileIsLong(definition);

  test('is said by its characters that are no ASCII, of all its fields', () => {
    expect(isLong('k', { title: 'é'.repeat(LONG_TEXT) })).toBe(false);
    expect(isLong('k', { title: 'é'.repeat(LONG_TEXT + 1) })).toBe(true);
    expect(isLong('k', { title: 'é'.repeat(LONG_TEXT), tags: ['x', '\u0080'] })).toBe(true);
    expect(isLong('k', { title: 'é'.repeat(LONG_TEXT), tags: ['x', '\u007f'] })).toBe(false);
    expect(isLong('k', { title: 'a'.repeat(MOST) })).toBe(false);
    expect(isLong('k', { other: 'é'.repeat(MOST) })).toBe(false);
    expect(isLong('k', null)).toBe(false);
  });

  test('counts every character where the app has a function of its own', () => {
    const own = compileIsLong(definedAs({ fields: ['title'], stemmer: { name: 'none', stem: (word) => word } }));
    expect(own('k', { title: 'a'.repeat(LONG_TEXT) })).toBe(false);
    expect(own('k', { title: 'a'.repeat(LONG_TEXT + 1) })).toBe(true);
  });

  test('of characters that are not indexed it says nothing', () => {
    expect(isLong('k', { title: 'a'.repeat(MOST), tags: 'é'.repeat(MOST) })).toBe(false);
    expect(isLong('k', { title: 'a'.repeat(MOST - LONG_TEXT), tags: 'é'.repeat(MOST) })).toBe(false);
    expect(isLong('k', { title: 'a'.repeat(MOST - LONG_TEXT - 1), tags: 'é'.repeat(MOST) })).toBe(true);
  });
});
