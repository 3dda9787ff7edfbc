import { err, ok, type Result } from '../../primitives/index.js';
import { isScorePath, scoredMatches } from '../compile-sort-path.js';
import type { Predicate, Query } from '../query.js';
import type { QueryError, QueryErrorPath } from './query-error.js';

/**
 * QU-19: rows are sorted by `_score` only where they are matched with a text, or where there are none: a list that happens to be empty leaves nothing of
 * a query's other conditions. `at` is the place of the sort order.
 */
export function checkScore(query: Query, at: QueryErrorPath): Result<Query, QueryError> {
  const { sort, where, groupBy } = query;
  if (groupBy !== undefined || !sort.some(([path]) => isScorePath(path))) return ok(query);
  if (scoredMatches(where).length > 0 || isNever(where)) return ok(query);
  return err({ code: 'nothing-to-score', path: at });
}

const isNever = (where: Predicate): boolean => where.type === 'or' && where.of.length === 0;
