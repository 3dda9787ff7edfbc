import type { Value } from '../../primitives/index.js';
import { compareStrings, compareValues } from '../compare-values.js';
import { compilePath } from '../compile-path.js';
import type { RowTest } from '../predicate/compile-predicate.js';
import { literalValue } from '../literal.js';
import type { Cursor, CursorValue, SortKey } from '../query.js';

/**
 * Whether a row comes after a place in the order. Only the row decides that, so rows that come and go elsewhere, the one
 * at that place included, change nothing: pages neither overlap nor leave out a row that stays.
 */
export function compileAfter(sort: readonly SortKey[], after: Cursor): RowTest {
  const levels = sort.map(([path, direction], level) => ({
    read: compilePath(path),
    bound: valueOf(after.values[level] as CursorValue),
    sign: direction === 'asc' ? 1 : -1,
  }));
  return (key, value) => {
    for (const { read, bound, sign } of levels) {
      const order = compareValues(read(key, value), bound);
      if (order !== 0) return order * sign > 0;
    }
    return compareStrings(key, after.key) > 0;
  };
}

function valueOf(value: CursorValue): Value | undefined {
  return typeof value === 'object' && value !== null && 'missing' in value ? undefined : literalValue(value);
}
