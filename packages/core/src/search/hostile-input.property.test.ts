import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { foldText, splitWords, textTerms } from '../query/index.js';
import { parseSearch } from './parse-search.js';
import { parseSuggest } from './run-suggest.js';
import { parseSearchDefinition, type SearchDefinition, type SearchDefinitionInput } from './search-definition.js';
import { describeSearchError } from './search-error.js';
import { SearchIndex } from './search-index.js';
import { SEARCH_LIMITS } from './search-limits.js';
import { textSignature } from './text-signature.js';

const defined = (input: SearchDefinitionInput): SearchDefinition => {
  const parsed = parseSearchDefinition(input);
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
};
const plain = defined({ fields: ['title'] });
const near = defined({ fields: ['title'], vectors: { field: 'at', dimensions: 2 } });

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
);

/** Options that are something, though not what they should be. */
const options = fc.dictionary(
  fc.constantFrom(
    'fields',
    'limit',
    'minScore',
    'boost',
    'prefix',
    'fuzzy',
    'combineWith',
    'where',
    'highlight',
    'facets',
    'cursor',
    'vector',
    'minSimilarity',
    '__proto__',
    'x',
  ),
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true }),
);

describe('SE-12: whatever is asked', () => {
  test('is answered by a query within its bounds, or by an error with a sentence, and never by an exception', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(nasty, fc.anything()), fc.oneof(options, fc.anything()), (text, input) => {
        const asked = [plain, near].map((definition) => parseSearch(definition, text, input));
        for (const parsed of [...asked, parseSuggest(plain, text, input)]) {
          if (!parsed.ok) {
            refused++;
            expect(describeSearchError(parsed.error)).toMatch(/\.$/);
            continue;
          }
          const { limit, terms, facets } = 'search' in parsed.value ? parsed.value.search : parsed.value;
          expect(limit >= 1 && limit <= SEARCH_LIMITS.limit && Number.isInteger(limit)).toBe(true);
          expect(terms.length).toBeLessThanOrEqual(SEARCH_LIMITS.queryTerms);
          expect(facets.length).toBeLessThanOrEqual(SEARCH_LIMITS.facets);
        }
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  test('so is whatever a definition may be', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.dictionary(fc.constantFrom('fields', 'stopWords', 'stemmer', 'tokenizer', 'vectors', 'x'), fc.anything()),
        ),
        (input) => {
          const parsed = parseSearchDefinition(input);
          if (!parsed.ok) expect(describeSearchError(parsed.error)).toMatch(/\.$/);
          else expect(parsed.value.fields.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('and whatever a saved index may be, it is loaded as what it was, or not at all', () => {
    const index = new SearchIndex(plain);
    for (const key of ['a', 'b', 'c']) index.put(key, { title: `milk ${key}` });
    const saved = [...index.saveParts()].join('\n');
    fc.assert(
      fc.property(fc.nat(saved.length - 1), fc.nat(3), fc.string({ maxLength: 3 }), (at, gone, put) => {
        const damaged = saved.slice(0, at) + put + saved.slice(at + gone);
        const loading = SearchIndex.loading(plain);
        for (const part of damaged.split('\n')) loading.take(part);
        expect(loading.finish() === null).toBe(damaged !== saved);
      }),
      { numRuns: 300 },
    );
  });
});

describe('SE-2: words', () => {
  test('lie in order, within their text, apart, and have what is not between words', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        let end = 0;
        for (const word of splitWords(text)) {
          expect(word.start).toBeGreaterThanOrEqual(end);
          expect(word.end).toBeGreaterThan(word.start);
          end = word.end;
        }
        expect(end).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 400 },
    );
  });

  test('are folded once and for all, whatever their letter case, and however their signs are put together', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('aAéÉñßİıŁøŒｃ㎏ﬁКйשָ한')) }), (word) => {
        const folded = foldText(word);
        expect(foldText(folded)).toBe(folded);
        expect(foldText(word.normalize('NFD'))).toBe(folded);
        expect(foldText(word.normalize('NFC'))).toBe(folded);
      }),
      { numRuns: 400 },
    );
  });

  test('of a text are those of its parts, where a space is between them', () => {
    fc.assert(
      fc.property(nasty, nasty, (a, b) => {
        expect(textTerms(`${a} ${b}`)).toEqual([...textTerms(a), ...textTerms(b)]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('SE-8: signatures', () => {
  const texts = fc.array(fc.option(fc.string({ maxLength: 4 }), { nil: undefined }), { maxLength: 3 });

  test('are equal for equal texts, and for no others that were tried: neither where one ends nor whether there is one is lost', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const isSame = a.length === b.length && a.every((text, i) => text === b[i]);
        expect(textSignature(a) === textSignature(b)).toBe(isSame);
      }),
      { numRuns: 1_000 },
    );
    expect(textSignature(['ab', 'c'])).not.toBe(textSignature(['a', 'bc']));
    expect(textSignature([''])).not.toBe(textSignature([undefined]));
  });
});
