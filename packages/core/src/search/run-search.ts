import type { Value } from '../primitives/index.js';
import {
  compareStrings,
  compilePath,
  compilePredicateSteps,
  StepWork,
  takeAll,
  type TextRange,
} from '../query/index.js';
import { FacetCounter } from './count-facets.js';
import { compileFoundTerms, type FoundTerms, type RecordReader } from './found-terms.js';
import { highlightSteps } from './highlight.js';
import { FoundPlaces } from './found-places.js';
import type { Ranking } from './ranked.js';
import { compileFits } from './record-fits.js';
import { nearestSteps, reachOf, type Nearness } from './vectors/nearest-steps.js';
import { encodeSearchCursor, encodeShownCursor, shownMark } from './search-cursor.js';
import { NOTHING_FOUND, type SearchAnswer, type SearchHit } from './search-answer.js';
import type { SearchIndex } from './search-index.js';
import { WORDS_PER_STEP } from './search-limits.js';
import type { SearchPlace, SearchQuery } from './search-query.js';
import { compileTexts } from './searched-texts.js';

/** The value of a record that may be shown; `undefined` where it is not there, or not for whoever asks. */
export type ValueOf = (key: string) => Value | undefined;

export interface SeenOptions {
  /** `valueOf` gives less than the index has. */
  readonly isRestricted?: boolean;
  /** `valueOf` gives each record that the index has. One that has the words need not be read then, unless there are conditions. */
  readonly isCurrent?: boolean;
}

export interface SearchStepsOptions extends SeenOptions {
  /** What the cursor for what follows is made of. */
  readonly next?: 'place' | 'shown';
}

/** The records that are found, and no more of them. */
export interface FoundKeys {
  /** The best first, as in an answer. */
  readonly keys: readonly string[];
  /** As in an answer. */
  readonly total: number;
  /** As in an answer. */
  readonly reach?: number;
}

/** So many records are looked at in one step. */
export const RECORDS_PER_STEP = 64;
/** So many are counted in one step, where they need not be looked at. */
const PLACES_PER_STEP = 2_048;

/**
 * Answers a search at once. Whatever `valueOf` does not give is neither found nor counted. `isRestricted`: it gives less than the index has, and each record is
 * asked itself whether it has the words.
 */
export function runSearch(
  index: SearchIndex,
  query: SearchQuery,
  valueOf: ValueOf,
  isRestricted = false,
): SearchAnswer {
  const ranking = takeAll(rankingSteps(index, query));
  return takeAll(searchSteps(index, ranking, query, valueOf, { isRestricted }));
}

/** Finds what a search does in steps of a third of a millisecond or less, between which records may be put: those that have changed meanwhile may be found as they were. */
export function* findInSteps(
  index: SearchIndex,
  query: SearchQuery,
  valueOf: ValueOf,
  options: SeenOptions = {},
): Generator<void, FoundKeys> {
  if (isNothing(query)) return { keys: [], total: 0 };
  const { places, reach } = yield* foundSteps(index, yield* rankingSteps(index, query), query, valueOf, options);
  const { shown, total } = places.take();
  const keys = shown.map(({ key }) => key);
  return reach === undefined ? { keys, total } : { keys, total, reach };
}

/** What has the words, and what is near. */
export function* rankingSteps(index: SearchIndex, query: SearchQuery): Generator<void, Ranking> {
  return { text: yield* index.rankedSteps(query), near: yield* index.nearest(query, query.nearest) };
}

export const isNothing = ({ terms, vector }: SearchQuery): boolean => terms.length === 0 && vector === null;

interface FoundRecords {
  readonly places: FoundPlaces;
  readonly nearest: ReadonlyMap<string, Nearness>;
  readonly facets: FacetCounter;
  readonly reach: number | undefined;
}

/** How what an index has ranked is gone through. */
export interface Sieve {
  /** The value of a record that may be found by its vector. */
  readonly accepted: AcceptedValue;
  /** Whether a record that has the words, as the index says, is found. */
  readonly isFound: (key: string) => Generator<void, boolean>;
  /** So many go into one step. */
  readonly perStep: number;
}

export function sieveOf(
  reader: RecordReader,
  query: SearchQuery,
  valueOf: ValueOf,
  { isRestricted = false, isCurrent = false }: SeenOptions,
): Sieve {
  const work = new StepWork(WORDS_PER_STEP);
  const accepted = acceptedValues(query, valueOf, work);
  const isLookedAt = isRestricted || !isCurrent || !isUnconditional(query) || query.facets.length > 0;
  const hasWords = isRestricted ? compileFits(reader.definition, reader.words, query, work) : null;
  return {
    accepted,
    *isFound(key) {
      if (!isLookedAt) return true;
      const value = yield* accepted(key);
      if (value === undefined) return false;
      return hasWords === null || (yield* hasWords(key, value));
    },
    perStep: isLookedAt ? RECORDS_PER_STEP : PLACES_PER_STEP,
  };
}

