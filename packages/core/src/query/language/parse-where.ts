import { err, isPlainObject, ok, type Result } from '../../primitives/index.js';
import { isOperator, parseOperator } from './parse-operator.js';
import { parseEach, parsePath, wrongType } from './parse-parts.js';
import type { PredicateBudget } from './predicate-budget.js';
import type { QueryError, QueryErrorPath } from './query-error.js';
import type { Predicate } from '../query.js';

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
  if (!isPlainObject(condition)) return parseOperator('$eq', path.value, condition, at, depth, budget);
  const operators = Object.keys(condition).filter((name) => name.startsWith('$'));
  if (operators.length === 0) return parseOperator('$eq', path.value, condition, at, depth, budget);
  if (operators.length < Object.keys(condition).length) {
    return err({ code: 'mixed-condition', path: at });
  }
  const conditions = operators.map(
    (operator): Pending =>
      (level) =>
        isOperator(operator)
          ? parseOperator(operator, path.value, condition[operator], [...at, operator], level, budget)
          : err({ code: 'unknown-operator', path: [...at, operator], operator }),
  );
  return parseAll(conditions, at, depth, budget);
}
