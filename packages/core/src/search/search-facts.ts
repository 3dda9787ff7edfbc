import { BestPlaces } from './best-places.js';
import { FacetCounter, type FacetCounts } from './count-facets.js';
import type { RecordReader } from './found-terms.js';
import type { Ranked, Ranking } from './ranked.js';
import { RECORDS_PER_STEP, sieveOf, type ValueOf } from './run-search.js';
import { suggestSteps, type SuggestQuery, type Suggestion } from './run-suggest.js';
import type { SearchQuery } from './search-query.js';
import { nearestSteps, reachOf, type Nearness } from './vectors/nearest-steps.js';

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

/** What was counted, before any of it is put together. */
interface Gathered {
  /** How many have the words. */
  readonly total: number;
  /** Of these. */
  readonly facets: FacetCounter;
  /** The first of them by key, where their words are to complete something. */
  readonly first: Ranked;
  readonly nearest: ReadonlyMap<string, Nearness>;
  /** Those of the nearest that do not have the words. */
  readonly nearAlone: ReadonlySet<string>;
}

/**
 * Goes through what is found, in steps as a search does. Whatever `valueOf` does not give leaves no trace: neither the order nor the scores of what was ranked, which are of all
 * records, have a part in any of it. `isRestricted`: it gives less than the index has, and each record is asked itself whether it has the words; without them it may be near.
 */
export function* gatherSteps(
  reader: RecordReader,
  { text, near }: Ranking,
  query: SearchQuery,
  isCompleted: boolean,
  valueOf: ValueOf,
  isRestricted: boolean,
): Generator<void, Gathered> {
  const { accepted, isFound } = sieveOf(reader, query, valueOf, { isRestricted });
  const nearest = yield* nearestSteps(reader.definition, near, query, accepted);
  const nearAlone = new Set(nearest.keys());
  const facets = new FacetCounter(query.facets);
  const places = new BestPlaces(null, COMPLETED_RECORDS);
  let total = 0;
  for (let i = 0; i < text.length; i++) {
    if (i % RECORDS_PER_STEP === RECORDS_PER_STEP - 1) yield;
    const key = text.keyAt(i);
    if (key === undefined || !(yield* isFound(key))) continue;
    const value = valueOf(key);
    // It may have gone while it was looked at.
    if (value === undefined) continue;
    nearAlone.delete(key);
    total++;
    if (query.facets.length > 0) facets.add(key, value);
    if (isCompleted) places.offer({ key, score: 0 });
  }
  const keys = places.take().shown.map(({ key }) => key);
  const first: Ranked = { length: keys.length, keyAt: (place) => keys[place], scoreAt: () => 0 };
  return { total, facets, first, nearest, nearAlone };
}

/** Counts what is found, as `gatherSteps` finds it. Completions are of the first records by key. */
export function* factSteps(
  reader: RecordReader,
  ranking: Ranking,
  query: SearchQuery,
  completed: SuggestQuery | null,
  valueOf: ValueOf,
  isRestricted = false,
): Generator<void, CountedAll> {
  const gathered = yield* gatherSteps(reader, ranking, query, completed !== null, valueOf, isRestricted);
  const { facets, first, nearAlone, nearest } = gathered;
  for (const key of nearAlone) {
    const value = query.facets.length > 0 ? valueOf(key) : undefined;
    if (value !== undefined) facets.add(key, value);
  }
  const completions =
    completed === null ? [] : yield* suggestSteps(reader, first, completed, valueOf, COMPLETED_RECORDS);
  const total = gathered.total + nearAlone.size;
  return { total, facets: yield* facets.counts(), completions, reach: reachOf(query, nearest) };
}
