import { describe, expect, test } from 'vitest';

import type { PlainObject, Value } from '../primitives/index.js';
import { StepWork, takeAll } from '../query/index.js';
import { naiveSearch } from './naive-search.arbitrary.js';
import { compileFits } from './record-fits.js';
import type { SearchDefinition } from './search-definition.js';
import { SearchIndex } from './search-index.js';
import { SEARCH_LIMITS, WORDS_PER_STEP } from './search-limits.js';
import type { SearchInput } from './search-query.js';
import { definedAs, everyList, searchFor, stepsOf } from './searched-world.arbitrary.js';
import { TextTerms } from './text-terms.js';

const definition = definedAs({ fields: ['title', 'body'] });
const EXACT = { prefix: false, fuzzy: false } as const;

function fits(value: Value, text: string, input: SearchInput = {}, of: SearchDefinition = definition): boolean {
  return takeAll(compileFits(of, new TextTerms(of), searchFor(of, text, input))('k', value));
}

const TEXTS = ['', 'milk', 'milky', 'silk', 'oats milk'];
const SEARCHES = ['milk', 'mil', 'silk milk', 'oats silk', 'milky milky'];
const OPTIONS: readonly SearchInput[] = [false, true].flatMap((prefix) =>
  [false, 1 as const].flatMap((fuzzy) =>
    (['AND', 'OR'] as const).map((combineWith) => ({ prefix, fuzzy, combineWith })),
  ),
);

describe('SE-20: whether a record has the words', () => {
  test('is what an index of it alone says, and what a look at its words says', () => {
    const told = { yes: 0, no: 0 };
    for (const [title = '', body = ''] of everyList(TEXTS, 2)) {
      const value: PlainObject = { title, body };
      const index = new SearchIndex(definition);
      index.put('k', value);
      for (const text of SEARCHES) {
        for (const input of OPTIONS) {
          const query = searchFor(definition, text, input);
          const isFound = index.ranked(query).length === 1;
          expect(fits(value, text, input)).toBe(isFound);
          const { prefix, fuzzy, combineWith, terms } = query;
          const naive = { terms, prefix, fuzzy, combineWith, fields: ['title', 'body'], boost: {} };
          expect(naiveSearch(new Map([['k', value]]), naive).length === 1).toBe(isFound);
          told[isFound ? 'yes' : 'no']++;
        }
      }
    }
    expect(Math.min(told.yes, told.no)).toBeGreaterThan(200);
  });

  test('all of them, in whichever fields; or any', () => {
    const value = { title: 'milk', body: 'oats' };
    expect(fits(value, 'milk oats', EXACT)).toBe(true);
    expect(fits(value, 'oats milk', EXACT)).toBe(true);
    expect(fits(value, 'milk bread', EXACT)).toBe(false);
    expect(fits(value, 'bread milk', EXACT)).toBe(false);
    expect(fits(value, 'bread oats', { ...EXACT, combineWith: 'OR' })).toBe(true);
    expect(fits(value, 'bread rye', { ...EXACT, combineWith: 'OR' })).toBe(false);
  });

  test('one word may be two of those that are looked for', () => {
    expect(fits({ title: 'milky' }, 'mil milk', { prefix: true, fuzzy: false })).toBe(true);
    expect(fits({ title: 'milky' }, 'mil oats', { prefix: true, fuzzy: false })).toBe(false);
  });

  test('only fields that are searched have words', () => {
    const value = { title: 'milk', body: 'oats' };
    expect(fits(value, 'milk', { ...EXACT, fields: ['title'] })).toBe(true);
    expect(fits(value, 'milk', { ...EXACT, fields: ['body'] })).toBe(false);
    expect(fits(value, 'milk oats', { ...EXACT, fields: ['body'] })).toBe(false);
    expect(fits(value, 'milk', { ...EXACT, fields: [] })).toBe(false);
  });

  test('what is no text, a list, a number', () => {
    expect(fits({ title: ['oats', 'milk'] }, 'milk', EXACT)).toBe(true);
    expect(fits({ title: 2024 }, '2024', EXACT)).toBe(true);
    for (const value of [null, 7, 'milk', ['milk'], {}, { title: { milk: 'milk' } }, { title: true }, { title: null }])
      expect(fits(value, 'milk', EXACT)).toBe(false);
  });

  test('by the words of its definition: stop words are not looked for, stems are', () => {
    const stops = definedAs({ fields: ['title'], stopWords: ['the'] });
    expect(fits({ title: 'the milk' }, 'the milk', EXACT, stops)).toBe(true);
    expect(fits({ title: 'milk' }, 'the milk', EXACT, stops)).toBe(true);
    const stems = definedAs({
      fields: ['title'],
      stemmer: { name: 'no s', stem: (word) => (word.endsWith('s') ? word.slice(0, -1) : word) },
    });
    expect(fits({ title: 'breads' }, 'bread', EXACT, stems)).toBe(true);
    expect(fits({ title: 'bread' }, 'breads', EXACT, stems)).toBe(true);
    expect(fits({ title: 'bready' }, 'breads', EXACT, stems)).toBe(false);
  });

  test('in as much of the text as is indexed, the fields taken together', () => {
    const long = 'x'.repeat(SEARCH_LIMITS.textLength - 5);
    expect(fits({ title: `${long} milk` }, 'milk', EXACT)).toBe(true);
    expect(fits({ title: `${long}  milk` }, 'milk', EXACT)).toBe(false);
    expect(fits({ title: long, body: 'milk!' }, 'milk', EXACT)).toBe(true);
    expect(fits({ title: `${long}..`, body: 'milk' }, 'milk', EXACT)).toBe(false);
  });
});

