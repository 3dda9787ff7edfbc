import { describe, expect, test } from 'vitest';

import type { Value } from '../primitives/index.js';
import { splitWords } from '../query/index.js';
import { parseSearch } from './parse-search.js';
import { completionOf, parseSuggest, suggestSteps } from './run-suggest.js';
import { findInSteps, rankingSteps, searchSteps } from './run-search.js';
import { parseSearchDefinition } from './search-definition.js';
import { factSteps } from './search-facts.js';
import { SearchIndex } from './search-index.js';
import { WORDS_PER_STEP } from './search-limits.js';

let read = 0;
const definition = ((): SearchIndex['definition'] => {
  const tokenizer = {
    name: 'counting',
    *split(text: string) {
      for (const word of splitWords(text)) {
        read++;
        yield word;
      }
    },
  };
  const parsed = parseSearchDefinition({ fields: ['title', 'body'], tokenizer });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
})();

/** What steps come to, how many there were, and how many words were read in any of them and in all. */
function counted<T>(steps: Generator<void, T>) {
  let [most, all, count] = [0, 0, 0];
  for (;;) {
    read = 0;
    const step = steps.next();
    [most, all, count] = [Math.max(most, read), all + read, count + 1];
    if (step.done === true) return { result: step.value, most, all, count };
  }
}

const long = (word: string): string => Array.from({ length: 2_500 }, (_, i) => `文${i}`).join(' ') + ` ${word}`;
const records = new Map<string, Value>([
  ['a', { title: long('milk') }],
  ['b', { title: 'oats', body: long('milky') }],
  ['c', { title: 'milk', body: long('') }],
  // Each of the list is as long as may be, and no more is read of all than of any other record.
  ['d', { title: 'milk', body: Array.from({ length: 9 }, () => long('oats')) }],
]);
const index = new SearchIndex(definition);
for (const [key, value] of records) index.put(key, value);
const valueOf = (key: string): Value | undefined => records.get(key);
const query = (text: string) => {
  const parsed = parseSearch(definition, text, { highlight: true, facets: ['body'] });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
};
const ranking = (text: string) => counted(rankingSteps(index, query(text))).result;

describe('SE-13: of long texts few words are read in one step', () => {
  test('when results are worked out, with what was found and where', () => {
    const { result, most, all, count } = counted(searchSteps(index, ranking('milk'), query('milk'), valueOf));
    expect(result.hits.map(({ key }) => key).toSorted()).toEqual(['a', 'b', 'c', 'd']);
    const at = result.hits.find(({ key }) => key === 'a')?.highlights?.['title'];
    expect(at?.map(({ start, end }) => long('milk').slice(start, end))).toEqual(['milk']);
    expect(all).toBeGreaterThan(4 * 2_500);
    expect(most).toBeLessThan(2 * WORDS_PER_STEP);
    expect(count).toBeLessThan(4 * (all / WORDS_PER_STEP));
  });

  test('when words are completed', () => {
    const asked = parseSuggest(definition, 'mil', {});
    if (!asked.ok) throw new Error(asked.error.code);
    const { result, most, all } = counted(suggestSteps(index, ranking('mil').text, asked.value, valueOf));
    expect(result.map(({ text, count }) => [text, count])).toEqual([
      ['milk', 3],
      ['milky', 1],
    ]);
    expect(most).toBeLessThan(2 * WORDS_PER_STEP);
    expect(all).toBeLessThan(2 * 4 * 5_500);
  });

  test('when records have to be asked themselves whether they have the words, and of those that have no more is read', () => {
    const isRestricted = true;
    const { result, most, all } = counted(findInSteps(index, query('milk oats'), valueOf, { isRestricted }));
    expect([...result.keys].toSorted()).toEqual(['b', 'd']);
    expect(most).toBeLessThan(2 * WORDS_PER_STEP);
    const first = counted(
      findInSteps(index, query('milk'), (key) => (key === 'c' ? valueOf(key) : undefined), { isRestricted }),
    );
    expect([first.result.total, first.all]).toEqual([1, 1]);
    expect(all).toBeGreaterThan(2_500);
  });

  test('when many records have to be asked, of each of which few words are read', () => {
    const few = Array.from({ length: 40 }, (_, i) => `文${i}`).join(' ');
    const keys = Array.from({ length: 256 }, (_, i) => `k${i}`);
    const many = new SearchIndex(definition);
    for (const key of keys) many.put(key, { title: few, body: 'milk' });
    // Its word is in what is not seen, so what is seen is read to its end.
    const seen = (): Value => ({ title: few });
    const { result, most, all } = counted(findInSteps(many, query('milk'), seen, { isRestricted: true }));
    expect([result.total, all]).toEqual([0, 256 * 80]);
    expect(most).toBeLessThan(2 * WORDS_PER_STEP);
  });

  test('nor many characters, where the words of a text are read at once', () => {
    const parsed = parseSearchDefinition({ fields: ['title'] });
    if (!parsed.ok) throw new Error(parsed.error.code);
    const many = new SearchIndex(parsed.value);
    const keys = Array.from({ length: 256 }, (_, i) => `k${i}`);
    for (const key of keys) many.put(key, { title: 'milk' });
    const search = parseSearch(parsed.value, 'milk', {});
    if (!search.ok) throw new Error(search.error.code);
    const whole = { title: 'milk '.repeat(3_000) };
    const { result, count } = counted(findInSteps(many, search.value, () => whole, { isRestricted: true }));
    expect(result.total).toBe(256);
    expect(count).toBeGreaterThan(200);
  });

  describe('when conditions are about words', () => {
    const records = new Map(
      Array.from({ length: 8 }, (_, i) => [`k${i}`, { title: 'oats', body: long(i % 2 === 0 ? 'milk' : 'bread') }]),
    );
    const index = new SearchIndex(definition);
    for (const [key, value] of records) index.put(key, value);
    const where = { $not: { body: { $match: 'bread' } } };
    const parsed = parseSearch(definition, 'oats', { where });
    if (!parsed.ok) throw new Error(parsed.error.code);
    const { value: search } = parsed;
    const valueOf = (key: string): Value | undefined => records.get(key);
    /** They have so many words; a term takes two of them at least, where one more is looked for. */
    const least = (8 * 2_500) / WORDS_PER_STEP;

    test('of what is searched', () => {
      const { result, count } = counted(findInSteps(index, search, valueOf));
      expect(result.keys).toEqual(['k0', 'k2', 'k4', 'k6']);
      expect(count).toBeGreaterThan(least);
    });

    test('of what is counted', () => {
      const ranking = counted(rankingSteps(index, search)).result;
      const { result, count } = counted(factSteps(index, ranking, search, null, valueOf));
      expect([result.total, count > least]).toEqual([4, true]);
    });

    test('of what is completed', () => {
      // No word of any is completed: only the condition is read.
      const asked = parseSuggest(definition, 'oa', { where: { body: { $match: 'none' } } });
      if (!asked.ok) throw new Error(asked.error.code);
      const { text } = counted(rankingSteps(index, asked.value.search)).result;
      const { result, count } = counted(suggestSteps(index, text, asked.value, valueOf));
      expect([result, count > least]).toEqual([[], true]);
    });
  });

  test('when all that is found is counted', () => {
    const completed = completionOf(definition, 'milk', query('milk'), 5);
    const { result, most } = counted(factSteps(index, ranking('milk'), query('milk'), completed, valueOf));
    expect([result.total, result.completions.length]).toEqual([4, 2]);
    expect(most).toBeLessThan(2 * WORDS_PER_STEP);
  });
});
