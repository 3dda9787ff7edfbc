import { sameValue, type Value } from '../../primitives/index.js';
import type { SearchAnswer, SearchHit } from '../../search/index.js';
import type { SearchedRecords } from './searched-records.js';
import type { CountedFacts } from './merged-facts.js';
import type { SearchResult, SearchState, SuggestedText, SuggestState } from './search-result.js';

/**
 * An answer as it is shown. Whatever is as it was in `before` is the same object. `isExpected`: there is another answer to come, and that nothing is found
 * is not said before.
 */
export function shownSearch(
  { hits, nextCursor }: SearchAnswer,
  { total, facets, counted }: CountedFacts,
  records: SearchedRecords,
  isExpected: boolean,
  before: SearchState<unknown>,
): SearchState<unknown> {
  const known = new Map(before.results.map((result) => [result.key, result]));
  const found = hits.map((hit) => shownHit(hit, records, known.get(hit.key)));
  const isSame = found.length === before.results.length && found.every((result, i) => result === before.results[i]);
  const results = isSame ? before.results : found;
  const next: SearchState<unknown> = {
    results,
    total,
    facets: sameValue(asValue(facets), asValue(before.facets)) ? before.facets : facets,
    counted,
    nextCursor,
    loading: isExpected && results.length === 0,
    error: records.error,
    source: records.sourceOfAll(results),
  };
  const isAll = (Object.keys(next) as (keyof typeof next)[]).every((name) => next[name] === before[name]);
  return isAll ? before : next;
}

function shownHit(
  { key, score, similarity, terms, highlights }: SearchHit,
  { sourceOf, valueOf }: SearchedRecords,
  before: SearchResult<unknown> | undefined,
): SearchResult<unknown> {
  const value = valueOf(key);
  const source = sourceOf(key);
  const isSame =
    before !== undefined &&
    before.value === value &&
    before.score === score &&
    before.similarity === similarity &&
    before.source === source &&
    sameValue(asValue(before.matchedTerms), asValue(terms)) &&
    sameValue(asValue(before.highlights ?? null), asValue(highlights ?? null));
  if (isSame) return before;
  const nearness = similarity === undefined ? {} : { similarity };
  const shown = { key, value, score, ...nearness, matchedTerms: terms, source };
  return highlights === undefined ? shown : { ...shown, highlights };
}

export function shownSuggest(suggestions: readonly SuggestedText[], before: SuggestState): SuggestState {
  const isSame = !before.loading && sameValue(asValue(suggestions), asValue(before.suggestions));
  return isSame ? before : { suggestions, loading: false, error: null };
}

// What a search says of its hits is made of texts, numbers, lists and objects.
const asValue = (part: unknown): Value => part as Value;
