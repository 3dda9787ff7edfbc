import { assertNever, err, isPlainObject, ok, type Result } from '../../primitives/index.js';
import { validateLiteral, validateRangeLiteral } from './parse-literal.js';
import { parsePath, wrongType } from './parse-parts.js';
import type { PredicateBudget } from './predicate-budget.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import type { Predicate } from '../query.js';
import { readLikePattern, readMatchText, readRegexPattern, readText } from './text-operand.js';
import { exactMembers, listOf } from './validate-parts.js';

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

/** Checks what claims to be a canonical predicate and builds a new one from it, under the limits of what an app writes. */
export function validatePredicate(
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
    case 'ne':
    case 'contains': {
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
    case 'startsWith': {
      const prefix = readText(member['prefix'], [...at, 'prefix']);
      return prefix.ok ? ok({ type, path, prefix: prefix.value }) : prefix;
    }
    case 'like':
    case 'regex': {
      const { caseInsensitive } = member;
      if (typeof caseInsensitive !== 'boolean') return wrongType([...at, 'caseInsensitive'], 'true or false');
      const place = [...at, 'pattern'];
      const pattern =
        type === 'like'
          ? readLikePattern(member['pattern'], place)
          : readRegexPattern(member['pattern'], caseInsensitive, place);
      return pattern.ok ? ok({ type, path, pattern: pattern.value, caseInsensitive }) : pattern;
    }
    case 'match': {
      const text = readMatchText(member['text'], [...at, 'text']);
      return text.ok ? ok({ type, path, text: text.value }) : text;
    }
    default:
      return assertNever(type);
  }
}

const isType = (type: string): type is Predicate['type'] => Object.hasOwn(MEMBERS, type);
