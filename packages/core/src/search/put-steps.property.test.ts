import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { PlainObject, Value } from '../primitives/index.js';
import { splitWords, takeAll } from '../query/index.js';
import { parseSearch } from './parse-search.js';
import { parseSearchDefinition, type SearchDefinition } from './search-definition.js';
import { SearchIndex } from './search-index.js';
import { WORDS_PER_STEP } from './search-limits.js';

function defined(input: unknown): SearchDefinition {
  const parsed = parseSearchDefinition(input);
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
}
const definition = defined({ fields: ['title', 'body'] });

/** Texts of one word or of many, with words that others have too. */
const text = fc
  .tuple(fc.constantFrom('milk', 'oats', '牛乳', ''), fc.constantFrom(0, 3, 150, 400), fc.nat(5))
  .map(([word, count, from]) => `${word} ${Array.from({ length: count }, (_, i) => `w${from + i}é`).join(' ')}`);
const record = fc.record({ title: text, body: text }, { requiredKeys: ['title'] });
const WORDS = ['milk', 'oats', '牛乳', 'w3é', 'w149é', 'w402é'];

type Step =
  | { readonly does: 'put'; readonly key: string; readonly value: PlainObject | undefined; readonly atOnce: boolean }
  /** One that was begun is taken further. */
  | { readonly does: 'go on'; readonly which: number; readonly times: number }
  | { readonly does: 'clear'; readonly times: number };

const key = fc.constantFrom('a', 'b', 'c');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('put' as const),
      key,
      value: fc.option(record, { freq: 4, nil: undefined }),
      atOnce: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant('go on' as const), which: fc.nat(4), times: fc.nat(6) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('clear' as const), times: fc.nat(3) }) },
);

const ranked = (index: SearchIndex, word: string): readonly (readonly [string | undefined, number])[] => {
  const query = parseSearch(index.definition, word, { prefix: false, fuzzy: false });
  if (!query.ok) throw new Error(query.error.code);
  const found = index.ranked(query.value);
  return Array.from({ length: found.length }, (_, i) => [found.keyAt(i), found.scoreAt(i)] as const).toSorted();
};

function built(records: ReadonlyMap<string, Value>): SearchIndex {
  const index = new SearchIndex(definition);
  for (const [at, value] of records) index.put(at, value);
  return index;
}

const keysOf = (index: SearchIndex, word: string): unknown => ranked(index, word).map(([at]) => at);

describe('SE-4, SE-13: a record that is put in steps', () => {
  test('is found as it was until the last of them and then as it is, whatever else is put, taken out and cleared away between them; and what was begun last is what stays', () => {
    let [between, givenUp] = [0, 0];
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), (script) => {
        const index = new SearchIndex(definition);
        /** What the index has, and what it is to have. */
        const [shown, due] = [new Map<string, Value>(), new Map<string, Value>()];
        let begun: { readonly key: string; readonly value: Value; readonly steps: Generator<void, boolean> }[] = [];
        let clearing = index.vacuumSteps();
        const set = (of: Map<string, Value>, at: string, value: Value | undefined): void => {
          if (value === undefined) of.delete(at);
          else of.set(at, value);
        };
        const goOn = (which: number): void => {
          const one = begun[which % Math.max(1, begun.length)];
          if (one === undefined) return;
          const taken = one.steps.next();
          if (taken.done !== true) return void between++;
          begun = begun.filter((other) => other !== one);
          // The record may have been put again since: that counts then.
          if (due.get(one.key) === one.value) shown.set(one.key, one.value);
          else if (!taken.value) givenUp++;
        };
        for (const each of script) {
          if (each.does === 'go on') for (let i = 0; i < each.times; i++) goOn(each.which);
          else if (each.does === 'clear') {
            for (let i = 0; i < each.times; i++) if (clearing.next().done === true) clearing = index.vacuumSteps();
          } else {
            set(due, each.key, each.value);
            if (each.atOnce || each.value === undefined) {
              index.put(each.key, each.value);
              set(shown, each.key, each.value);
            } else {
              begun.push({ key: each.key, value: each.value, steps: index.putSteps(each.key, each.value) });
              goOn(begun.length - 1);
            }
          }
          const fresh = built(shown);
          expect(index.size).toBe(shown.size);
          for (const word of WORDS) expect(keysOf(index, word)).toEqual(keysOf(fresh, word));
        }
        while (begun.length > 0) goOn(0);
        expect(shown).toEqual(due);
        takeAll(index.vacuumSteps());
        const fresh = built(due);
        for (const word of WORDS) expect(ranked(index, word)).toEqual(ranked(fresh, word));
        expect(index.bytes).toBe(fresh.bytes);
        expect(index.isLittered).toBe(false);
      }),
      { numRuns: 80 },
    );
    expect([between > 300, givenUp > 10]).toEqual([true, true]);
  });

  test('takes no more than so many words in a step, and puts no more terms into the index, whatever the script', () => {
    let read = 0;
    const counting = defined({
      fields: ['title', 'body'],
      tokenizer: {
        name: 'counting',
        *split(of: string) {
          for (const word of splitWords(of)) {
            read++;
            yield word;
          }
        },
      },
    });
    for (const script of ['word ', '日本語の文章を検索する', '文', 'ภาษาไทย', '🎉 ', '가 ', 'é ']) {
      const index = new SearchIndex(counting);
      const long = Array.from({ length: 2_000 }, (_, i) => `${script}${i % 7}x${i} `).join('');
      const steps = index.putSteps('k', { title: long.slice(0, 9_000), body: long.slice(9_000) });
      let [before, beforeTerms, taken] = [0, 0, 0];
      read = 0;
      for (let isOver = false; !isOver; [before, beforeTerms] = [read, index.work]) {
        isOver = steps.next().done === true;
        taken++;
        expect(read - before).toBeLessThanOrEqual(WORDS_PER_STEP);
        expect(index.work - beforeTerms).toBeLessThanOrEqual(WORDS_PER_STEP * 3 + 16_384 / 16 + 16);
        // Nothing is found of it before it is there.
        expect(index.has('k')).toBe(isOver);
      }
      expect(taken).toBeGreaterThan(10);
      expect(taken).toBeLessThan((2 * read) / WORDS_PER_STEP + 2);
    }
  });

  test('is one step where it has few words, or the same as before', () => {
    const index = new SearchIndex(definition);
    const few = { title: 'milk '.repeat(100), body: 'oats' };
    const many = { title: Array.from({ length: 300 }, (_, i) => `w${i}`).join(' ') };
    expect(index.putSteps('a', few).next()).toEqual({ done: true, value: true });
    expect(index.putSteps('b', many).next().done).toBe(false);
    index.put('b', many);
    expect(index.putSteps('b', many).next()).toEqual({ done: true, value: false });
  });
});
