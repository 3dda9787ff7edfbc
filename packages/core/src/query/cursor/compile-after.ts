import type { Value } from '../../primitives/index.js';
import { compareStrings, compareValues } from '../compare-values.js';
import { compileSortPath, type Ordering } from '../compile-sort-path.js';
import type { RowTest } from '../predicate/compile-predicate.js';
import { literalValue } from '../literal.js';
import type { Cursor, CursorValue } from '../query.js';

/**
 * Whether a row comes after a place in the order. Only the row decides that, so rows that come and go elsewhere, the one
 * at that place included, change nothing: pages neither overlap nor leave out a row that stays.
 */
export function compileAfter(order: Ordering, after: Cursor): RowTest {
  const levels = order.sort.map(([path, direction], level) => ({
    read: compileSortPath(path, order),
    bound: valueOf(after.values[level] as CursorValue),
    sign: direction === 'asc' ? 1 : -1,
  }));
  return (key, value) => {
    for (const { read, bound, sign } of levels) {
      const side = compareValues(read(key, value), bound);
      if (side !== 0) return side * sign > 0;
    }
    return compareStrings(key, after.key) > 0;
  };
}

function valueOf(value: CursorValue): Value | undefined {
  return typeof value === 'object' && value !== null && 'missing' in value ? undefined : literalValue(value);
}
