import { assertNever, err, ok, type Result } from '../../primitives/index.js';
import { parseLiteral, parseRangeLiteral } from './parse-literal.js';
import { parseEach, wrongType } from './parse-parts.js';
import type { PredicateBudget } from './predicate-budget.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import type { Literal, Path, Predicate } from '../query.js';
import { readLikePattern, readMatchText, readRegexPattern, readText } from './text-operand.js';

const OPERATORS = [
  ...(['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$between', '$in', '$nin', '$exists', '$isNull'] as const),
  ...(['$startsWith', '$like', '$ilike', '$regex', '$contains', '$containsAny', '$containsAll', '$match'] as const),
] as const;

export type Operator = (typeof OPERATORS)[number];

export const isOperator = (name: string): name is Operator => (OPERATORS as readonly string[]).includes(name);

/** Reads one operator with its operand, as an app writes them. `at` is the place of the operand. */
export function parseOperator(
  operator: Operator,
  path: Path,
  operand: unknown,
  at: QueryErrorPath,
  depth: number,
  budget: PredicateBudget,
): Result<Predicate, QueryError> {
  const taken = budget.take(at, depth);
  if (!taken.ok) return taken;
  switch (operator) {
    case '$eq':
    case '$ne': {
      const value = parseLiteral(operand, at);
      return value.ok ? ok({ type: operator === '$eq' ? 'eq' : 'ne', path, value: value.value }) : value;
    }
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte': {
      const value = parseRangeLiteral(operand, at);
      if (!value.ok) return value;
      return ok({ type: RANGE_TYPES[operator], path, value: value.value });
    }
    case '$between':
      return parseBetween(path, operand, at, depth, budget);
    case '$in':
    case '$nin': {
      const values = parseLiterals(operand, at);
      return values.ok ? ok({ type: operator === '$in' ? 'in' : 'nin', path, values: values.value }) : values;
    }
    case '$exists':
      if (typeof operand !== 'boolean') return wrongType(at, 'true or false');
      return ok({ type: 'exists', path, exists: operand });
    case '$isNull':
      if (typeof operand !== 'boolean') return wrongType(at, 'true or false');
      return ok({ type: 'isNull', path, isNull: operand });
    case '$startsWith': {
      const prefix = readText(operand, at);
      return prefix.ok ? ok({ type: 'startsWith', path, prefix: prefix.value }) : prefix;
    }
    case '$like':
    case '$ilike': {
      const pattern = readLikePattern(operand, at);
      if (!pattern.ok) return pattern;
      return ok({ type: 'like', path, pattern: pattern.value, caseInsensitive: operator === '$ilike' });
    }
    case '$regex':
      return parseRegexOperand(path, operand, at);
    case '$contains': {
      const value = parseLiteral(operand, at);
      return value.ok ? ok({ type: 'contains', path, value: value.value }) : value;
    }
    case '$containsAny':
    case '$containsAll': {
      const values = parseLiterals(operand, at);
      if (!values.ok) return values;
      return ok({ type: operator === '$containsAny' ? 'containsAny' : 'containsAll', path, values: values.value });
    }
    case '$match': {
      const text = readMatchText(operand, at);
      return text.ok ? ok({ type: 'match', path, text: text.value }) : text;
    }
    default:
      return assertNever(operator);
  }
}

const RANGE_TYPES = { $gt: 'gt', $gte: 'gte', $lt: 'lt', $lte: 'lte' } as const;

/** Two ranges, both ends included. */
function parseBetween(
  path: Path,
  operand: unknown,
  at: QueryErrorPath,
  depth: number,
  budget: PredicateBudget,
): Result<Predicate, QueryError> {
  if (!Array.isArray(operand) || operand.length !== 2) return wrongType(at, 'a pair [from, to]');
  const bounds = parseEach(operand, at, (bound, place) => {
    const taken = budget.take(place, depth + 1);
    return taken.ok ? parseRangeLiteral(bound, place) : taken;
  });
  if (!bounds.ok) return bounds;
  const [from, to] = bounds.value as [Exclude<Literal, null>, Exclude<Literal, null>];
  return ok({
    type: 'and',
    of: [
      { type: 'gte', path, value: from },
      { type: 'lte', path, value: to },
    ],
  });
}

/** A pattern as text, or as a `RegExp` with no flags but `i` and `u`. */
function parseRegexOperand(path: Path, operand: unknown, at: QueryErrorPath): Result<Predicate, QueryError> {
  const isRegExp = Object.prototype.toString.call(operand) === '[object RegExp]';
  const { source, flags } = isRegExp ? (operand as RegExp) : { source: operand, flags: '' };
  if (!/^[iu]*$/.test(flags)) {
    return err({ code: 'bad-pattern', path: at, reason: 'has other flags than i and u' });
  }
  const caseInsensitive = flags.includes('i');
  const pattern = readRegexPattern(source, caseInsensitive, at);
  return pattern.ok ? ok({ type: 'regex', path, pattern: pattern.value, caseInsensitive }) : pattern;
}

function parseLiterals(operand: unknown, at: QueryErrorPath): Result<Literal[], QueryError> {
  if (!Array.isArray(operand)) return wrongType(at, 'a list of values');
  if (operand.length > QUERY_LIMITS.values) {
    return err({ code: 'too-many-values', path: at, max: QUERY_LIMITS.values });
  }
  return parseEach(operand, at, parseLiteral);
}
