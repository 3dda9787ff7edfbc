import type { Value } from '../primitives/index.js';
import { compareStrings, compilePath, compilePredicate, type TextRange } from '../query/index.js';
import { BestPlaces } from './best-places.js';
import { FacetCounter } from './count-facets.js';
import { compileFoundTerms, type FoundTerms, type RecordReader } from './found-terms.js';
import { highlight } from './highlight.js';
import type { Ranked } from './ranked.js';
import { encodeSearchCursor, encodeShownCursor, shownMark } from './search-cursor.js';
import { NOTHING_FOUND, type SearchAnswer, type SearchHit } from './search-answer.js';
import type { SearchIndex } from './search-index.js';
import type { SearchPlace, SearchQuery } from './search-query.js';

/** The value of a record that may be shown; `undefined` where it is not there, or not for whoever asks. */
export type ValueOf = (key: string) => Value | undefined;

const NOTHING_SHOWN: ReadonlySet<string> = new Set();

/** So many records are looked at in one step. */
const RECORDS_PER_STEP = 64;

/** Answers a search at once. Whatever `valueOf` does not give is neither found nor counted. */
export function runSearch(index: SearchIndex, query: SearchQuery, valueOf: ValueOf): SearchAnswer {
  return atOnce(searchSteps(index, index.ranked(query), query, valueOf));
}

/**
 * Answers a search step by step, from what an index has ranked. Records are read when their turn comes, and may have changed since they were
 * ranked: of those that have the words no longer nothing shows. `next`: what the cursor for what follows is made of.
 */
export function* searchSteps(
  reader: RecordReader,
  ranked: Ranked,
  query: SearchQuery,
  valueOf: ValueOf,
  next: 'place' | 'shown' = 'place',
): Generator<void, SearchAnswer> {
  if (query.terms.length === 0) return NOTHING_FOUND;
  const accepts = accepting(query, valueOf);
  const facets = new FacetCounter(query.facets);
  const { after } = query;
  const shownBefore = after !== null && 'shown' in after ? after.shown : NOTHING_SHOWN;
  const places = new BestPlaces(after !== null && 'score' in after ? after : null, query.limit);
  let total = 0;
  for (let i = 0; i < ranked.length; i++) {
    if (i % RECORDS_PER_STEP === RECORDS_PER_STEP - 1) yield;
    const score = ranked.scoreAt(i);
    if (query.minScore !== null && score < query.minScore) break;
    const key = ranked.keyAt(i);
    if (key === undefined || !accepts(key)) continue;
    total++;
    if (query.facets.length > 0) facets.add(key, valueOf(key) as Value);
    if (shownBefore.size === 0 || !shownBefore.has(shownMark(key))) places.offer({ key, score });
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
  const marks = (): ReadonlySet<string> => new Set([...shownBefore, ...shown.map(({ key }) => shownMark(key))]);
  const cursor = (place: SearchPlace): string =>
    next === 'shown' ? encodeShownCursor(query.shape, { shown: marks() }) : encodeSearchCursor(query.shape, place);
  const nextCursor = hasMore && last !== undefined ? cursor(last) : null;
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
