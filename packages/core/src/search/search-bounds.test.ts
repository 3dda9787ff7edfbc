import { describe, expect, test } from 'vitest';

import { encodeBase64url, type Result } from '../primitives/index.js';
import { takeAll } from '../query/index.js';
import { highlightSteps } from './highlight.js';
import { parseFacets, parseSearch } from './parse-search.js';
import { parseSuggest } from './run-suggest.js';
import { parseSearchDefinition, type SearchDefinition } from './search-definition.js';
import { describeSearchError, type SearchError } from './search-error.js';
import { SEARCH_LIMITS } from './search-limits.js';
import { readWireSearch, wireSearch } from './text-search.js';
import { TextTerms } from './text-terms.js';
import { vectorBytes } from './vectors/read-vector.js';

const LIMITS = SEARCH_LIMITS;
const definition = ((): SearchDefinition => {
  const parsed = parseSearchDefinition({ fields: ['title', 'body'], vectors: { field: 'at', dimensions: 2 } });
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
})();
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `f${i}`);
const codeOf = (parsed: Result<unknown, SearchError>): string => (parsed.ok ? 'ok' : parsed.error.code);
const asked = (text: unknown, options: object = {}): Result<unknown, SearchError> =>
  parseSearch(definition, text, options);
const suggested = (options: object): Result<unknown, SearchError> => parseSuggest(definition, 'a', options);

describe('SE-12: what is just within a bound is taken, and what is just beyond it refused', () => {
  const defined = (input: object): Result<unknown, SearchError> => parseSearchDefinition({ fields: ['a'], ...input });
  const vectors = (dimensions: number): object => ({ vectors: { field: 'at', dimensions } });

  test.each<[string, (amount: number) => Result<unknown, SearchError>, number, number, string]>([
    ['characters of a text', (n) => asked('x'.repeat(n)), LIMITS.queryLength, LIMITS.queryLength + 1, 'text-too-long'],
    ['words of a text', (n) => asked(names(n).join(' ')), LIMITS.queryTerms, LIMITS.queryTerms + 1, 'too-many-words'],
    ['results', (limit) => asked('a', { limit }), LIMITS.limit, LIMITS.limit + 1, 'wrong-type'],
    ['few results', (limit) => asked('a', { limit }), 1, 0, 'wrong-type'],
    ['edits', (fuzzy) => asked('a', { fuzzy }), LIMITS.edits, LIMITS.edits + 1, 'wrong-type'],
    ['few edits', (fuzzy) => asked('a', { fuzzy }), 0, -0.1, 'wrong-type'],
    ['a boost', (title) => asked('a', { boost: { title } }), LIMITS.boost, LIMITS.boost + 0.1, 'wrong-type'],
    ['a small boost', (title) => asked('a', { boost: { title } }), Number.MIN_VALUE, 0, 'wrong-type'],
    ['near', (minSimilarity) => asked('a', { minSimilarity }), 1, 1.001, 'wrong-type'],
    ['far', (minSimilarity) => asked('a', { minSimilarity }), -1, -1.001, 'wrong-type'],
    ['facets', (n) => asked('a', { facets: names(n) }), LIMITS.facets, LIMITS.facets + 1, 'too-many'],
    ['facets by themselves', (n) => parseFacets(names(n)), LIMITS.facets, LIMITS.facets + 1, 'too-many'],
    ['completions', (limit) => suggested({ limit }), LIMITS.suggestions, LIMITS.suggestions + 1, 'wrong-type'],
    ['few completions', (limit) => suggested({ limit }), 1, 0, 'wrong-type'],
    ['fields', (n) => parseSearchDefinition({ fields: names(n) }), LIMITS.fields, LIMITS.fields + 1, 'too-many'],
    ['stop words', (n) => defined({ stopWords: names(n) }), LIMITS.stopWords, LIMITS.stopWords + 1, 'too-many'],
    ['dimensions', (n) => defined(vectors(n)), LIMITS.dimensions, LIMITS.dimensions + 1, 'wrong-type'],
    ['few dimensions', (n) => defined(vectors(n)), 1, 0, 'wrong-type'],
    ['numbers of a vector', (n) => asked('', { vector: Array(n).fill(1) }), 2, 3, 'wrong-dimensions'],
  ])('%s', (_what, parse, within, beyond, code) => {
    expect(codeOf(parse(within))).toBe('ok');
    expect(codeOf(parse(beyond))).toBe(code);
  });

  test.each([1.5, Number.NaN, '3', null, true])('a limit of %j is none', (limit) => {
    expect(codeOf(asked('a', { limit }))).toBe('wrong-type');
    expect(codeOf(suggested({ limit }))).toBe('wrong-type');
  });
});

