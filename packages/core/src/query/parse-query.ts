import { err, isPlainObject, ok, type Result } from '../primitives/index.js';
import { canonicalForm } from './canonical-query.js';
import { ROOT, wrongType } from './parse-parts.js';
import { parseLimit, parseSort } from './parse-sort.js';
import { parseWhere } from './parse-where.js';
import { predicateBudget } from './predicate-budget.js';
import type { QueryError } from './query-error.js';
import type { QueryInput } from './query-input.js';
import { ALWAYS, type Predicate, type Query } from './query.js';

const OPTIONS: readonly string[] = ['where', 'predicate', 'sort', 'limit'];

/**
 * Checks a query as an app writes it and turns it into canonical form. An option that is `undefined` is
 * absent; a condition that is `undefined` is an error, for `{ owner: user?.id }` must not mean "anyone's".
 */
export function parseQuery(input: QueryInput): Result<Query, QueryError> {
  if (!isPlainObject(input)) return wrongType(ROOT, 'an object');
  for (const option of Object.keys(input)) {
    if (!OPTIONS.includes(option)) return err({ code: 'unknown-option', path: ROOT, option });
  }
  const where = parsePredicate(input);
  if (!where.ok) return where;
  const sort = parseSort(input.sort, ['sort']);
  if (!sort.ok) return sort;
  const limit = parseLimit(input.limit ?? null, ['limit']);
  if (!limit.ok) return limit;
  return ok(canonicalForm({ where: where.value, sort: sort.value, limit: limit.value }));
}

/** `where` and `predicate` are the two sides of one `and`, under one budget. */
function parsePredicate({ where, predicate }: QueryInput): Result<Predicate, QueryError> {
  const budget = predicateBudget();
  if (where === undefined && predicate === undefined) return ok(ALWAYS);
  if (predicate === undefined) return parseWhere(where, ['where'], 1, budget);
  if (where === undefined) return parseWhere(predicate, ['predicate'], 1, budget);
  const taken = budget.take(ROOT, 1);
  if (!taken.ok) return taken;
  const left = parseWhere(where, ['where'], 2, budget);
  if (!left.ok) return left;
  const right = parseWhere(predicate, ['predicate'], 2, budget);
  return right.ok ? ok({ type: 'and', of: [left.value, right.value] }) : right;
}
