import type { Value } from '../primitives/index.js';
import { compareStrings, compilePath, compilePredicate, type TextRange } from '../query/index.js';
import { FacetCounter } from './count-facets.js';
import { compileFoundTerms, type FoundTerms, type RecordReader } from './found-terms.js';
import { highlight } from './highlight.js';
import { FoundPlaces } from './found-places.js';
import type { Ranking } from './ranked.js';
import { compileFits } from './record-fits.js';
import { nearestSteps, reachOf, type Nearness } from './vectors/nearest-steps.js';
import { encodeSearchCursor, encodeShownCursor, shownMark } from './search-cursor.js';
import { NOTHING_FOUND, type SearchAnswer, type SearchHit } from './search-answer.js';
import type { SearchIndex } from './search-index.js';
import type { SearchPlace, SearchQuery } from './search-query.js';

/** The value of a record that may be shown; `undefined` where it is not there, or not for whoever asks. */
export type ValueOf = (key: string) => Value | undefined;

export interface SearchStepsOptions {
  /** What the cursor for what follows is made of. */
  readonly next?: 'place' | 'shown';
  /** `valueOf` gives less than the index has. */
  readonly isRestricted?: boolean;
}

/** So many records are looked at in one step. */
const RECORDS_PER_STEP = 64;

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
  return atOnce(searchInSteps(index, query, valueOf, isRestricted));
}

/** The same in steps of a third of a millisecond or less, between which records may be put. */
export function* searchInSteps(
  index: SearchIndex,
  query: SearchQuery,
  valueOf: ValueOf,
  isRestricted = false,
): Generator<void, SearchAnswer> {
  return yield* searchSteps(index, yield* rankingSteps(index, query), query, valueOf, { isRestricted });
}

/** What has the words, and what is near. */
export function* rankingSteps(index: SearchIndex, query: SearchQuery): Generator<void, Ranking> {
  return { text: yield* index.rankedSteps(query), near: yield* index.nearest(query) };
}

/**
 * Answers a search step by step, from what an index has ranked. Records are read when their turn comes, and may have changed since they were
 * ranked: of those that have the words no longer, and no vector either, nothing shows.
 */
export function* searchSteps(
  reader: RecordReader,
  { text, near }: Ranking,
  query: SearchQuery,
  valueOf: ValueOf,
  { next = 'place', isRestricted = false }: SearchStepsOptions = {},
): Generator<void, SearchAnswer> {
  if (query.terms.length === 0 && query.vector === null) return NOTHING_FOUND;
  const accepts = accepting(query, valueOf);
  const nearest = yield* nearestSteps(reader.definition, near, query, (key) =>
    accepts(key) ? valueOf(key) : undefined,
  );
  const hasWords = isRestricted ? compileFits(reader.definition, reader.words, query) : null;
  const found = new FoundPlaces(query, nearest);
  const facets = new FacetCounter(query.facets);
  const count = (key: string): void => {
    if (query.facets.length > 0) facets.add(key, valueOf(key) as Value);
  };
  for (let i = 0; i < text.length; i++) {
    if (i % RECORDS_PER_STEP === RECORDS_PER_STEP - 1) yield;
    const score = text.scoreAt(i);
    if (found.isOver(score)) break;
    const key = text.keyAt(i);
    if (key === undefined || !accepts(key) || hasWords?.(key, valueOf(key) as Value) === false) continue;
    if (found.offer(key, score)) count(key);
  }
  for (const key of found.offerNearest()) count(key);
  const { shown, hasMore, total } = found.take();
  const last = shown.at(-1);
  const foundTerms = compileFoundTerms(reader, query);
  const hits: SearchHit[] = [];
  for (const place of shown) {
    const value = valueOf(place.key);
    const hit = value === undefined ? null : hitOf(reader, foundTerms, query, place, value, nearest.get(place.key));
    if (hit !== null) hits.push(hit);
    yield;
  }
  const marks = (): ReadonlySet<string> => new Set([...found.before, ...shown.map(({ key }) => shownMark(key))]);
  const cursor = (place: SearchPlace): string =>
    next === 'shown' ? encodeShownCursor(query.shape, { shown: marks() }) : encodeSearchCursor(query.shape, place);
  const nextCursor = hasMore && last !== undefined ? cursor(last) : null;
  const answer = { hits, total, facets: facets.counts(), nextCursor };
  return query.vector === null ? answer : { ...answer, reach: reachOf(query, nearest) };
}

export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Whether a record may be found: it is there, and meets the conditions. */
export function accepting({ where }: SearchQuery, valueOf: ValueOf): (key: string) => boolean {
  if (where.type === 'and' && where.of.length === 0) return (key) => valueOf(key) !== undefined;
  const meets = compilePredicate(where);
  return (key) => {
    const value = valueOf(key);
    return value !== undefined && meets(key, value);
  };
}

function hitOf(
  { definition, words }: RecordReader,
  foundTerms: FoundTerms,
  query: SearchQuery,
  { key, score }: SearchPlace,
  value: Value,
  nearness: Nearness | undefined,
): SearchHit | null {
  const fieldsByTerm = foundTerms(key, value);
  if (fieldsByTerm.size === 0 && nearness === undefined) return null;
  const terms = [...fieldsByTerm.keys()].toSorted(compareStrings);
  const hit = { key, score, terms, ...(nearness === undefined ? {} : { similarity: nearness.similarity }) };
  if (!query.highlight) return hit;
  const highlights: [string, readonly TextRange[]][] = [];
  for (const field of query.boosts.keys()) {
    const { name, path } = definition.fields[field] as (typeof definition.fields)[number];
    const text = compilePath(path)(key, value);
    if (typeof text !== 'string') continue;
    const found = new Set(terms.filter((term) => fieldsByTerm.get(term)?.includes(field)));
    if (found.size > 0) highlights.push([name, highlight(text, found, words)]);
  }
  return { ...hit, highlights: Object.fromEntries(highlights) };
}
