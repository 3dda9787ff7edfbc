import { compilePredicate, type RowTest } from '../predicate/compile-predicate.js';
import type { Query } from '../query.js';
import { compileAfter } from './compile-after.js';

/** Whether a record is one that the query is about: it meets the conditions, and comes after the cursor. A cursor of groups says nothing of records. */
export function compileRowTest(query: Pick<Query, 'where' | 'sort' | 'after' | 'groupBy'>): RowTest {
  const { where, after, groupBy } = query;
  const matches = compilePredicate(where);
  if (after === undefined || groupBy !== undefined) return matches;
  const isAfter = compileAfter(query, after);
  return (key, value) => matches(key, value) && isAfter(key, value);
}
