import type { Value } from '../primitives/index.js';
import { compareStrings, compilePath, compilePredicate, type TextRange } from '../query/index.js';
import { BestPlaces } from './best-places.js';
import { FacetCounter } from './count-facets.js';
import { compileFoundTerms, type FoundTerms, type RecordReader } from './found-terms.js';
import { highlight } from './highlight.js';
import type { Ranked } from './ranked.js';
import { encodeSearchCursor } from './search-cursor.js';
import { NOTHING_FOUND, type SearchAnswer, type SearchHit } from './search-answer.js';
import type { SearchIndex } from './search-index.js';
import type { SearchPlace, SearchQuery } from './search-query.js';

/** The value of a record that may be shown; `undefined` where it is not there, or not for whoever asks. */
export type ValueOf = (key: string) => Value | undefined;

/** So many records are looked at in one step. */
const RECORDS_PER_STEP = 64;

/** Answers a search at once. Whatever `valueOf` does not give is neither found nor counted. */
export function runSearch(index: SearchIndex, query: SearchQuery, valueOf: ValueOf): SearchAnswer {
  return atOnce(searchSteps(index, index.ranked(query), query, valueOf));
}

/**
 * Answers a search step by step, from what an index has ranked. Records are read when their turn comes, and may have changed since they were
 * ranked: of those that have the words no longer nothing shows.
 */
export function* searchSteps(
  reader: RecordReader,
  ranked: Ranked,
  query: SearchQuery,
  valueOf: ValueOf,
): Generator<void, SearchAnswer> {
  if (query.terms.length === 0) return NOTHING_FOUND;
  const accepts = accepting(query, valueOf);
  const facets = new FacetCounter(query.facets);
  const places = new BestPlaces(query.after, query.limit);
  let total = 0;
  for (let i = 0; i < ranked.length; i++) {
    if (i % RECORDS_PER_STEP === RECORDS_PER_STEP - 1) yield;
    const score = ranked.scoreAt(i);
    if (query.minScore !== null && score < query.minScore) break;
    const key = ranked.keyAt(i);
    if (key === undefined || !accepts(key)) continue;
    total++;
    if (query.facets.length > 0) facets.add(key, valueOf(key) as Value);
    places.offer({ key, score });
  }
  const { shown, hasMore } = places.take();
  const last = shown.at(-1);
  const foundTerms = compileFoundTerms(reader, query);
  const hits: SearchHit[] = [];
  for (const place of shown) {
    const value = valueOf(place.key);
    const hit = value === undefined ? null : hitOf(reader, foundTerms, query, place, value);
    if (hit !== null) hits.push(hit);
    yield;
  }
  const nextCursor = hasMore && last !== undefined ? encodeSearchCursor(query.shape, last) : null;
  return { hits, total, facets: facets.counts(), nextCursor };
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
): SearchHit | null {
  const fieldsByTerm = foundTerms(key, value);
  if (fieldsByTerm.size === 0) return null;
  const terms = [...fieldsByTerm.keys()].toSorted(compareStrings);
  if (!query.highlight) return { key, score, terms };
  const highlights: [string, readonly TextRange[]][] = [];
  for (const field of query.boosts.keys()) {
    const { name, path } = definition.fields[field] as (typeof definition.fields)[number];
    const text = compilePath(path)(key, value);
    if (typeof text !== 'string') continue;
    const found = new Set(terms.filter((term) => fieldsByTerm.get(term)?.includes(field)));
    if (found.size > 0) highlights.push([name, highlight(text, found, words)]);
  }
  return { key, score, terms, highlights: Object.fromEntries(highlights) };
}
