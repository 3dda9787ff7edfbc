import { decodeBase64url, encodeBase64url, err, ok, type Result } from '../primitives/index.js';
import { windowSize, type Query, type TextSearch, type VectorSearch } from '../query/index.js';
import { parseSearch } from './parse-search.js';
import type { SearchDefinition, SearchDefinitionInput } from './search-definition.js';
import type { SearchError } from './search-error.js';
import { SEARCH_LIMITS } from './search-limits.js';
import type { SearchQuery } from './search-query.js';
import { readBytes, vectorBytes } from './vectors/read-vector.js';

/** The query that brings what a search finds on a server: its first pages, whose records then are searched here. */
export function wireSearch(definition: SearchDefinition, text: string, query: SearchQuery): Query {
  const { after, boosts, combineWith, fuzzy, minSimilarity, prefix, vector, where } = query;
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
  if (vector === null || definition.vectors === null) return { where, sort: [], limit, search };
  const near = { field: definition.vectors.field, vector: encodeBase64url(vectorBytes(vector)), minSimilarity };
  return { where, sort: [], limit, search: { ...search, near } };
}

/** What such a query asks of an index of that definition, in the size of the window that is kept for it. */
export function readWireSearch(
  definition: SearchDefinition,
  { where, limit, search }: Query,
): Result<SearchQuery, SearchError> {
  if (search === undefined || limit === null)
    return err({ code: 'wrong-type', option: 'search', expected: 'a search' });
  const { text, boosts, combineWith, fuzzy, near, prefix } = search;
  const vector = near === undefined ? ok(undefined) : readNear(definition, near);
  if (!vector.ok) return vector;
  const query = parseSearch(definition, text, {
    fields: boosts.map(([field]) => field),
    boost: Object.fromEntries(boosts),
    combineWith,
    fuzzy,
    prefix,
    vector: vector.value,
    minSimilarity: near?.minSimilarity ?? undefined,
    limit: Math.min(limit, SEARCH_LIMITS.limit),
  });
  return query.ok ? ok({ ...query.value, where, limit: windowSize({ limit }) }) : query;
}

/** The definition that such a query implies, where there is no other. */
export function wireDefinition(search: TextSearch | undefined): SearchDefinitionInput {
  const { fields = [], near } = search ?? {};
  if (near === undefined) return { fields };
  return { fields, vectors: { field: near.field, dimensions: Math.max(1, Math.floor((near.vector.length * 3) / 16)) } };
}

function readNear({ vectors }: SearchDefinition, near: VectorSearch): Result<Float32Array, SearchError> {
  if (vectors === null || vectors.field !== near.field) return err({ code: 'no-vectors' });
  const bytes = decodeBase64url(near.vector);
  if (!bytes.ok) return err({ code: 'wrong-type', option: 'vector', expected: 'bytes in base64url' });
  const given = bytes.value.length / 4;
  if (given !== vectors.dimensions) return err({ code: 'wrong-dimensions', dimensions: vectors.dimensions, given });
  const vector = readBytes(bytes.value, vectors.dimensions);
  return vector === null ? err({ code: 'no-direction', option: 'vector' }) : ok(vector);
}
