import { sameValue, type Value } from '../../primitives/index.js';
import type { SearchAnswer, SearchHit, Suggestion } from '../../search/index.js';
import type { SearchResult, SearchState, SuggestState } from './search-result.js';

/** An answer as it is shown. Whatever is as it was in `before` is the same object. */
export function shownSearch(
  { hits, total, facets, nextCursor }: SearchAnswer,
  valueOf: (key: string) => Value | undefined,
  before: SearchState<unknown>,
): SearchState<unknown> {
  const known = new Map(before.results.map((result) => [result.key, result]));
  const found = hits.map((hit) => shownHit(hit, valueOf(hit.key), known.get(hit.key)));
  const isSame = found.length === before.results.length && found.every((result, i) => result === before.results[i]);
  const next: SearchState<unknown> = {
    results: isSame ? before.results : found,
    total,
    facets: sameValue(asValue(facets), asValue(before.facets)) ? before.facets : facets,
    nextCursor,
    loading: false,
    error: null,
    source: 'local',
  };
  const isAll =
    next.results === before.results &&
    next.facets === before.facets &&
    total === before.total &&
    nextCursor === before.nextCursor &&
    !before.loading &&
    before.error === null;
  return isAll ? before : next;
}

function shownHit(hit: SearchHit, value: unknown, before: SearchResult<unknown> | undefined): SearchResult<unknown> {
  const { key, score, terms, highlights } = hit;
  const next: SearchResult<unknown> = {
    key,
    value,
    score,
    matchedTerms: terms,
    ...(highlights === undefined ? {} : { highlights }),
    source: 'local',
  };
  const isSame =
    before !== undefined &&
    before.value === value &&
    before.score === score &&
    sameValue(asValue(before.matchedTerms), asValue(terms)) &&
    sameValue(asValue(before.highlights ?? null), asValue(highlights ?? null));
  return isSame ? before : next;
}

export function shownSuggest(suggestions: readonly Suggestion[], before: SuggestState): SuggestState {
  const isSame = !before.loading && sameValue(asValue(suggestions), asValue(before.suggestions));
  return isSame ? before : { suggestions, loading: false, error: null };
}

// What a search says of its hits is made of texts, numbers, lists and objects.
const asValue = (part: unknown): Value => part as Value;
