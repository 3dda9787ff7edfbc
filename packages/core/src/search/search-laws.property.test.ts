import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { PlainObject, Value } from '../primitives/index.js';
import { recordArbitrary, searchArbitrary, textArbitrary, WORDS } from './naive-search.arbitrary.js';
import { parseSearch } from './parse-search.js';
import { runSearch } from './run-search.js';
import { parseSuggest, runSuggest } from './run-suggest.js';
import type { SearchAnswer } from './search-answer.js';
import { parseSearchDefinition, type SearchDefinition, type SearchDefinitionInput } from './search-definition.js';
import { SearchIndex } from './search-index.js';
import type { SearchInput } from './search-query.js';

const defined = (input: SearchDefinitionInput): SearchDefinition => {
  const parsed = parseSearchDefinition(input);
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
};
const plain = defined({ fields: ['title', 'body'] });
const records = fc.dictionary(fc.string({ minLength: 1, maxLength: 2 }), recordArbitrary, { maxKeys: 12 });
type Records = Readonly<Record<string, PlainObject>>;

/** A search of records, whose index is made for it. */
function asking(all: Records, definition = plain) {
  const index = new SearchIndex(definition);
  for (const [key, value] of Object.entries(all)) index.put(key, value);
  const valueOf = (key: string): Value | undefined => all[key];
  return {
    index,
    valueOf,
    ask(text: string, input: SearchInput = {}): SearchAnswer {
      const query = parseSearch(definition, text, { limit: 1_000, ...input });
      if (!query.ok) throw new Error(query.error.code);
      return runSearch(index, query.value, valueOf);
    },
  };
}

const keysOf = ({ hits }: SearchAnswer): readonly string[] => hits.map(({ key }) => key);
const isWithin = (some: SearchAnswer, all: SearchAnswer): void => {
  const keys = new Set(keysOf(all));
  expect(keysOf(some).filter((key) => !keys.has(key))).toEqual([]);
};
const textOf = (terms: readonly string[]): string => terms.join(' ');

