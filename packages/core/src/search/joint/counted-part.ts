import { compareStrings, takeAll } from '../../query/index.js';
import type { Value } from '../../primitives/index.js';
import { compareHits } from '../best-places.js';
import { FacetCounter, type AllCounts } from '../count-facets.js';
import type { RecordReader } from '../found-terms.js';
import type { Ranking } from '../ranked.js';
import type { ValueOf } from '../run-search.js';
import { foundWords, suggestionsOf, type FoundWords, type SuggestQuery } from '../run-suggest.js';
import { COMPLETED_RECORDS, gatherSteps, type SearchFacts } from '../search-facts.js';
import type { SearchQuery } from '../search-query.js';
import { reachOf } from '../vectors/nearest-steps.js';

/** A record that is near and does not have the words, with what it adds to facets if it is one of the nearest of all. */
type CountedNear = readonly [key: string, similarity: number, facets: AllCounts | null];

/** What one of several indexes has counted of what a search finds; plain data. Of facets it is every value: the rare ones of one may be the frequent ones of all. */
export interface CountedPart {
  /** How many have the words. */
  readonly total: number;
  /** Of these. */
  readonly facets: AllCounts;
  /** The nearest, as many as take part; `null` for facets: it has the words, and is counted. */
  readonly near: readonly CountedNear[];
  /** The words of the first that have them, by key, where completions are asked for. */
  readonly words: FoundWords;
}

/** A part, and what is farther away than what is near in it. */
export interface CountedOwn {
  readonly part: CountedPart;
  readonly reach: number;
}

/** Counts as `factSteps` does what one of several indexes has. */
export function* countPartSteps(
  reader: RecordReader,
  ranking: Ranking,
  query: SearchQuery,
  completed: SuggestQuery | null,
  valueOf: ValueOf,
  isRestricted = false,
): Generator<void, CountedOwn> {
  const gathered = yield* gatherSteps(reader, ranking, query, completed !== null, valueOf, isRestricted);
  const { facets, first, nearAlone, nearest, total } = gathered;
  const near: CountedNear[] = [];
  for (const [key, { similarity }] of nearest) {
    near.push([key, similarity, nearAlone.has(key) ? countsOf(query, key, valueOf(key)) : null]);
    yield;
  }
  const words = completed === null ? [] : yield* foundWords(reader, first, completed, valueOf, COMPLETED_RECORDS);
  return { part: { total, facets: yield* facets.all(), near, words }, reach: reachOf(query, nearest) };
}

function countsOf({ facets }: SearchQuery, key: string, value: Value | undefined): AllCounts {
  const counter = new FacetCounter(facets);
  if (value !== undefined && facets.length > 0) counter.add(key, value);
  return takeAll(counter.all());
}

/** What one index of all the records would have counted, by what those that have them have. Each key is in one part alone. */
export function joinCounts(
  parts: readonly CountedPart[],
  query: SearchQuery,
  completed: SuggestQuery | null,
): SearchFacts {
  const facets = new FacetCounter(query.facets);
  for (const part of parts) facets.take(part.facets);
  let total = parts.reduce((sum, part) => sum + part.total, 0);
  const near = parts.flatMap((part) => part.near.map(([key, score, counts]) => ({ key, score, counts })));
  for (const { counts } of near.toSorted(compareHits).slice(0, query.nearest)) {
    if (counts === null) continue;
    total++;
    facets.take(counts);
  }
  const words = parts.flatMap((part) => part.words).toSorted(([a], [b]) => compareStrings(a, b));
  const first = words.slice(0, COMPLETED_RECORDS).map(([, each]) => each);
  const completions = completed === null ? [] : suggestionsOf(first, completed);
  return { total, facets: takeAll(facets.counts()), completions };
}
