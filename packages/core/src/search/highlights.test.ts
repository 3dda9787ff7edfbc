import { describe, expect, test } from 'vitest';

import type { PlainObject, Value } from '../primitives/index.js';
import { SEARCH_LIMITS } from './search-limits.js';
import type { SearchInput } from './search-query.js';
import { definedAs, everyChoice, everyList, SearchedWorld } from './searched-world.arbitrary.js';

const definition = definedAs({ fields: ['title', 'body'] });
const LENGTH = SEARCH_LIMITS.textLength;

/** The highlights of the one record there is, by field; each field's text with what is highlighted in « ». */
function shown(
  record: PlainObject,
  text: string,
  input: SearchInput = {},
  of = definition,
): Readonly<Record<string, string>> {
  const [hit] = new SearchedWorld(of, { k: record }).ask(text, { highlight: true, ...input }).hits;
  const marked = (name: string, ranges: readonly { readonly start: number; readonly end: number }[]): string => {
    const own = name.split('.').reduce<Value | undefined>((at, part) => (at as PlainObject)[part], record) as string;
    let [written, end] = ['', 0];
    for (const range of ranges) {
      written += `${own.slice(end, range.start)}«${own.slice(range.start, range.end)}»`;
      ({ end } = range);
    }
    return written + own.slice(end);
  };
  return Object.fromEntries(
    Object.entries(hit?.highlights ?? {}).map(([name, ranges]) => [name, marked(name, ranges)]),
  );
}

const EXACTLY: SearchInput = { prefix: false, fuzzy: false };

describe('SE-10: highlighted is', () => {
  test.each<[what: string, title: string, text: string, SearchInput, marked: string]>([
    ['the word', 'Oat milk', 'milk', EXACTLY, 'Oat «milk»'],
    ['each of the words', 'Oat milk', 'milk oat', EXACTLY, '«Oat» «milk»'],
    ['a word wherever it stands', 'milk, Milk & (MILK)', 'milk', EXACTLY, '«milk», «Milk» & («MILK»)'],
    ['a word beside another, apart', 'milk-milk', 'milk', EXACTLY, '«milk»-«milk»'],
    ['no part of a word', 'buttermilk milk', 'milk', EXACTLY, 'buttermilk «milk»'],
    ['all of a word that begins so', 'milkshake', 'mil', {}, '«milkshake»'],
    ['all of a word that was meant', 'the Milk', 'milj', {}, 'the «Milk»'],
    ['with `OR`, what there is', 'Oat milk', 'milk bread', { ...EXACTLY, combineWith: 'OR' }, 'Oat «milk»'],
    [
      'the text as it is written, with its accents',
      'Une CRÈME brûlée',
      'creme brulee',
      EXACTLY,
      'Une «CRÈME» «brûlée»',
    ],
    ['with accents beside their letters', 'cre\u0300me', 'crème', EXACTLY, '«cre\u0300me»'],
    ['longer than it was folded', 'İstanbul ﬁne', 'istanbul fine', EXACTLY, '«İstanbul» «ﬁne»'],
    ['shorter than it was folded', 'ß Straße', 'ss strasse', EXACTLY, '«ß» «Straße»'],
    ['with what is not seen in it', 'co\u00adop \u200bmilk', 'coop milk', EXACTLY, '«co\u00adop» «\u200bmilk»'],
    ['wide letters', 'ｍｉｌｋ milk', 'milk', EXACTLY, '«ｍｉｌｋ» «milk»'],
    ['from right to left', 'קניתי שָׁלוֹם', 'שלום', EXACTLY, 'קניתי «שָׁלוֹם»'],
    ['between marks of direction', '\u2067مرحبا\u2069 milk', 'مرحبا', EXACTLY, '«\u2067مرحبا\u2069» milk'],
    ['an emoji as a whole', 'a 🎉 b', '🎉', EXACTLY, 'a «🎉» b'],
    ['a family of emoji as a whole', 'x👩‍👩‍👧 👩‍👩‍👧', '👩‍👩‍👧', EXACTLY, 'x👩‍👩‍👧 «👩‍👩‍👧»'],
    ['a word among others without spaces', '東京都は大きい', '東京', EXACTLY, '«東京»都は大きい'],
    ['what stands between control characters', '\0milk\u0007bread', 'milk bread', EXACTLY, '\0«milk»\u0007«bread»'],
    ['what looks like code, as text', '<b>milk</b>', 'b', EXACTLY, '<«b»>milk</«b»>'],
    ['what objects have, as words', '__proto__ constructor', 'constructor proto', EXACTLY, '__«proto»__ «constructor»'],
    ['beside half of a character', '\ud83cmilk\udf89', 'milk', EXACTLY, '\ud83c«milk»\udf89'],
  ])('%s', (_what, title, text, input, marked) => {
    expect(shown({ title }, text, input)).toEqual({ title: marked });
  });

  test('in each field what of it was found there, and in no field that was not searched', () => {
    const record = { title: 'milk and oats', body: 'milk alone' };
    expect(shown(record, 'milk', EXACTLY)).toEqual({ title: '«milk» and oats', body: '«milk» alone' });
    expect(shown(record, 'oats', EXACTLY)).toEqual({ title: 'milk and «oats»' });
    expect(shown(record, 'milk', { ...EXACTLY, fields: ['body'] })).toEqual({ body: '«milk» alone' });
    expect(shown(record, 'and alone', EXACTLY)).toEqual({ title: 'milk «and» oats', body: 'milk «alone»' });
  });

  test('nothing of what is no text, which is found all the same', () => {
    for (const title of [2024, [2024, 'x'], ['x', '2024']])
      expect(shown({ title, body: 'in 2024' }, '2024', EXACTLY)).toEqual({ body: 'in «2024»' });
    const { hits } = new SearchedWorld(definition, { k: { title: ['milk'] } }).ask('milk', { highlight: true });
    expect(hits).toMatchObject([{ key: 'k', terms: ['milk'], highlights: {} }]);
  });

  test('nothing where it is not asked for, nor of what was found by nearness alone', () => {
    const near = definedAs({ fields: ['title'], vectors: { field: 'at', dimensions: 2 } });
    const world = new SearchedWorld(near, { k: { title: 'bread', at: [1, 0] } });
    expect(world.ask('bread').hits[0]).not.toHaveProperty('highlights');
    expect(world.ask('milk', { highlight: true, vector: [1, 0] }).hits).toMatchObject([{ key: 'k', highlights: {} }]);
  });

  test('a field by its path, whatever that is called', () => {
    const odd = definedAs({ fields: ['a.b', '__proto__', 'constructor'] });
    expect(shown({ a: { b: 'milk' } }, 'milk', EXACTLY, odd)).toEqual({ 'a.b': '«milk»' });
    const own = { ['__proto__']: 'oat milk', constructor: 'milk' };
    const { hits } = new SearchedWorld(odd, { k: own }).ask('milk', { ...EXACTLY, highlight: true });
    expect(Object.entries(hits[0]?.highlights ?? {})).toEqual([
      ['__proto__', [{ start: 4, end: 8 }]],
      ['constructor', [{ start: 0, end: 4 }]],
    ]);
  });

  test('a stop word where it is looked for, since there is nothing else, and nowhere else', () => {
    const stopped = definedAs({ fields: ['title'], stopWords: ['the'] });
    expect(shown({ title: 'the theatre' }, 'the', {}, stopped)).toEqual({ title: 'the «theatre»' });
    expect(shown({ title: 'the milk' }, 'the milk', {}, stopped)).toEqual({ title: 'the «milk»' });
  });

  test('each form of a word that has the stem', () => {
    const stemmer = { name: 'plural', stem: (word: string) => word.replace(/s$/, '') };
    const stemmed = definedAs({ fields: ['title'], stemmer });
    expect(shown({ title: 'Cats and a cat, catalogue' }, 'cats', EXACTLY, stemmed)).toEqual({
      title: '«Cats» and a «cat», catalogue',
    });
  });

  test('in every small text what a look at each word says', () => {
    const words = ['milk', 'silk', 'Milk'];
    for (const length of [0, 1, 2, 3]) {
      for (const title of everyList(words, length)) {
        for (const wanted of everyChoice(['milk', 'silk'])) {
          const isWanted = (word: string): boolean => wanted.includes(word.toLowerCase());
          const marked = title.map((word) => (isWanted(word) ? `«${word}»` : word)).join(' ');
          expect(shown({ title: title.join(' ') }, wanted.join(' '), { ...EXACTLY, combineWith: 'OR' })).toEqual(
            title.some(isWanted) ? { title: marked } : {},
          );
        }
      }
    }
  });
});

