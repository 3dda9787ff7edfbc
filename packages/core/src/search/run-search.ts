import type { Value } from '../primitives/index.js';
import { compareStrings, compilePath, compilePredicate, type TextRange } from '../query/index.js';
import { FacetCounter } from './count-facets.js';
import { highlight } from './highlight.js';
import { encodeSearchCursor } from './search-cursor.js';
import { NOTHING_FOUND, type SearchAnswer, type SearchHit } from './search-answer.js';
import type { Match, SearchIndex } from './search-index.js';
import type { SearchPlace, SearchQuery } from './search-query.js';

/** The value of a record that may be shown; `undefined` where it is not there, or not for whoever asks. */
export type ValueOf = (key: string) => Value | undefined;

/** Answers a search. Whatever `valueOf` does not give is neither found nor counted. */
export function runSearch(index: SearchIndex, query: SearchQuery, valueOf: ValueOf): SearchAnswer {
  if (query.terms.length === 0) return NOTHING_FOUND;
  const all = index.matches(query, accepting(query, valueOf));
  const found = atLeast(all, query.minScore);
  const facets = new FacetCounter(query.facets);
  if (query.facets.length > 0) for (const { key } of found) facets.add(key, valueOf(key) as Value);
  const { shown, hasMore } = page(found, query.after, query.limit);
  const last = shown.at(-1);
  return {
    hits: shown.map((match) => hitOf(index, query, match, valueOf(match.key) as Value)),
    total: found.length,
    facets: facets.counts(),
    nextCursor: hasMore && last !== undefined ? encodeSearchCursor(query.shape, last) : null,
  };
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

/** The best score first, and by key among equals: the order of everything that is found. */
export function compareHits(a: SearchPlace, b: SearchPlace): number {
  return b.score - a.score || compareStrings(a.key, b.key);
}

function atLeast(matches: readonly Match[], minScore: number | null): readonly Match[] {
  if (minScore === null) return matches;
  const end = matches.findIndex(({ score }) => score < minScore);
  return end < 0 ? matches : matches.slice(0, end);
}

/** What is shown of all: after a place, as many as the limit says. `matches` come by score, and only those near the end of the page need an order by key. */
function page(
  matches: readonly Match[],
  after: SearchPlace | null,
  limit: number,
): { readonly shown: readonly Match[]; readonly hasMore: boolean } {
  const begin = after === null ? 0 : matches.findIndex(({ score }) => score <= after.score);
  if (begin < 0) return { shown: [], hasMore: false };
  const taken: Match[] = [];
  let edge = -Infinity;
  for (let i = begin; i < matches.length; i++) {
    const match = matches[i] as Match;
    if (taken.length > limit && match.score < edge) break;
    if (after !== null && compareHits(after, match) >= 0) continue;
    taken.push(match);
    edge = match.score;
  }
  taken.sort(compareHits);
  return { shown: taken.slice(0, limit), hasMore: taken.length > limit };
}

function hitOf(index: SearchIndex, query: SearchQuery, match: Match, value: Value): SearchHit {
  const { key, score } = match;
  const fieldsByTerm = match.fieldsByTerm();
  const terms = [...fieldsByTerm.keys()].toSorted(compareStrings);
  if (!query.highlight) return { key, score, terms };
  const highlights: [string, readonly TextRange[]][] = [];
  for (const field of query.boosts.keys()) {
    const { name, path } = index.definition.fields[field] as (typeof index.definition.fields)[number];
    const text = compilePath(path)(key, value);
    if (typeof text !== 'string') continue;
    const found = new Set(terms.filter((term) => fieldsByTerm.get(term)?.includes(field)));
    if (found.size > 0) highlights.push([name, highlight(text, found, index.words)]);
  }
  return { key, score, terms, highlights: Object.fromEntries(highlights) };
}
