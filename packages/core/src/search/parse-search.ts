import { canonicalJson, err, fnv1a64, isPlainObject, ok, type Result } from '../primitives/index.js';
import { parseQuery, type Predicate } from '../query/index.js';
import { decodeSearchCursor } from './search-cursor.js';
import { isBoost, type SearchDefinition } from './search-definition.js';
import { wrongType, type SearchError } from './search-error.js';
import { SEARCH_LIMITS } from './search-limits.js';
import type { Facet, SearchQuery } from './search-query.js';
import { TextTerms } from './text-terms.js';
import { parseVector } from './vectors/read-vector.js';

type Members = { readonly [option: string]: unknown };

const OPTIONS = new Set([
  ...['fields', 'limit', 'minScore', 'boost', 'prefix', 'fuzzy', 'combineWith', 'where', 'highlight', 'facets'],
  ...['cursor', 'vector', 'minSimilarity'],
]);
const DEFAULT_LIMIT = 20;
const DEFAULT_FUZZY = 0.2;

/** Checks a search as an app asks it, of an index of that definition. */
export function parseSearch(
  definition: SearchDefinition,
  text: unknown,
  input: unknown = {},
): Result<SearchQuery, SearchError> {
  if (!isPlainObject(input)) return wrongType('the options', 'an object');
  const member: Members = input;
  for (const option of Object.keys(member)) if (!OPTIONS.has(option)) return err({ code: 'unknown-option', option });
  const terms = parseTerms(definition, text);
  if (!terms.ok) return terms;
  const boosts = parseBoosts(definition, member);
  if (!boosts.ok) return boosts;
  const { limit = DEFAULT_LIMIT, minScore = null, prefix = true, combineWith = 'AND', highlight = false } = member;
  const { fuzzy = true, cursor = null } = member;
  if (!isWholeUpTo(limit, SEARCH_LIMITS.limit)) {
    return wrongType('limit', `a whole number from 1 to ${SEARCH_LIMITS.limit}`);
  }
  if (minScore !== null && !isFiniteNumber(minScore)) return wrongType('minScore', 'a number');
  if (typeof prefix !== 'boolean') return wrongType('prefix', 'true or false');
  if (typeof highlight !== 'boolean') return wrongType('highlight', 'true or false');
  if (combineWith !== 'AND' && combineWith !== 'OR') return wrongType('combineWith', '"AND" or "OR"');
  if (!isFuzziness(fuzzy)) {
    return wrongType('fuzzy', `true, false, a share below 1, or a whole number of edits up to ${SEARCH_LIMITS.edits}`);
  }
  const near = parseNear(definition, member, limit);
  if (!near.ok) return near;
  const where = parseWhere(member['where']);
  if (!where.ok) return where;
  const facets = parseFacets(member['facets'] ?? []);
  if (!facets.ok) return facets;
  const edits = typeof fuzzy === 'number' ? fuzzy : fuzzy ? DEFAULT_FUZZY : 0;
  const { vector, nearest, minSimilarity } = near.value;
  const named = [terms.value, [...boosts.value], minScore, prefix, edits, combineWith, where.value];
  const beside = vector === null ? [] : [[...vector], nearest, minSimilarity];
  const shape = fnv1a64(canonicalJson([definition.fingerprint, ...named, ...beside] as never));
  const after = cursor === null ? null : decodeSearchCursor(cursor, shape);
  if (cursor !== null && after === null) return err({ code: 'cursor-invalid' });
  return ok({
    terms: terms.value,
    boosts: boosts.value,
    vector,
    nearest,
    minSimilarity,
    limit,
    minScore,
    prefix,
    fuzzy: edits,
    combineWith,
    where: where.value,
    highlight,
    facets: facets.value,
    after,
    shape,
  });
}

