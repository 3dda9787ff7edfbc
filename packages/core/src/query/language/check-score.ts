import { err, ok, type Result } from '../../primitives/index.js';
import { isScorePath, scoredMatches } from '../compile-sort-path.js';
import type { Query } from '../query.js';
import type { QueryError, QueryErrorPath } from './query-error.js';

/** QU-19: rows are sorted by `_score` only where they are matched with a text. `at` is the place of the sort order. */
export function checkScore(query: Query, at: QueryErrorPath): Result<Query, QueryError> {
  const { sort, where, groupBy } = query;
  if (groupBy !== undefined || !sort.some(([path]) => isScorePath(path))) return ok(query);
  return scoredMatches(where).length > 0 ? ok(query) : err({ code: 'nothing-to-score', path: at });
}
