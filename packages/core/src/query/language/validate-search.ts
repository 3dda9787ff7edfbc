import { err, isPlainObject, ok, type Result } from '../../primitives/index.js';
import type { Query, TextSearch, VectorSearch } from '../query.js';
import { wrongType } from './parse-parts.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import { exactMembers, listOf } from './validate-parts.js';

/** Four bytes a number, and four characters for three bytes. */
const MAX_VECTOR_LENGTH = Math.ceil((QUERY_LIMITS.vectorDimensions * 4 * 4) / 3);

/** Checks the form of what claims to be the text search of a query. What it says of an index is judged by whoever has one. */
export function validateSearch(
  input: unknown,
  at: QueryErrorPath,
  { limit, sort }: Query,
  queryAt: QueryErrorPath,
): Result<TextSearch, QueryError> {
  if (limit === null || limit > QUERY_LIMITS.searchLimit) {
    return wrongType([...queryAt, 'limit'], `a whole number from 1 to ${QUERY_LIMITS.searchLimit}, with a search`);
  }
  if (sort.length > 0) return err({ code: 'not-together', path: queryAt, options: ['search', 'sort'] });
  const names = ['text', 'fields', 'boosts', 'prefix', 'fuzzy', 'combineWith'];
  const hasNear = isPlainObject(input) && Object.hasOwn(input, 'near');
  const members = exactMembers(input, at, hasNear ? [...names, 'near'] : names);
  if (!members.ok) return members;
  const { text, prefix, fuzzy, combineWith } = members.value;
  if (typeof text !== 'string') return wrongType([...at, 'text'], 'a string');
  if (text.length > QUERY_LIMITS.searchLength) {
    return err({ code: 'too-long', path: [...at, 'text'], max: QUERY_LIMITS.searchLength });
  }
  const { searchFields } = QUERY_LIMITS;
  const fields = listOf(members.value['fields'], [...at, 'fields'], searchFields, (field, place) =>
    typeof field === 'string' ? ok(field) : wrongType(place, 'a dotted path'),
  );
  if (!fields.ok) return fields;
  const boosts = listOf(members.value['boosts'], [...at, 'boosts'], searchFields, readBoost);
  if (!boosts.ok) return boosts;
  if (typeof prefix !== 'boolean') return wrongType([...at, 'prefix'], 'true or false');
  if (typeof fuzzy !== 'number') return wrongType([...at, 'fuzzy'], 'a number');
  if (combineWith !== 'AND' && combineWith !== 'OR') return wrongType([...at, 'combineWith'], '"AND" or "OR"');
  const search: TextSearch = { text, fields: fields.value, boosts: boosts.value, prefix, fuzzy, combineWith };
  if (!hasNear) return ok(search);
  const near = validateNear(members.value['near'], [...at, 'near']);
  return near.ok ? ok({ ...search, near: near.value }) : near;
}

function validateNear(input: unknown, at: QueryErrorPath): Result<VectorSearch, QueryError> {
  const members = exactMembers(input, at, ['field', 'vector', 'minSimilarity']);
  if (!members.ok) return members;
  const { field, vector, minSimilarity } = members.value;
  if (typeof field !== 'string') return wrongType([...at, 'field'], 'a dotted path');
  if (typeof vector !== 'string') return wrongType([...at, 'vector'], 'a string');
  if (vector.length > MAX_VECTOR_LENGTH) {
    return err({ code: 'too-long', path: [...at, 'vector'], max: MAX_VECTOR_LENGTH });
  }
  if (minSimilarity !== null && typeof minSimilarity !== 'number') {
    return wrongType([...at, 'minSimilarity'], 'a number, or null');
  }
  return ok({ field, vector, minSimilarity });
}

function readBoost(input: unknown, at: QueryErrorPath): Result<readonly [string, number], QueryError> {
  const [field, boost] = Array.isArray(input) && input.length === 2 ? (input as readonly unknown[]) : [];
  if (typeof field !== 'string' || typeof boost !== 'number') return wrongType(at, 'a pair of field and number');
  return ok([field, boost]);
}