describe('SE-10, SE-13: of a long text', () => {
  const rangesOf = (record: PlainObject) =>
    new SearchedWorld(definition, { k: record }).ask('milk', { ...EXACTLY, highlight: true }).hits[0]?.highlights;

  test('what is indexed is highlighted, and nothing behind it', () => {
    const start = LENGTH - 5;
    expect(rangesOf({ title: `${' '.repeat(start)}milk milk` })).toEqual({ title: [{ start, end: start + 4 }] });
    expect(rangesOf({ title: `${' '.repeat(start + 5)}milk` })).toBeUndefined();
  });

  test('what is indexed of a field is what the fields before it leave, also where the word stands behind that once more', () => {
    const body = `milk${' '.repeat(200)}milk`;
    expect(rangesOf({ title: 'x'.repeat(LENGTH - 100), body })).toEqual({ body: [{ start: 0, end: 4 }] });
    expect(rangesOf({ title: 'x'.repeat(LENGTH - 208), body })).toEqual({
      body: [
        { start: 0, end: 4 },
        { start: 204, end: 208 },
      ],
    });
    expect(rangesOf({ title: 'x'.repeat(LENGTH), body })).toBeUndefined();
  });

  test('the first hundred words of each field are', () => {
    const ranges = rangesOf({ title: 'milk '.repeat(150), body: ' milk'.repeat(150) });
    expect(ranges?.['title']).toEqual(Array.from({ length: 100 }, (_, i) => ({ start: 5 * i, end: 5 * i + 4 })));
    expect(ranges?.['body']).toEqual(Array.from({ length: 100 }, (_, i) => ({ start: 5 * i + 1, end: 5 * i + 5 })));
  });
});
