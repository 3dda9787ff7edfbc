import { describe, expect, test } from 'vitest';

import type { Value } from '../primitives/index.js';
import { StepWork, takeAll } from '../query/index.js';
import { compileFoundTerms } from './found-terms.js';
import { naiveSearch } from './naive-search.arbitrary.js';
import { WORDS_PER_STEP } from './search-limits.js';
import type { SearchInput } from './search-query.js';
import { definedAs, everyList, searchFor, stepsOf } from './searched-world.arbitrary.js';
import { TextTerms } from './text-terms.js';

const definition = definedAs({ fields: ['title', 'body'] });
const reader = { definition, words: new TextTerms(definition) };
const found = (value: Value, text: string, input: SearchInput = {}): Readonly<Record<string, readonly number[]>> =>
  Object.fromEntries(takeAll(compileFoundTerms(reader, searchFor(definition, text, input))('k', value)));

describe('SE-6: the words of a record that a search finds', () => {
  test('are those that a look at each word finds, with the fields that have them', () => {
    const texts = ['', 'milk', 'milky silk', 'oats milk milk'];
    let terms = 0;
    for (const [title = '', body = ''] of everyList(texts, 2)) {
      for (const text of ['milk', 'mil oats', 'silk']) {
        for (const input of [
          { prefix: true, fuzzy: false },
          { prefix: false, fuzzy: 1 },
        ] as const) {
          const {
            combineWith,
            fuzzy,
            prefix,
            terms: wanted,
          } = searchFor(definition, text, { ...input, combineWith: 'OR' });
          const told = found({ title, body }, text, input);
          for (const [field, name] of ['title', 'body'].entries()) {
            const naive = { terms: wanted, prefix, fuzzy, combineWith, fields: [name], boost: {} };
            const inField = naiveSearch(new Map([['k', { title, body }]]), naive)[0]?.terms ?? [];
            expect(
              Object.keys(told)
                .filter((term) => told[term]?.includes(field))
                .toSorted(),
            ).toEqual(inField);
          }
          terms += Object.keys(told).length;
        }
      }
    }
    expect(terms).toBeGreaterThan(60);
  });

  test('are told with each field once, in their order', () => {
    expect(found({ title: 'milk milk', body: 'milk' }, 'milk')).toEqual({ milk: [0, 1] });
    expect(found({ title: '', body: 'milk' }, 'milk')).toEqual({ milk: [1] });
    expect(found({ body: ['milk', 'silk'] }, 'milk silk')).toEqual({ milk: [1], silk: [1] });
  });

  test('are of searched fields alone, and none of what has no text', () => {
    const value = { title: 'milk', body: 'milk' };
    expect(found(value, 'milk', { fields: ['body'] })).toEqual({ milk: [1] });
    expect(found(value, 'milk', { fields: [] })).toEqual({});
    for (const other of [null, 7, 'milk', {}, { title: { milk: 1 } }])
      expect(found(other as Value, 'milk')).toEqual({});
  });
});

describe('SE-13: are read in steps', () => {
  const text = Array.from({ length: 4 * WORDS_PER_STEP }, (_, i) => `w${i}`).join(' ');

  test('of so many words, to compare one counting as much as to read it', () => {
    const one = stepsOf(compileFoundTerms(reader, searchFor(definition, 'milk'))('k', { title: text }))[0];
    const three = stepsOf(compileFoundTerms(reader, searchFor(definition, 'milk silk oats'))('k', { title: text }))[0];
    expect(one).toBeGreaterThanOrEqual(7);
    expect(three).toBeGreaterThan(1.8 * one);
    expect(three).toBeLessThan(2.2 * one);
  });

  test('words that were met are read alone', () => {
    const again = Array.from({ length: 4 * WORDS_PER_STEP }, () => 'oats').join(' ');
    const [steps, terms] = stepsOf(compileFoundTerms(reader, searchFor(definition, 'oats'))('k', { title: again }));
    expect([...terms]).toEqual([['oats', [0]]]);
    expect(steps).toBeGreaterThanOrEqual(3);
    expect(steps).toBeLessThanOrEqual(5);
  });

  test('as part of the work of others', () => {
    const work = new StepWork(WORDS_PER_STEP);
    const terms = compileFoundTerms(reader, searchFor(definition, 'milk'), work);
    work.isDue(WORDS_PER_STEP - 1);
    expect(stepsOf(terms('k', { title: 'oats' }))[0]).toBe(1);
    expect(stepsOf(terms('k', { title: 'oats' }))[0]).toBe(0);
  });
});
