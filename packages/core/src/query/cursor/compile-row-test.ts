import { compilePredicate, type MatchCompiler, type RowTest } from '../predicate/compile-predicate.js';
import type { Query } from '../query.js';
import { compileAfter } from './compile-after.js';

/** Whether a record is one that the query is about: it meets the conditions, and comes after the cursor. A cursor of groups says nothing of records. */
export function compileRowTest(
  { where, sort, after, groupBy }: Pick<Query, 'where' | 'sort' | 'after' | 'groupBy'>,
  compileMatch?: MatchCompiler,
): RowTest {
  const matches = compilePredicate(where, compileMatch);
  if (after === undefined || groupBy !== undefined) return matches;
  const isAfter = compileAfter(sort, after);
  return (key, value) => matches(key, value) && isAfter(key, value);
}
