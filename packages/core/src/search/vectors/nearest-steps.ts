import type { Value } from '../../primitives/index.js';
import { BestPlaces } from '../best-places.js';
import type { Ranked } from '../ranked.js';
import type { SearchDefinition } from '../search-definition.js';
import type { SearchQuery } from '../search-query.js';
import { Ranks } from './fused-score.js';
import { compileVector } from './read-vector.js';

/** How near a record is: its rank among those that may be found, 1 being the best, and the cosine itself. */
export interface Nearness {
  readonly rank: number;
  readonly similarity: number;
}

const RECORDS_PER_STEP = 64;

/**
 * The nearest of the records that `accepted` gives, by key: as many as the query says, of equals those whose keys come first. What of a record is hidden does not count. Where too few are accepted of those
 * that an approximate index has named, all are gone through.
 */
export function* nearestSteps(
  { vectors }: Pick<SearchDefinition, 'vectors'>,
  near: Ranked,
  query: SearchQuery,
  accepted: (key: string) => Generator<void, Value | undefined>,
): Generator<void, ReadonlyMap<string, Nearness>> {
  const { nearest, minSimilarity } = query;
  const vectorOf = compileVector(vectors);
  const places = new BestPlaces(null, nearest);
  let isOver = false;
  let count = 0;
  for (let i = 0, last = -Infinity; i < near.length; i++) {
    if (i % RECORDS_PER_STEP === RECORDS_PER_STEP - 1) yield;
    const score = near.scoreAt(i);
    isOver = (minSimilarity !== null && score < minSimilarity) || (count >= nearest && score < last);
    if (isOver) break;
    const key = near.keyAt(i);
    const value = key === undefined ? undefined : yield* accepted(key);
    if (key === undefined || value === undefined || vectorOf(key, value) === null) continue;
    places.offer({ key, score });
    count++;
    last = score;
  }
  if (!isOver && count < nearest && near.further !== undefined) {
    return yield* nearestSteps({ vectors }, yield* near.further(), query, accepted);
  }
  const ranks = new Ranks();
  return new Map(places.take().shown.map(({ key, score }) => [key, { rank: ranks.next(score), similarity: score }]));
}

/** What is farther away than that is none of them. */
export function reachOf({ minSimilarity, nearest }: SearchQuery, found: ReadonlyMap<string, Nearness>): number {
  const farthest = found.size < nearest ? undefined : [...found.values()].at(-1);
  return farthest?.similarity ?? minSimilarity ?? -1;
}
