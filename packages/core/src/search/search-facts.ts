import type { Value } from '../primitives/index.js';
import { BestPlaces } from './best-places.js';
import { FacetCounter, type FacetCounts } from './count-facets.js';
import type { RecordReader } from './found-terms.js';
import type { Ranked, Ranking } from './ranked.js';
import { accepting, type ValueOf } from './run-search.js';
import { suggestSteps, type SuggestQuery, type Suggestion } from './run-suggest.js';
import type { SearchQuery } from './search-query.js';
import { nearestSteps, reachOf } from './vectors/nearest-steps.js';

/** What is known of all that a search finds, without the records. */
export interface SearchFacts {
  readonly total: number;
  readonly facets: FacetCounts;
  readonly completions: readonly Suggestion[];
}

/** What is known by having counted. */
export interface CountedAll extends SearchFacts {
  /** With a vector: what is farther away than that has no part in it. */
  readonly reach: number;
}

/** SE-44: completions are made of the words of so many records. */
export const COMPLETED_RECORDS = 1_000;

/**
 * Counts what is found, a record each step. Whatever `valueOf` does not give leaves no trace: neither the order nor the scores of what was ranked, which are of all
 * records, have a part in any of it. Completions are of the first records by key. `seenValueOf`: of records without the words, too, which may be near.
 */
export function* factSteps(
  reader: RecordReader,
  { text, near }: Ranking,
  query: SearchQuery,
  completed: SuggestQuery | null,
  valueOf: ValueOf,
  seenValueOf: ValueOf = valueOf,
): Generator<void, CountedAll> {
  const accepts = accepting(query, valueOf);
  const isSeen = accepting(query, seenValueOf);
  const nearest = yield* nearestSteps(reader.definition, near, query, (key) =>
    isSeen(key) ? seenValueOf(key) : undefined,
  );
  const nearAlone = new Set(nearest.keys());
  const facets = new FacetCounter(query.facets);
  const places = new BestPlaces(null, COMPLETED_RECORDS);
  let total = 0;
  for (let i = 0; i < text.length; i++) {
    yield;
    const key = text.keyAt(i);
    if (key === undefined || !accepts(key)) continue;
    nearAlone.delete(key);
    total++;
    if (query.facets.length > 0) facets.add(key, valueOf(key) as Value);
    if (completed !== null) places.offer({ key, score: 0 });
  }
  for (const key of nearAlone) {
    total++;
    if (query.facets.length > 0) facets.add(key, seenValueOf(key) as Value);
  }
  const keys = places.take().shown.map(({ key }) => key);
  const first: Ranked = { length: keys.length, keyAt: (place) => keys[place], scoreAt: () => 0 };
  const completions =
    completed === null ? [] : yield* suggestSteps(reader, first, completed, valueOf, COMPLETED_RECORDS);
  return { total, facets: yield* facets.counts(), completions, reach: reachOf(query, nearest) };
}
