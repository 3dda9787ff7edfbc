import { err, isPlainObject, ok, type Result, type Value } from '../primitives/index.js';
import { compareStrings, compilePath, StepWork, takeAll, termWeight, textOf } from '../query/index.js';
import { parseSearch } from './parse-search.js';
import { compileFoundTerms, type FoundTerms, type RecordReader } from './found-terms.js';
import type { Ranked } from './ranked.js';
import { acceptedValues, type ValueOf } from './run-search.js';
import type { SearchDefinition } from './search-definition.js';
import { wrongType, type SearchError } from './search-error.js';
import type { SearchIndex } from './search-index.js';
import { TextTerms } from './text-terms.js';
import { SEARCH_LIMITS, WORDS_PER_RECORD, WORDS_PER_STEP } from './search-limits.js';
import type { SearchInput, SearchQuery } from './search-query.js';

/** How an app asks for completions. */
export interface SuggestInput extends Pick<SearchInput, 'fields' | 'fuzzy' | 'where'> {
  /** How many at most, 5 by default. */
  readonly limit?: number | undefined;
}

/** What a text that is being typed may become. */
export interface Suggestion {
  /** The text with its last word completed, as a record has that word. */
  readonly text: string;
  /** How many records it finds. */
  readonly count: number;
}

/** A request for completions in checked form. */
export interface SuggestQuery {
  readonly search: SearchQuery;
  /** What was typed before the last word. */
  readonly lead: string;
  /** The term of the last word. */
  readonly last: string;
  readonly limit: number;
}

const OPTIONS = new Set(['fields', 'fuzzy', 'where', 'limit']);

/** Checks a request for completions of a text. */
export function parseSuggest(
  definition: SearchDefinition,
  text: unknown,
  input: unknown = {},
): Result<SuggestQuery, SearchError> {
  if (!isPlainObject(input)) return wrongType('the options', 'an object');
  const { limit = 5, ...options } = input as { readonly limit?: unknown };
  const stranger = Object.keys(options).find((option) => !OPTIONS.has(option));
  if (stranger !== undefined) return err({ code: 'unknown-option', option: stranger });
  if (!Number.isInteger(limit) || (limit as number) < 1 || (limit as number) > SEARCH_LIMITS.suggestions) {
    return wrongType('limit', `a whole number from 1 to ${SEARCH_LIMITS.suggestions}`);
  }
  const search = parseSearch(definition, text, options);
  if (!search.ok) return search;
  return ok(completionOf(definition, text as string, search.value, limit as number));
}

/** The completion of a text that is searched for. */
export function completionOf(
  definition: SearchDefinition,
  text: string,
  search: SearchQuery,
  limit: number,
): SuggestQuery {
  let start = 0;
  let last = '';
  for (const word of new TextTerms(definition).of(text)) {
    start = word.start;
    last = word.term;
  }
  return { search, lead: text.slice(0, start), last, limit };
}

/** How many of the best records are looked at for words. */
const SAMPLE = 200;

/** Completions of the last word by the words of what is found, the most frequent first. Whatever `valueOf` does not give completes nothing. */
export function runSuggest(index: SearchIndex, query: SuggestQuery, valueOf: ValueOf): readonly Suggestion[] {
  return takeAll(suggestSteps(index, index.ranked(query.search), query, valueOf));
}

/** The same step by step, from what an index has ranked. */
export function* suggestSteps(
  reader: RecordReader,
  ranked: Ranked,
  query: SuggestQuery,
  valueOf: ValueOf,
  sample = SAMPLE,
): Generator<void, readonly Suggestion[]> {
  const found = yield* foundWords(reader, ranked, query, valueOf, sample);
  return suggestionsOf(
    found.map(([, words]) => words),
    query,
  );
}

/** By record, the terms that were found in it, each with the first word that it stands for. */
export type FoundWords = readonly (readonly [key: string, words: readonly (readonly [term: string, word: string])[]])[];

/** What the words of the first records are that are found, in steps; none where nothing is to be completed. */
export function* foundWords(
  reader: RecordReader,
  ranked: Ranked,
  { last, search }: SuggestQuery,
  valueOf: ValueOf,
  sample: number,
): Generator<void, FoundWords> {
  if (!search.terms.includes(last)) return [];
  const work = new StepWork(WORDS_PER_STEP);
  const accepted = acceptedValues(search, valueOf, work);
  const foundTerms = compileFoundTerms(reader, search, work);
  const found: [string, readonly (readonly [string, string])[]][] = [];
  for (let i = 0; i < ranked.length && found.length < sample; i++) {
    if (work.isDue(WORDS_PER_RECORD)) yield;
    const key = ranked.keyAt(i);
    const value = key === undefined ? undefined : yield* accepted(key);
    if (key === undefined || value === undefined) continue;
    found.push([key, [...(yield* wordsOf(reader, foundTerms, key, value, work))]]);
  }
  return found;
}

/** The completions that these words make. */
export function suggestionsOf(
  wordsOfEach: readonly FoundWords[number][1][],
  query: SuggestQuery,
): readonly Suggestion[] {
  const { last, search } = query;
  const before = new Set(search.terms.filter((term) => term !== last));
  const begins = (term: string): boolean => term.startsWith(last);
  // Where nothing goes on as typed, what was mistyped is put right: not by what the words before it have found.
  const isAsTyped = wordsOfEach.some((words) => words.some(([term]) => begins(term)));
  const weight = termWeight(last, search);
  const fits = isAsTyped ? begins : (term: string): boolean => !before.has(term) && weight(term) > 0;
  const counted = new Map<string, { text: string; count: number }>();
  for (const words of wordsOfEach) {
    for (const [term, word] of words) {
      if (!fits(term)) continue;
      const known = counted.get(term);
      if (known === undefined) counted.set(term, { text: query.lead + word.toLowerCase(), count: 1 });
      else known.count++;
    }
  }
  return [...counted.values()]
    .toSorted((a, b) => b.count - a.count || compareStrings(a.text, b.text))
    .slice(0, query.limit);
}

/** The terms that were found in a record, each with the first word that it stands for; in as much of it as is indexed. */
function* wordsOf(
  { definition, words }: RecordReader,
  foundTerms: FoundTerms,
  key: string,
  value: Value,
  work: StepWork,
): Generator<void, ReadonlyMap<string, string>> {
  const found = yield* foundTerms(key, value);
  const wordsByTerm = new Map<string, string>();
  let left: number = SEARCH_LIMITS.textLength;
  for (const { path } of definition.fields) {
    const at = compilePath(path)(key, value);
    for (const one of Array.isArray(at) ? (at as readonly Value[]) : [at]) {
      const text = Array.isArray(one) ? undefined : textOf(one);
      if (text === undefined) continue;
      const part = text.slice(0, left);
      left -= part.length;
      for (const { start, end, term } of words.of(part)) {
        if (work.isDue(1)) yield;
        if (wordsByTerm.size === found.size) return wordsByTerm;
        if (found.has(term) && !wordsByTerm.has(term)) wordsByTerm.set(term, text.slice(start, end));
      }
    }
  }
  return wordsByTerm;
}
