import { describe, expect, test } from 'vitest';

import type { PlainObject, Value } from '../primitives/index.js';
import { takeAll } from '../query/index.js';
import type { Ranked } from './ranked.js';
import { completionOf, parseSuggest, suggestSteps, type SuggestInput, type Suggestion } from './run-suggest.js';
import type { SearchDefinitionInput } from './search-definition.js';
import { definedAs, everyList, searchFor, SearchedWorld, stepsOf } from './searched-world.arbitrary.js';

const plain = definedAs({ fields: ['title', 'tags'] });

/** Of records that have those titles, or are those. */
const worldOf = (records: readonly (string | PlainObject)[], input?: SearchDefinitionInput): SearchedWorld =>
  new SearchedWorld(
    input === undefined ? plain : definedAs(input),
    Object.fromEntries(records.map((one, i) => [`k${i}`, typeof one === 'string' ? { title: one } : one])),
  );
const told = (all: readonly Suggestion[]): readonly string[] => all.map(({ text, count }) => `${text} ×${count}`);

type Case = readonly [
  what: string,
  records: readonly (string | PlainObject)[],
  text: string,
  input: SuggestInput,
  completions: readonly string[],
];

describe('SE-11: a text is completed', () => {
  const cases: readonly Case[] = [
    ['by nothing where nothing is searched', [], 'mil', {}, []],
    ['by nothing where it is blank', ['milk'], ' \t', {}, []],
    ['by nothing where nothing begins so', ['milk'], 'bre', {}, []],
    ['by the word that begins so', ['milk'], 'mi', {}, ['milk ×1']],
    ['by the word itself', ['milk'], 'milk', {}, ['milk ×1']],
    ['by each word that begins so', ['milk', 'mill mint'], 'mi', {}, ['milk ×1', 'mill ×1', 'mint ×1']],
    ['by the frequent word first', ['mint', 'mint', 'milk'], 'mi', {}, ['mint ×2', 'milk ×1']],
    ['by a word once for each record that has it', ['milk milk', { tags: ['milk', 'milk'] }], 'm', {}, ['milk ×2']],
    ['in the last word alone', ['milk bread'], 'mi bre', {}, ['mi bread ×1']],
    ['as it was typed before that word', ['milk bread'], '  Mi,  (bre', {}, ['  Mi,  (bread ×1']],
    ['without what stands behind the word', ['milk bread'], 'mi bre, ', {}, ['mi bread ×1']],
    ['by words of records that have the words before', ['oats bread', 'milk brew'], 'oats br', {}, ['oats bread ×1']],
    ['whichever field those are in', [{ title: 'bread', tags: ['oats'] }], 'oats br', {}, ['oats bread ×1']],
    ['in small letters, with the accents of the record', ['CAFÉ'], 'caf', {}, ['café ×1']],
    ['however the beginning is written', ['Café'], 'CAFÉ', {}, ['café ×1']],
    ['by one form of a word for all its forms, the first', ['Café', 'cafe'], 'caf', {}, ['café ×2']],
    ['by words of lists', [{ tags: ['green', 'grey'] }], 'gr', {}, ['green ×1', 'grey ×1']],
    ['by numbers', [{ title: 2024 }, { tags: [2025, 'x'] }], '20', {}, ['2024 ×1', '2025 ×1']],
    ['by words without spaces', ['東京都'], '東', {}, ['東京 ×1']],
    ['by emoji', ['party 🎉🎊'], '🎉', {}, ['🎉🎊 ×1']],
    ['by what an ending surrogate may begin', ['🎉'], 'x \ud83c', {}, []],
    ['in one field alone', [{ title: 'milk', tags: ['mint'] }], 'mi', { fields: ['tags'] }, ['mint ×1']],
    ['in no field', ['milk'], 'mi', { fields: [] }, []],
    [
      'of records that meet a condition',
      ['milk a', 'mint b'],
      'mi',
      { where: { title: { $like: '%a' } } },
      ['milk ×1'],
    ],
    ['by as many as are wanted', ['milk', 'mint', 'mill'], 'mi', { limit: 2 }, ['milk ×1', 'mill ×1']],
    ['by five where nothing is said', ['m1 m2 m3 m4 m5 m6'], 'm', {}, [1, 2, 3, 4, 5].map((i) => `m${i} ×1`)],
  ];
  test.each(cases)('%s', (_what, records, text, input, completions) => {
    expect(told(worldOf(records).complete(text, input))).toEqual(completions);
  });
});