describe('SE-5: asking for more finds no less', () => {
  test.each<[string, SearchInput, SearchInput]>([
    ['any of the words, than all of them', { combineWith: 'AND' }, { combineWith: 'OR' }],
    ['words that go on, than whole ones', { prefix: false }, { prefix: true }],
    ['words with errors, than right ones', { fuzzy: false }, { fuzzy: 1 }],
    ['words with more errors', { fuzzy: 1 }, { fuzzy: 2 }],
    ['more fields', { fields: ['title'] }, { fields: ['title', 'body'] }],
    ['no least score', { minScore: 1 }, {}],
    ['no condition', { where: { done: true } }, {}],
  ])('%s', (_what, less, more) => {
    fc.assert(
      fc.property(records, searchArbitrary, (all, { terms, ...input }) => {
        const { ask } = asking(all);
        isWithin(ask(textOf(terms), { ...input, ...less }), ask(textOf(terms), { ...input, ...more }));
      }),
      { numRuns: 40 },
    );
  });

  test('one word more, all of which have to be there, finds no more; one of which is enough, no less', () => {
    fc.assert(
      fc.property(
        records,
        searchArbitrary,
        fc.constantFrom(...WORDS),
        (all, { terms, combineWith, ...input }, word) => {
          const { ask } = asking(all);
          const [few, many] = [textOf(terms), textOf([...terms, word])];
          const options = { ...input, combineWith };
          if (combineWith === 'AND') isWithin(ask(many, options), ask(few, options));
          else isWithin(ask(few, options), ask(many, options));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('SE-5, SE-6: what is asked beside the words', () => {
  test('takes from what is found, and changes no score: a least score, a condition, a limit', () => {
    fc.assert(
      fc.property(
        records,
        searchArbitrary,
        fc.double({ min: 0, max: 5, noNaN: true }),
        (all, { terms, ...input }, least) => {
          const { ask } = asking(all);
          const whole = ask(textOf(terms), input);
          const isDone = ({ key }: SearchAnswer['hits'][number]): boolean => all[key]?.['done'] === true;
          expect(ask(textOf(terms), { ...input, where: { done: true } }).hits).toEqual(whole.hits.filter(isDone));
          const best = whole.hits.filter(({ score }) => score >= least);
          expect(ask(textOf(terms), { ...input, minScore: least })).toMatchObject({ hits: best, total: best.length });
          const first = ask(textOf(terms), { ...input, limit: 2 });
          expect([first.hits, first.total]).toEqual([whole.hits.slice(0, 2), whole.total]);
          expect(first.nextCursor === null).toBe(whole.total <= 2);
        },
      ),
      { numRuns: 80 },
    );
  });

  test('the order of words, and how often they are said, make no difference', () => {
    fc.assert(
      fc.property(records, searchArbitrary, (all, { terms, ...input }) => {
        const { ask } = asking(all);
        const rounded = ({ hits }: SearchAnswer) =>
          hits.map(({ key, score }) => [key, Math.round(score * 1_000)] as const).toSorted();
        const asked = rounded(ask(textOf(terms), input));
        expect(rounded(ask(textOf([...terms.toReversed(), ...terms]), input))).toEqual(asked);
        expect(rounded(ask(textOf(terms).toUpperCase(), input))).toEqual(asked);
      }),
      { numRuns: 60 },
    );
  });

  test('boosts that are all as many times as much leave the order, where scores differ', () => {
    fc.assert(
      fc.property(
        records,
        searchArbitrary,
        fc.integer({ min: 2, max: 50 }),
        (all, { terms, boost: _own, ...input }, times) => {
          const { ask } = asking(all);
          const [once, often] = [1, times].map((by) =>
            ask(textOf(terms), { ...input, boost: { title: by, body: by } }),
          );
          const scores = new Map(often?.hits.map(({ key, score }) => [key, score]));
          for (const { key, score } of once?.hits ?? []) expect(scores.get(key)).toBeCloseTo(score * times, 3);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('SE-3: stop words', () => {
  test('are as good as not there, in records and in what is searched for', () => {
    const stopWords = ['and', 'oat', 'milk'];
    const definition = defined({ fields: ['title', 'body'], stopWords });
    const without = (text: unknown): string =>
      String(text ?? '')
        .split(' ')
        .filter((word) => !stopWords.includes(word))
        .join(' ');
    fc.assert(
      fc.property(records, textArbitrary, (all, text) => {
        if (without(text) === '') return;
        const bare = Object.fromEntries(
          Object.entries(all).map(([key, one]) => [
            key,
            { ...one, title: without(one['title']), body: without(one['body']) },
          ]),
        );
        const found = asking(all, definition).ask(text, { fuzzy: false, prefix: false });
        expect(keysOf(found)).toEqual(keysOf(asking(bare).ask(without(text), { fuzzy: false, prefix: false })));
      }),
      { numRuns: 80 },
    );
  });
});

describe('SE-10: highlights', () => {
  test('are of words that were found, and of all of them in fields that were searched', () => {
    fc.assert(
      fc.property(records, searchArbitrary, (all, { terms, ...input }) => {
        const { ask, index } = asking(all);
        for (const { key, terms: found, highlights } of ask(textOf(terms), { ...input, highlight: true }).hits) {
          const marked = new Set<string>();
          for (const [field, ranges] of Object.entries(highlights ?? {})) {
            expect(input.fields).toContain(field);
            const text = String(all[key]?.[field]);
            for (const { start, end } of ranges) {
              const [word] = index.words.indexed(text.slice(start, end));
              expect(found).toContain(word);
              marked.add(word as string);
            }
          }
          expect([...marked].toSorted()).toEqual([...found].toSorted());
        }
      }),
      { numRuns: 80 },
    );
  });
});

describe('SE-11: completions', () => {
  test('of one word find, searched for as they are, as many records as they say; and there are no better ones', () => {
    fc.assert(
      fc.property(
        records,
        fc.constantFrom('m', 'mil', 'bre', 'oa', 'an'),
        fc.integer({ min: 1, max: 3 }),
        (all, text, limit) => {
          const { ask, index, valueOf } = asking(all);
          const suggest = (most: number) => {
            const query = parseSuggest(plain, text, { fuzzy: false, limit: most });
            if (!query.ok) throw new Error(query.error.code);
            return runSuggest(index, query.value, valueOf);
          };
          for (const { text: word, count } of suggest(50)) {
            expect(word.startsWith(text)).toBe(true);
            expect(ask(word, { prefix: false, fuzzy: false }).total).toBe(count);
          }
          expect(suggest(limit)).toEqual(suggest(50).slice(0, limit));
        },
      ),
      { numRuns: 80 },
    );
  });
});

describe('SE-7: the shape of a search', () => {
  const asked = fc.record({
    fuzzy: fc.constantFrom(0, 0.2, 1),
    prefix: fc.boolean(),
    combineWith: fc.constantFrom('AND' as const, 'OR' as const),
    minScore: fc.constantFrom(undefined, 1),
    where: fc.constantFrom(undefined, { done: true }),
    fields: fc.constantFrom(['title'], ['title', 'body'], ['body', 'title']),
  });
  const shown = fc.record({
    limit: fc.integer({ min: 1, max: 9 }),
    highlight: fc.boolean(),
    facets: fc.constantFrom([], ['x']),
  });
  const shapeOf = (text: string, input: object): string => {
    const query = parseSearch(plain, text, input);
    if (!query.ok) throw new Error(query.error.code);
    return query.value.shape;
  };

  test('is the same for what finds the same in one order, however it is shown, and another for anything else', () => {
    fc.assert(
      fc.property(asked, asked, shown, shown, (a, b, first, second) => {
        const meaning = ({ fields, ...rest }: typeof a): string =>
          JSON.stringify([fields.toSorted(), rest.fuzzy, rest.prefix, rest.combineWith, rest.minScore, rest.where]);
        const isSame = meaning(a) === meaning(b);
        expect(shapeOf('oat milk', { ...a, ...first }) === shapeOf('oat  MILK', { ...b, ...second })).toBe(isSame);
        expect(shapeOf('oat milk', a)).not.toBe(shapeOf('oat bread', a));
      }),
      { numRuns: 200 },
    );
  });

  test('SE-1: an index is of one definition: of the same fields in the same order, the same stop words, and functions of the same names', () => {
    const part = fc.record({
      fields: fc.constantFrom(['a'], ['a', 'b'], ['b', 'a']),
      stopWords: fc.constantFrom<string[]>([], ['x', 'y'], ['y', 'x']),
      stemmer: fc.constantFrom(undefined, 'one', 'two'),
      boost: fc.integer({ min: 1, max: 5 }),
    });
    type Part = {
      readonly fields: readonly string[];
      readonly stopWords: readonly string[];
      readonly stemmer: string | undefined;
      readonly boost: number;
    };
    const printOf = ({ fields, stopWords, stemmer, boost }: Part): string =>
      defined({
        fields: fields.map((path) => ({ path, boost })),
        stopWords,
        stemmer: stemmer === undefined ? undefined : { name: stemmer, stem: (word) => word },
      }).fingerprint;
    fc.assert(
      fc.property(part, part, (a, b) => {
        const meaning = ({ fields, stopWords, stemmer }: typeof a): string =>
          JSON.stringify([fields, stopWords.toSorted(), stemmer]);
        expect(printOf(a) === printOf(b)).toBe(meaning(a) === meaning(b));
      }),
      { numRuns: 200 },
    );
  });
});