describe('SE-12: a megabyte', () => {
  const megabyte = 'x'.repeat(1_000_000);

  test.each<[string, () => Result<unknown, SearchError>, string]>([
    ['of a text', () => asked(megabyte), 'text-too-long'],
    ['of a text to complete', () => parseSuggest(definition, megabyte), 'text-too-long'],
    ['of spaces', () => asked(' '.repeat(1_000_000)), 'text-too-long'],
    ['of a field', () => asked('a', { fields: [megabyte] }), 'unknown-field'],
    ['of an option', () => asked('a', { [megabyte]: 1 }), 'unknown-option'],
    ['of a cursor', () => asked('a', { cursor: megabyte }), 'cursor-invalid'],
    ['of a vector', () => asked('a', { vector: Array(250_000).fill(1) }), 'wrong-dimensions'],
    ['of a text to match', () => asked('a', { where: { title: { $match: megabyte } } }), 'bad-where'],
  ])('%s is refused by a sentence', (_what, parse, code) => {
    const parsed = parse();
    expect(codeOf(parsed)).toBe(code);
    if (!parsed.ok) expect(describeSearchError(parsed.error)).toMatch(/\.$/);
  });

  test('that comes to a server as a search is refused there as well', () => {
    const query = parseSearch(definition, 'milk', { vector: [1, 2] });
    if (!query.ok) throw new Error(query.error.code);
    const sent = wireSearch(definition, 'milk', query.value);
    const search = sent.search as NonNullable<typeof sent.search>;
    expect(codeOf(readWireSearch(definition, sent))).toBe('ok');
    expect(codeOf(readWireSearch(definition, { ...sent, search: { ...search, text: megabyte } }))).toBe(
      'text-too-long',
    );
    const vector = encodeBase64url(vectorBytes(new Float32Array(250_000).fill(1)));
    const near = { field: 'at', minSimilarity: null, vector };
    expect(codeOf(readWireSearch(definition, { ...sent, search: { ...search, near } }))).toBe('wrong-dimensions');
    const nothing = { ...near, vector: encodeBase64url(vectorBytes(new Float32Array(2))) };
    expect(codeOf(readWireSearch(definition, { ...sent, search: { ...search, near: nothing } }))).toBe('no-direction');
    const elsewhere = { ...near, field: 'other' };
    expect(codeOf(readWireSearch(definition, { ...sent, search: { ...search, near: elsewhere } }))).toBe('no-vectors');
    expect(codeOf(readWireSearch(definition, { ...sent, limit: null }))).toBe('wrong-type');
  });
});

describe('SE-12: every error', () => {
  const all: readonly (readonly [SearchError, readonly string[]])[] = [
    [{ code: 'wrong-type', option: 'limit', expected: 'a number' }, ['limit', 'a number']],
    [{ code: 'unknown-option', option: 'limt' }, ['"limt"']],
    [{ code: 'unknown-field', option: 'boost', field: 'x', fields: ['a', 'b'] }, ['boost', '"x"', 'a, b']],
    [{ code: 'not-in-schema', option: 'fields', field: 'x' }, ['fields', '"x"', 'schema']],
    [{ code: 'named-twice', option: 'facets', field: 'x' }, ['facets', '"x"', 'twice']],
    [{ code: 'too-many', option: 'stopWords', max: 1_000 }, ['stopWords', '1000']],
    [{ code: 'text-too-long', max: 1_024 }, ['1024', 'characters']],
    [{ code: 'too-many-words', max: 32 }, ['32', 'words']],
    [{ code: 'no-vectors' }, ['vector']],
    [{ code: 'wrong-dimensions', dimensions: 3, given: 2 }, ['2', '3']],
    [{ code: 'not-finite', option: 'vector' }, ['vector', 'finite']],
    [{ code: 'no-direction', option: 'vector' }, ['vector', '0']],
    [{ code: 'cursor-invalid' }, ['cursor']],
    [{ code: 'bad-where', error: { code: 'nothing-to-score', path: ['sort', '_score'] } }, ['_score']],
  ];

  test('says in a sentence of its own what is wrong, and where', () => {
    const sentences = all.map(([error, parts]) => {
      const sentence = describeSearchError(error);
      for (const part of parts) expect(sentence).toContain(part);
      expect(sentence).toMatch(/\.$/);
      return sentence;
    });
    expect(new Set(sentences).size).toBe(all.length);
  });
});

describe('SE-10: ranges', () => {
  const words = new TextTerms(definition);

  test('are as many as may be, and no more', () => {
    const text = 'milk '.repeat(SEARCH_LIMITS.ranges + 1);
    expect(takeAll(highlightSteps(text, new Set(['milk']), words))).toHaveLength(SEARCH_LIMITS.ranges);
    expect(takeAll(highlightSteps(text, new Set(['milk']), words))[1]).toEqual({ start: 5, end: 9 });
    const fewer = 'milk '.repeat(SEARCH_LIMITS.ranges - 1);
    expect(takeAll(highlightSteps(fewer, new Set(['milk']), words))).toHaveLength(SEARCH_LIMITS.ranges - 1);
  });

  test('end where what is indexed ends, within a word even', () => {
    const text = `${'x'.repeat(SEARCH_LIMITS.textLength - 3)} milk`;
    expect(takeAll(highlightSteps(text, new Set(['milk']), words))).toEqual([]);
    const end = SEARCH_LIMITS.textLength;
    expect(takeAll(highlightSteps(text, new Set(['mi']), words))).toEqual([{ start: end - 2, end }]);
  });
});