/** All that is found, counted. */
function* foundSteps(
  reader: RecordReader,
  { text, near }: Ranking,
  query: SearchQuery,
  valueOf: ValueOf,
  options: SeenOptions,
): Generator<void, FoundRecords> {
  const { accepted, isFound, perStep } = sieveOf(reader, query, valueOf, options);
  const nearest = yield* nearestSteps(reader.definition, near, query, accepted);
  const places = new FoundPlaces(query, nearest);
  const facets = new FacetCounter(query.facets);
  const count = (key: string): void => {
    const value = query.facets.length > 0 ? valueOf(key) : undefined;
    // It may have gone while it was looked at.
    if (value !== undefined) facets.add(key, value);
  };
  for (let i = 0; i < text.length; i++) {
    if (i % perStep === perStep - 1) yield;
    const score = text.scoreAt(i);
    if (places.isOver(score)) break;
    const key = text.keyAt(i);
    if (key !== undefined && (yield* isFound(key)) && places.offer(key, score)) count(key);
  }
  for (const key of places.offerNearest()) count(key);
  return { places, nearest, facets, reach: query.vector === null ? undefined : reachOf(query, nearest) };
}

/**
 * Answers a search step by step, from what an index has ranked. Records are read when their turn comes, and may have changed since they were
 * ranked: of those that have the words no longer, and no vector either, nothing shows.
 */
export function* searchSteps(
  reader: RecordReader,
  ranking: Ranking,
  query: SearchQuery,
  valueOf: ValueOf,
  { next = 'place', ...seen }: SearchStepsOptions = {},
): Generator<void, SearchAnswer> {
  if (isNothing(query)) return NOTHING_FOUND;
  const { places, nearest, facets, reach } = yield* foundSteps(reader, ranking, query, valueOf, seen);
  const { shown, hasMore, total } = places.take();
  const last = shown.at(-1);
  const foundTerms = compileFoundTerms(reader, query);
  const hits: SearchHit[] = [];
  for (const place of shown) {
    const value = valueOf(place.key);
    if (value !== undefined) {
      const hit = yield* hitOf(reader, foundTerms, query, place, value, nearest.get(place.key));
      if (hit !== null) hits.push(hit);
    }
    yield;
  }
  const marks = (): ReadonlySet<string> => new Set([...places.before, ...shown.map(({ key }) => shownMark(key))]);
  const cursor = (place: SearchPlace): string =>
    next === 'shown' ? encodeShownCursor(query.shape, { shown: marks() }) : encodeSearchCursor(query.shape, place);
  const nextCursor = hasMore && last !== undefined ? cursor(last) : null;
  const answer = { hits, total, facets: yield* facets.counts(), nextCursor };
  return reach === undefined ? answer : { ...answer, reach };
}

const isUnconditional = ({ where }: SearchQuery): boolean => where.type === 'and' && where.of.length === 0;

/** The value of a record that may be found: it is there, and meets the conditions. In steps: these may be about words. */
export type AcceptedValue = (key: string) => Generator<void, Value | undefined>;

/** `work`: what is done in a step of other things, too. */
export function acceptedValues(query: SearchQuery, valueOf: ValueOf, work: StepWork): AcceptedValue {
  const meets = isUnconditional(query) ? null : compilePredicateSteps(query.where, work);
  return function* (key) {
    const value = valueOf(key);
    if (value === undefined || meets === null) return value;
    return (yield* meets(key, value)) ? value : undefined;
  };
}

function* hitOf(
  { definition, words }: RecordReader,
  foundTerms: FoundTerms,
  query: SearchQuery,
  { key, score }: SearchPlace,
  value: Value,
  nearness: Nearness | undefined,
): Generator<void, SearchHit | null> {
  const fieldsByTerm = yield* foundTerms(key, value);
  if (fieldsByTerm.size === 0 && nearness === undefined) return null;
  const terms = [...fieldsByTerm.keys()].toSorted(compareStrings);
  const hit = { key, score, terms, ...(nearness === undefined ? {} : { similarity: nearness.similarity }) };
  if (!query.highlight) return hit;
  const texts = compileTexts(definition.fields)(key, value);
  const highlights: [string, readonly TextRange[]][] = [];
  for (const field of query.boosts.keys()) {
    const { name, path } = definition.fields[field] as (typeof definition.fields)[number];
    const text = texts[field];
    if (text === undefined || typeof compilePath(path)(key, value) !== 'string') continue;
    const found = new Set(terms.filter((term) => fieldsByTerm.get(term)?.includes(field)));
    if (found.size > 0) highlights.push([name, yield* highlightSteps(text, found, words)]);
  }
  return { ...hit, highlights: Object.fromEntries(highlights) };
}
