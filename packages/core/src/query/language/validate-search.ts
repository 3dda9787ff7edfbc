import { err, ok, type Result } from '../../primitives/index.js';
import type { Query, TextSearch } from '../query.js';
import { wrongType } from './parse-parts.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import { exactMembers, listOf } from './validate-parts.js';

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
  const members = exactMembers(input, at, ['text', 'fields', 'boosts', 'prefix', 'fuzzy', 'combineWith']);
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
  return ok({ text, fields: fields.value, boosts: boosts.value, prefix, fuzzy, combineWith });
}

function readBoost(input: unknown, at: QueryErrorPath): Result<readonly [string, number], QueryError> {
  const [field, boost] = Array.isArray(input) && input.length === 2 ? (input as readonly unknown[]) : [];
  if (typeof field !== 'string' || typeof boost !== 'number') return wrongType(at, 'a pair of field and number');
  return ok([field, boost]);
}