describe('SE-11: a word that is mistyped', () => {
  const cases: readonly Case[] = [
    ['is put right', ['milk'], 'milj', {}, ['milk ×1']],
    ['is put right with as many errors as are allowed', ['milk'], 'mxyk', { fuzzy: 2 }, ['milk ×1']],
    ['is not with more', ['milk'], 'mxyk', { fuzzy: 1 }, []],
    ['is not where none are', ['milk'], 'milj', { fuzzy: false }, []],
    ['is not where it is short', ['cat'], 'cax', { fuzzy: 3 }, []],
    ['is left where another word begins so', ['milk', 'miljo'], 'milj', {}, ['miljo ×1']],
    ['is put right behind other words', ['bread milk'], 'bread milj', {}, ['bread milk ×1']],
    ['never becomes what the word before stands for', ['bread milk'], 'bre milj', {}, ['bre milk ×1']],
    ['nor what a mistyped word before it stands for', ['bread milk'], 'braed milj', { fuzzy: 2 }, ['braed milk ×1']],
    ['nor the word before itself', ['milk milt'], 'milk milz', {}, ['milk milt ×1']],
    ['nor a word that the search does not find', ['milk wilt'], 'milj', {}, ['milk ×1']],
  ];
  test.each(cases)('%s', (_what, records, text, input, completions) => {
    expect(told(worldOf(records).complete(text, input))).toEqual(completions);
  });

  test('becomes in every small world one of the words that are so many letters away, of a record that has the words before', () => {
    const words = ['milk', 'silk', 'bread', 'broad'];
    const away = (a: string, b: string): number =>
      a.length === b.length ? Array.from(a).filter((letter, i) => letter !== b[i]).length : Infinity;
    let corrected = 0;
    for (const titles of everyList(words, 3)) {
      const world = worldOf([`${titles[0]} ${titles[1]}`, titles[2] as string]);
      for (const [lead, last] of [
        ['', 'wilk'],
        ['', 'bryad'],
        ['br', 'wilk'],
        ['mil', 'bryad'],
        ['sil', 'wilk'],
      ] as const) {
        const counts = new Map<string, number>();
        for (const record of [new Set(titles.slice(0, 2)), new Set(titles.slice(2))]) {
          if (![...record].some((word) => word.startsWith(lead))) continue;
          for (const word of record) if (away(word, last) === 1) counts.set(word, (counts.get(word) ?? 0) + 1);
        }
        const before = lead === '' ? '' : `${lead} `;
        const expected = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
        corrected += expected.length;
        expect(told(world.complete(before + last, { fuzzy: 1 }))).toEqual(
          expected.map(([word, count]) => `${before}${word} ×${count}`),
        );
      }
    }
    expect(corrected).toBeGreaterThan(100);
  });
});