describe('SE-13: is found out in steps', () => {
  const words = new TextTerms(definition);
  const text = (count: number, last = ''): string =>
    `${Array.from({ length: count }, (_, i) => `w${i}`).join(' ')} ${last}`;
  const looked = (value: Value, query = searchFor(definition, 'milk', EXACT)): readonly [number, boolean] =>
    stepsOf(compileFits(definition, words, query)('k', value));

  test('a short text takes none, and each so many words take another', () => {
    expect(looked({ title: text(10) })).toEqual([0, false]);
    // Each new word is read, and compared with one that is looked for.
    const [steps, isFound] = looked({ title: text(5 * WORDS_PER_STEP, 'milk') });
    expect(isFound).toBe(true);
    expect(steps).toBeGreaterThanOrEqual(9);
    expect(steps).toBeLessThanOrEqual(12);
  });

  test('no more is read than it takes to know', () => {
    expect(looked({ title: `milk ${text(5 * WORDS_PER_STEP)}` })[1]).toBe(true);
    expect(looked({ title: `milk ${text(100)}` })[0]).toBe(0);
    const either = searchFor(definition, 'milk oats', { ...EXACT, combineWith: 'OR' });
    expect(looked({ title: `oats ${text(100)}` }, either)).toEqual([0, true]);
  });

  test('words that were met already are read and not compared', () => {
    const again = Array.from({ length: 2 * WORDS_PER_STEP - 2 }, () => 'oats').join(' ');
    expect(looked({ title: again })[0]).toBeLessThanOrEqual(3);
    expect(looked({ title: again })[0]).toBeGreaterThanOrEqual(1);
  });

  test('the work of several records is one sum', () => {
    const work = new StepWork(WORDS_PER_STEP);
    const fitsOne = compileFits(definition, words, searchFor(definition, 'milk', EXACT), work);
    let steps = 0;
    for (let i = 0; i < 20; i++) steps += stepsOf(fitsOne(`k${i}`, { title: text(20) }))[0];
    expect(steps).toBeGreaterThanOrEqual(6);
    expect(steps).toBeLessThanOrEqual(8);
  });
});