/** Stop words are left out, unless there is nothing else: then the last one is looked for, which may be a word half typed. */
function parseTerms(definition: SearchDefinition, text: unknown): Result<readonly string[], SearchError> {
  if (typeof text !== 'string') return wrongType('the text', 'a string');
  if (text.length > SEARCH_LIMITS.queryLength) return err({ code: 'text-too-long', max: SEARCH_LIMITS.queryLength });
  const words = new TextTerms(definition);
  const terms = new Set<string>();
  let last: string | null = null;
  for (const { term } of words.of(text)) {
    if (words.isStopTerm(term)) last = term;
    else terms.add(term);
  }
  if (terms.size > SEARCH_LIMITS.queryTerms) return err({ code: 'too-many-words', max: SEARCH_LIMITS.queryTerms });
  if (terms.size === 0 && last !== null) terms.add(last);
  return ok([...terms]);
}

function parseBoosts(
  { fields }: SearchDefinition,
  { fields: only, boost = {} }: Members,
): Result<ReadonlyMap<number, number>, SearchError> {
  const names = fields.map(({ name }) => name);
  const unknown = (option: string, field: string): Result<never, SearchError> =>
    err({ code: 'unknown-field', option, field, fields: names });
  if (only !== undefined && !isNames(only)) return wrongType('fields', 'a list of fields');
  const missing = only?.find((name) => !names.includes(name));
  if (missing !== undefined) return unknown('fields', missing);
  if (!isPlainObject(boost)) return wrongType('boost', 'an object of numbers by field');
  const told: Members = boost;
  for (const name of Object.keys(told)) {
    if (!names.includes(name)) return unknown('boost', name);
    if (!isBoost(told[name])) return wrongType(`boost.${name}`, `a number above 0 and up to ${SEARCH_LIMITS.boost}`);
  }
  const boosts = new Map<number, number>();
  fields.forEach(({ name, boost: own }, i) => {
    if (only !== undefined && !only.includes(name)) return;
    boosts.set(i, Object.hasOwn(told, name) ? (told[name] as number) : own);
  });
  return ok(boosts);
}

function parseNear(
  { vectors }: SearchDefinition,
  { vector: input, minSimilarity = null }: Members,
  limit: number,
): Result<Pick<SearchQuery, 'vector' | 'nearest' | 'minSimilarity'>, SearchError> {
  if (minSimilarity !== null && !(isFiniteNumber(minSimilarity) && Math.abs(minSimilarity) <= 1)) {
    return wrongType('minSimilarity', 'a number from -1 to 1');
  }
  const nearest = Math.max(SEARCH_LIMITS.nearest, limit);
  if (input === undefined) return ok({ vector: null, nearest, minSimilarity });
  const vector = parseVector(vectors, input);
  return vector.ok ? ok({ vector: vector.value, nearest, minSimilarity }) : vector;
}

function parseWhere(where: unknown): Result<Predicate, SearchError> {
  const query = parseQuery(where === undefined ? {} : { where: where as never });
  return query.ok ? ok(query.value.where) : err({ code: 'bad-where', error: query.error });
}

/** Checks the paths whose values are counted. */
export function parseFacets(input: unknown): Result<readonly Facet[], SearchError> {
  if (!isNames(input)) return wrongType('facets', 'a list of paths');
  if (input.length > SEARCH_LIMITS.facets)
    return err({ code: 'too-many', option: 'facets', max: SEARCH_LIMITS.facets });
  const twice = input.find((name, i) => input.indexOf(name) !== i);
  if (twice !== undefined) return err({ code: 'named-twice', option: 'facets', field: twice });
  return ok(input.map((name) => ({ name, path: name.split('.') })));
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A list may have places with nothing in them, which `every` passes over. */
function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && Array.from(value).every((name) => typeof name === 'string');
}

function isWholeUpTo(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max;
}

function isFuzziness(value: unknown): value is boolean | number {
  if (typeof value === 'boolean') return true;
  if (typeof value !== 'number' || !(value >= 0)) return false;
  return value < 1 || (Number.isInteger(value) && value <= SEARCH_LIMITS.edits);
}