describe('SE-3, SE-11: completions', () => {
  test('of stop words are none, unless there is nothing else, which may be a word half typed', () => {
    const world = worldOf(['the milk', 'theatre'], { fields: ['title'], stopWords: ['the', 'milk'] });
    expect(told(world.complete('the'))).toEqual(['theatre ×1']);
    expect(told(world.complete('thea the'))).toEqual([]);
    expect(told(world.complete('the thea'))).toEqual(['the theatre ×1']);
    expect(told(world.complete('mil'))).toEqual([]);
  });

  test('of stems are words as records have them, one for each stem', () => {
    const stemmer = { name: 'plural', stem: (word: string) => word.replace(/s$/, '') };
    const world = worldOf(['cats', 'cat', 'Catalogues'], { fields: ['title'], stemmer });
    expect(told(world.complete('cat'))).toEqual(['cats ×2', 'catalogues ×1']);
  });

  test('are of words as the definition parts them', () => {
    const tokenizer = {
      name: 'commas',
      *split(text: string) {
        for (const { 0: part, index } of text.matchAll(/[^,]+/g)) yield { start: index, end: index + part.length };
      },
    };
    const world = worldOf(['New York,Oslo', 'New Delhi'], { fields: ['title'], tokenizer });
    expect(told(world.complete('Oslo,new'))).toEqual(['Oslo,new york ×1']);
    expect(told(world.complete('new '))).toEqual(['new delhi ×1', 'new york ×1']);
  });

  test('PI-9: have no word of a record, or of a field, that is not seen', () => {
    const world = worldOf([{ title: 'milk', tags: ['mint'] }, { title: 'mill' }]);
    expect(told(world.complete('mi', {}, (key) => (key === 'k0' ? { title: 'milk' } : undefined)))).toEqual([
      'milk ×1',
    ]);
  });

  test('are of the best 200 records that may be found, or of as many as is said, some records looked at in each step', () => {
    const world = worldOf(Array.from({ length: 300 }, (_, i) => (i < 150 ? 'mint' : 'mint milk')));
    const parsed = parseSuggest(plain, 'mi');
    if (!parsed.ok) throw new Error(parsed.error.code);
    const ranked = world.index.ranked(parsed.value.search);
    const has = (key: string, word: string): boolean => JSON.stringify(world.valueOf(key)).includes(word);
    const best = Array.from({ length: ranked.length }, (_, i) => ranked.keyAt(i) as string);
    for (const [sample, looked] of [
      [undefined, 200],
      [1, 1],
      [10, 10],
      [1_000, 300],
    ] as const) {
      const [steps, completions] = stepsOf(suggestSteps(world.index, ranked, parsed.value, world.valueOf, sample));
      // Of 64 records there is at least one, and none for each.
      expect(steps).toBeGreaterThanOrEqual(Math.floor(looked / 64));
      expect(steps).toBeLessThanOrEqual(looked / 10);
      const first = best.slice(0, looked);
      expect(new Map(completions.map(({ text, count }) => [text, count]))).toEqual(
        new Map(
          ['mint', 'milk'].flatMap((word) => {
            const count = first.filter((key) => has(key, word)).length;
            return count === 0 ? [] : [[word, count] as const];
          }),
        ),
      );
    }
    // What may not be found takes nobody's place in the sample.
    const seen = (key: string): Value | undefined => (has(key, 'milk') ? world.valueOf(key) : undefined);
    const [, completions] = stepsOf(suggestSteps(world.index, ranked, parsed.value, seen, 150));
    expect(told(completions)).toEqual(['milk ×150', 'mint ×150']);
  });

  test('of a ranking with places that are there no longer are of the others', () => {
    const world = worldOf(['milk', 'mint']);
    const parsed = parseSuggest(plain, 'mi');
    if (!parsed.ok) throw new Error(parsed.error.code);
    const ranked: Ranked = { length: 3, keyAt: (i) => [undefined, 'k1', 'gone'][i], scoreAt: () => 1 };
    expect(told(takeAll(suggestSteps(world.index, ranked, parsed.value, world.valueOf)))).toEqual(['mint ×1']);
  });
});

describe('SE-12: what is asked for completions', () => {
  test.each<[string, unknown, unknown, object]>([
    ['options that are none', 'a', null, { code: 'wrong-type', option: 'the options' }],
    ['options in a list', 'a', [], { code: 'wrong-type', option: 'the options' }],
    ['an option of searches alone', 'a', { prefix: true }, { code: 'unknown-option', option: 'prefix' }],
    ['a cursor', 'a', { cursor: null }, { code: 'unknown-option', option: 'cursor' }],
    ['no limit', 'a', { limit: null }, { code: 'wrong-type', option: 'limit' }],
    ['half a completion', 'a', { limit: 1.5 }, { code: 'wrong-type', option: 'limit' }],
    ['no text', undefined, {}, { code: 'wrong-type', option: 'the text' }],
    ['a field that is not searched', 'a', { fields: ['nope'] }, { code: 'unknown-field', option: 'fields' }],
    ['errors that are none', 'a', { fuzzy: 7 }, { code: 'wrong-type', option: 'fuzzy' }],
    ['a condition that is none', 'a', { where: 7 }, { code: 'bad-where' }],
  ])('is refused: %s', (_what, text, input, error) => {
    expect(parseSuggest(plain, text, input)).toMatchObject({ ok: false, error });
  });

  test('is a search of that text, with its last word told apart', () => {
    for (const [text, lead, last] of [
      ['', '', ''],
      ['mil', '', 'mil'],
      ['Oat  MIL', 'Oat  ', 'mil'],
      ['oat, mil.', 'oat, ', 'mil'],
      ['oat \0mil', 'oat \0', 'mil'],
      ['שלום מי', 'שלום ', 'מי'],
    ] as const) {
      const search = searchFor(plain, text);
      expect(completionOf(plain, text, search, 7)).toEqual({ search, lead, last, limit: 7 });
      expect(parseSuggest(plain, text)).toEqual({ ok: true, value: { search, lead, last, limit: 5 } });
    }
  });
});
