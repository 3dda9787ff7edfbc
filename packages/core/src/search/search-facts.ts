import type { Value } from '../primitives/index.js';
import { BestPlaces } from './best-places.js';
import { FacetCounter, type FacetCounts } from './count-facets.js';
import type { RecordReader } from './found-terms.js';
import type { Ranked } from './ranked.js';
import { accepting, type ValueOf } from './run-search.js';
import { suggestSteps, type SuggestQuery, type Suggestion } from './run-suggest.js';
import type { SearchQuery } from './search-query.js';

/** What is known of all that a search finds, without the records. */
export interface SearchFacts {
  readonly total: number;
  readonly facets: FacetCounts;
  readonly completions: readonly Suggestion[];
}

/** SE-44: completions are made of the words of so many records. */
export const COMPLETED_RECORDS = 1_000;

/**
 * Counts what is found, a record each step. Whatever `valueOf` does not give leaves no trace: neither the order nor the scores of what was ranked, which are of all
 * records, have a part in any of it. Completions are of the first records by key.
 */
export function* factSteps(
  reader: RecordReader,
  ranked: Ranked,
  query: SearchQuery,
  completed: SuggestQuery | null,
  valueOf: ValueOf,
): Generator<void, SearchFacts> {
  const accepts = accepting(query, valueOf);
  const facets = new FacetCounter(query.facets);
  const places = new BestPlaces(null, COMPLETED_RECORDS);
  let total = 0;
  for (let i = 0; i < ranked.length; i++) {
    yield;
    const key = ranked.keyAt(i);
    if (key === undefined || !accepts(key)) continue;
    total++;
    if (query.facets.length > 0) facets.add(key, valueOf(key) as Value);
    if (completed !== null) places.offer({ key, score: 0 });
  }
  const keys = places.take().shown.map(({ key }) => key);
  const first: Ranked = { length: keys.length, keyAt: (place) => keys[place], scoreAt: () => 0 };
  const completions =
    completed === null ? [] : yield* suggestSteps(reader, first, completed, valueOf, COMPLETED_RECORDS);
  return { total, facets: facets.counts(), completions };
}
