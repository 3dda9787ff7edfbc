import { err, ok, type Result } from '../primitives/index.js';
import { windowSize, type Query, type TextSearch } from '../query/index.js';
import { parseSearch } from './parse-search.js';
import type { SearchDefinition } from './search-definition.js';
import type { SearchError } from './search-error.js';
import { SEARCH_LIMITS } from './search-limits.js';
import type { SearchQuery } from './search-query.js';

/** The query that brings what a search finds on a server: its first pages, whose records then are searched here. */
export function wireSearch(definition: SearchDefinition, text: string, query: SearchQuery): Query {
  const { after, boosts, combineWith, fuzzy, prefix, where } = query;
  // Behind what has been shown is what a larger window has.
  const shown = after !== null && 'shown' in after ? after.shown.size : 0;
  const limit = Math.min(query.limit + shown, SEARCH_LIMITS.limit);
  const names = definition.fields.map(({ name }) => name);
  const search: TextSearch = {
    text,
    fields: names,
    boosts: Array.from(boosts, ([field, boost]) => [names[field] as string, boost]),
    prefix,
    fuzzy,
    combineWith,
  };
  return { where, sort: [], limit, search };
}

/** What such a query asks of an index of that definition, in the size of the window that is kept for it. */
export function readWireSearch(
  definition: SearchDefinition,
  { where, limit, search }: Query,
): Result<SearchQuery, SearchError> {
  if (search === undefined || limit === null)
    return err({ code: 'wrong-type', option: 'search', expected: 'a search' });
  const { text, boosts, combineWith, fuzzy, prefix } = search;
  const query = parseSearch(definition, text, {
    fields: boosts.map(([field]) => field),
    boost: Object.fromEntries(boosts),
    combineWith,
    fuzzy,
    prefix,
    limit: Math.min(limit, SEARCH_LIMITS.limit),
  });
  return query.ok ? ok({ ...query.value, where, limit: windowSize({ limit }) }) : query;
}
