import { assertNever, err, isPlainObject, ok, type Result } from '../primitives/index.js';
import { canonicalForm } from './canonical-query.js';
import { validateLiteral, validateRangeLiteral } from './literal.js';
import { parseEach, parsePath, ROOT, wrongType } from './parse-parts.js';
import { parseLimit, parseSort } from './parse-sort.js';
import { predicateBudget, type PredicateBudget } from './predicate-budget.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import type { Predicate, Query } from './query.js';

/**
 * Checks what claims to be a canonical query, such as one off the wire, and builds a new one from it: same
 * limits as `parseQuery`, nothing unknown passed on, canonical whether or not it was.
 */
export function validateQuery(input: unknown): Result<Query, QueryError> {
  const members = exactMembers(input, ROOT, ['where', 'sort', 'limit']);
  if (!members.ok) return members;
  const where = validatePredicate(members.value['where'], ['where'], 1, predicateBudget());
  if (!where.ok) return where;
  if (!Array.isArray(members.value['sort'])) return wrongType(['sort'], 'a list of pairs');
  const sort = parseSort(members.value['sort'], ['sort']);
  if (!sort.ok) return sort;
  const limit = parseLimit(members.value['limit'], ['limit']);
  if (!limit.ok) return limit;
  return ok(canonicalForm({ where: where.value, sort: sort.value, limit: limit.value }));
}

const MEMBERS = {
  and: ['of'],
  or: ['of'],
  not: ['of'],
  eq: ['path', 'value'],
  ne: ['path', 'value'],
  gt: ['path', 'value'],
  gte: ['path', 'value'],
  lt: ['path', 'value'],
  lte: ['path', 'value'],
  in: ['path', 'values'],
  nin: ['path', 'values'],
  exists: ['path', 'exists'],
  isNull: ['path', 'isNull'],
  startsWith: ['path', 'prefix'],
  like: ['path', 'pattern', 'caseInsensitive'],
  regex: ['path', 'pattern', 'caseInsensitive'],
  contains: ['path', 'value'],
  containsAny: ['path', 'values'],
  containsAll: ['path', 'values'],
  match: ['path', 'text'],
} as const satisfies { [type in Predicate['type']]: readonly string[] };

function validatePredicate(
  input: unknown,
  at: QueryErrorPath,
  depth: number,
  budget: PredicateBudget,
): Result<Predicate, QueryError> {
  const taken = budget.take(at, depth);
  if (!taken.ok) return taken;
  const type = isPlainObject(input) && Object.hasOwn(input, 'type') ? input['type'] : undefined;
  if (typeof type !== 'string') return wrongType(at, 'a predicate with a type');
  if (!isType(type)) return err({ code: 'unknown-operator', path: at, operator: type });
  const members = exactMembers(input, at, ['type', ...MEMBERS[type]]);
  if (!members.ok) return members;
  const member = members.value;
  switch (type) {
    case 'and':
    case 'or': {
      const of = listOf(member['of'], [...at, 'of'], QUERY_LIMITS.nodes, (part, path) =>
        validatePredicate(part, path, depth + 1, budget),
      );
      return of.ok ? ok({ type, of: of.value }) : of;
    }
    case 'not': {
      const of = validatePredicate(member['of'], [...at, 'of'], depth + 1, budget);
      return of.ok ? ok({ type, of: of.value }) : of;
    }
    default:
      break;
  }
  const place = parsePath(member['path'], [...at, 'path']);
  if (!place.ok) return place;
  const path = place.value;
  switch (type) {
    case 'eq':
    case 'ne': {
      const value = validateLiteral(member['value'], [...at, 'value']);
      return value.ok ? ok({ type, path, value: value.value }) : value;
    }
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      const value = validateRangeLiteral(member['value'], [...at, 'value']);
      return value.ok ? ok({ type, path, value: value.value }) : value;
    }
    case 'contains': {
      const value = validateLiteral(member['value'], [...at, 'value']);
      return value.ok ? ok({ type, path, value: value.value }) : value;
    }
    case 'in':
    case 'nin':
    case 'containsAny':
    case 'containsAll': {
      const list = [...at, 'values'];
      const values = listOf(member['values'], list, QUERY_LIMITS.values, validateLiteral);
      return values.ok ? ok({ type, path, values: values.value }) : values;
    }
    case 'exists': {
      const { exists } = member;
      if (typeof exists !== 'boolean') return wrongType([...at, 'exists'], 'true or false');
      return ok({ type, path, exists });
    }
    case 'isNull': {
      const { isNull } = member;
      if (typeof isNull !== 'boolean') return wrongType([...at, 'isNull'], 'true or false');
      return ok({ type, path, isNull });
    }
    case 'startsWith':
    case 'like':
    case 'regex':
    case 'match':
      return err({ code: 'unknown-operator', path: at, operator: type });
    default:
      return assertNever(type);
  }
}

const isType = (type: string): type is Predicate['type'] => Object.hasOwn(MEMBERS, type);

function listOf<T>(
  input: unknown,
  at: QueryErrorPath,
  max: number,
  parse: (item: unknown, path: QueryErrorPath) => Result<T, QueryError>,
): Result<T[], QueryError> {
  if (!Array.isArray(input)) return wrongType(at, 'a list');
  if (input.length > max) return err({ code: 'too-many-values', path: at, max });
  return parseEach(input, at, parse);
}

/** The object's own members, when it has these and no others. */
function exactMembers(
  input: unknown,
  at: QueryErrorPath,
  names: readonly string[],
): Result<{ readonly [name: string]: unknown }, QueryError> {
  if (!isPlainObject(input)) return wrongType(at, 'an object');
  for (const option of Object.keys(input)) {
    if (!names.includes(option)) return err({ code: 'unknown-option', path: at, option });
  }
  for (const name of names) {
    if (!Object.hasOwn(input, name)) return wrongType([...at, name], 'present');
  }
  return ok(input);
}
