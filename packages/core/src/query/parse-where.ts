import { assertNever, err, isPlainObject, ok, type Result } from '../primitives/index.js';
import { parseLiteral, parseRangeLiteral } from './literal.js';
import { parseEach, parsePath, wrongType } from './parse-parts.js';
import type { PredicateBudget } from './predicate-budget.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import { QUERY_LIMITS } from './query-limits.js';
import type { Literal, Path, Predicate } from './query.js';

type Parsed = Result<Predicate, QueryError>;

/** One condition not yet read: what makes it, at which depth. */
type Pending = (depth: number) => Parsed;

/**
 * Reads conditions: an object by dotted path, a pair `[names, condition]`, or a list of pairs. Depth counts
 * the predicate's own levels: several conditions side by side are an `and`, one alone is no level.
 */
export function parseWhere(input: unknown, at: QueryErrorPath, depth: number, budget: PredicateBudget): Parsed {
  if (isPlainObject(input)) {
    const conditions = Object.keys(input).map((name): Pending => {
      const place = [...at, name];
      const condition: unknown = input[name];
      return (level) =>
        name.startsWith('$')
          ? parseConnective(name, condition, at, level, budget)
          : parseField(name.split('.'), place, condition, place, level, budget);
    });
    return parseAll(conditions, at, depth, budget);
  }
  if (!Array.isArray(input)) {
    return wrongType(at, 'an object of conditions by path, a pair, or a list of pairs');
  }
  if (isPair(input)) return parsePair(input, at, depth, budget);
  const conditions = input.map((pair: unknown, i): Pending => {
    const place = [...at, i];
    return (level) =>
      Array.isArray(pair) && isPair(pair)
        ? parsePair(pair, place, level, budget)
        : wrongType(place, 'a pair [field names, condition]');
  });
  return parseAll(conditions, at, depth, budget);
}

/** A list of pairs begins with a pair, which begins with a list; a pair begins with a list of names. */
function isPair(input: readonly unknown[]): input is readonly [readonly unknown[], unknown] {
  const [names] = input;
  return input.length === 2 && Array.isArray(names) && !Array.isArray(names[0]);
}

function parsePair(
  [names, condition]: readonly [readonly unknown[], unknown],
  at: QueryErrorPath,
  depth: number,
  budget: PredicateBudget,
): Parsed {
  return parseField(names, [...at, 0], condition, [...at, 1], depth, budget);
}

function parseAll(conditions: readonly Pending[], at: QueryErrorPath, depth: number, budget: PredicateBudget): Parsed {
  const [only] = conditions;
  if (only !== undefined && conditions.length === 1) return only(depth);
  const taken = budget.take(at, depth);
  if (!taken.ok) return taken;
  const of: Predicate[] = [];
  for (const condition of conditions) {
    const parsed = condition(depth + 1);
    if (!parsed.ok) return parsed;
    of.push(parsed.value);
  }
  return ok({ type: 'and', of });
}

function parseConnective(
  operator: string,
  operand: unknown,
  at: QueryErrorPath,
  depth: number,
  budget: PredicateBudget,
): Parsed {
  const place = [...at, operator];
  if (operator !== '$and' && operator !== '$or' && operator !== '$not') {
    return err({ code: 'unknown-operator', path: place, operator });
  }
  const taken = budget.take(place, depth);
  if (!taken.ok) return taken;
  if (operator === '$not') {
    const negated = parseWhere(operand, place, depth + 1, budget);
    return negated.ok ? ok({ type: 'not', of: negated.value }) : negated;
  }
  if (!Array.isArray(operand)) return wrongType(place, 'a list of conditions');
  const parts = parseEach(operand, place, (part, path) => parseWhere(part, path, depth + 1, budget));
  if (!parts.ok) return parts;
  return ok({ type: operator === '$and' ? 'and' : 'or', of: parts.value });
}

function parseField(
  names: readonly unknown[],
  namesAt: QueryErrorPath,
  condition: unknown,
  at: QueryErrorPath,
  depth: number,
  budget: PredicateBudget,
): Parsed {
  const path = parsePath(names, namesAt);
  if (!path.ok) return path;
  if (!isPlainObject(condition)) return parseComparison('$eq', path.value, condition, at, depth, budget);
  const operators = Object.keys(condition).filter((name) => name.startsWith('$'));
  if (operators.length === 0) return parseComparison('$eq', path.value, condition, at, depth, budget);
  if (operators.length < Object.keys(condition).length) {
    return err({ code: 'mixed-condition', path: at });
  }
  const conditions = operators.map(
    (operator): Pending =>
      (level) =>
        isOperator(operator)
          ? parseComparison(operator, path.value, condition[operator], [...at, operator], level, budget)
          : err({ code: 'unknown-operator', path: [...at, operator], operator }),
  );
  return parseAll(conditions, at, depth, budget);
}

const OPERATORS = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin', '$exists'] as const;

type Operator = (typeof OPERATORS)[number];

const isOperator = (name: string): name is Operator => (OPERATORS as readonly string[]).includes(name);

function parseComparison(
  operator: Operator,
  path: Path,
  operand: unknown,
  at: QueryErrorPath,
  depth: number,
  budget: PredicateBudget,
): Parsed {
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
    case '$in':
    case '$nin': {
      const values = parseLiterals(operand, at);
      if (!values.ok) return values;
      return ok({ type: operator === '$in' ? 'in' : 'nin', path, values: values.value });
    }
    case '$exists':
      if (typeof operand !== 'boolean') return wrongType(at, 'true or false');
      return ok({ type: 'exists', path, exists: operand });
    default:
      return assertNever(operator);
  }
}

const RANGE_TYPES = { $gt: 'gt', $gte: 'gte', $lt: 'lt', $lte: 'lte' } as const;

function parseLiterals(operand: unknown, at: QueryErrorPath): Result<Literal[], QueryError> {
  if (!Array.isArray(operand)) return wrongType(at, 'a list of values');
  if (operand.length > QUERY_LIMITS.values) {
    return err({ code: 'too-many-values', path: at, max: QUERY_LIMITS.values });
  }
  return parseEach(operand, at, parseLiteral);
}
