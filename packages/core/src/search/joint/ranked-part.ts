import { compareHits } from '../best-places.js';
import { FoundPlaces } from '../found-places.js';
import { isNothing, sieveOf, type FoundKeys, type SeenOptions, type ValueOf } from '../run-search.js';
import type { SearchIndex } from '../search-index.js';
import type { SearchPlace, SearchQuery } from '../search-query.js';
import { Ranks, scoreOfRank } from '../vectors/fused-score.js';
import { nearestSteps, reachOf, type Nearness } from '../vectors/nearest-steps.js';
import type { IndexShare } from '../index-share.js';

/** A record that is near, and its score by text where it has the words, too. */
export type NearPlace = readonly [key: string, similarity: number, textScore: number | null];

/** What one of several indexes finds by scores that are those of all together; plain data. */
export interface RankedPart {
  /** The best by text, as many as the search shows: among them are those of the best of all that are its own. */
  readonly best: readonly (readonly [key: string, score: number])[];
  /** How many have the words. */
  readonly total: number;
  /** With a vector: the nearest, as many as take part. */
  readonly near: readonly NearPlace[];
  /** With words and a vector: the score of everything that has the words, the best first: ranks are counted among all. */
  readonly scores: readonly number[];
}

const NOTHING: RankedPart = { best: [], total: 0, near: [], scores: [] };

/** Ranks in steps, as `findInSteps` does, what one of several indexes has. `all`: what they have together. */
export function* rankPartSteps(
  index: SearchIndex,
  all: IndexShare,
  query: SearchQuery,
  valueOf: ValueOf,
  options: SeenOptions = {},
): Generator<void, RankedPart> {
  if (isNothing(query)) return NOTHING;
  const text = yield* index.rankedSteps(query, all);
  const { accepted, isFound, perStep } = sieveOf(index, query, valueOf, options);
  const nearest = yield* nearestSteps(index.definition, yield* index.nearest(query, query.nearest), query, accepted);
  const places = new FoundPlaces({ ...query, vector: null }, new Map());
  const isRanked = query.vector !== null;
  const textScores = new Map<string, number>();
  const scores: number[] = [];
  for (let i = 0; i < text.length; i++) {
    if (i % perStep === perStep - 1) yield;
    const key = text.keyAt(i);
    if (key === undefined || !(yield* isFound(key))) continue;
    const score = text.scoreAt(i);
    places.offer(key, score);
    if (isRanked) scores.push(score);
    if (nearest.has(key)) textScores.set(key, score);
  }
  const { shown, total } = places.take();
  const near = Array.from(nearest, ([key, { similarity }]): NearPlace => [
    key,
    similarity,
    textScores.get(key) ?? null,
  ]);
  return { best: shown.map(({ key, score }) => [key, score] as const), total, near, scores };
}

/** What a search finds in all of the indexes, and of each which of its records show, by its place among the parts. */
export interface JoinedParts extends FoundKeys {
  readonly scores: readonly number[];
  readonly shownOf: readonly (readonly string[])[];
}

/** The answer of one index of all the records, by what those that have them have ranked. Each key is in one part alone. */
export function joinParts(parts: readonly RankedPart[], query: SearchQuery): JoinedParts {
  const nearest = nearestOf(parts, query);
  const places = query.vector === null ? parts.flatMap(({ best }) => best.map(toPlace)) : fused(parts, nearest);
  const shown = places.toSorted(compareHits).slice(0, query.limit);
  const withWords = new Set(parts.flatMap(({ near }) => near.flatMap(([key, , text]) => (text === null ? [] : [key]))));
  const nearAlone = [...nearest.keys()].filter((key) => !withWords.has(key)).length;
  const own = new Map(
    parts.flatMap(({ best, near }, part) => [...best, ...near].map(([key]): [string, number] => [key, part])),
  );
  const found: JoinedParts = {
    keys: shown.map(({ key }) => key),
    scores: shown.map(({ score }) => score),
    total: parts.reduce((sum, { total }) => sum + total, nearAlone),
    shownOf: parts.map((_, part) => shown.flatMap(({ key }) => (own.get(key) === part ? [key] : []))),
  };
  return query.vector === null ? found : { ...found, reach: reachOf(query, nearest) };
}

const toPlace = ([key, score]: readonly [string, number]): SearchPlace => ({ key, score });

function nearestOf(parts: readonly RankedPart[], { nearest }: SearchQuery): ReadonlyMap<string, Nearness> {
  const all = parts.flatMap(({ near }) => near.map(([key, similarity]) => ({ key, score: similarity })));
  const ranks = new Ranks();
  const taken = all.toSorted(compareHits).slice(0, nearest);
  return new Map(taken.map(({ key, score }) => [key, { rank: ranks.next(score), similarity: score }]));
}

/** Ranks by text are those among everything that has the words, wherever it is. */
function fused(parts: readonly RankedPart[], nearest: ReadonlyMap<string, Nearness>): SearchPlace[] {
  const rankOf = (score: number): number => parts.reduce((rank, { scores }) => rank + countAbove(scores, score), 1);
  const scored = new Map<string, number>();
  for (const { best, near } of parts) {
    for (const [key, score] of best) scored.set(key, scoreOfRank(rankOf(score)));
    for (const [key, , textScore] of near) {
      const rank = nearest.get(key)?.rank;
      if (rank === undefined) continue;
      scored.set(key, scoreOfRank(rank) + (textScore === null ? 0 : scoreOfRank(rankOf(textScore))));
    }
  }
  return Array.from(scored, toPlace);
}

/** How many are greater; `scores` descend. */
function countAbove(scores: readonly number[], score: number): number {
  let [low, high] = [0, scores.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((scores[middle] as number) > score) low = middle + 1;
    else high = middle;
  }
  return low;
}
