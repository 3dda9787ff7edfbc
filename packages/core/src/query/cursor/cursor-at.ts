import { compileSortPath, type Ordering } from '../compile-sort-path.js';
import type { Entry } from '../entry.js';
import { valueToLiteral } from '../literal.js';
import type { Cursor } from '../query.js';

/** The place of a row in an order: what comes after it is the next page. The row is the whole record, or the group. */
export function cursorAt(order: Ordering, { key, value }: Entry): Cursor {
  const values = order.sort.map(([path]) => {
    const held = compileSortPath(path, order)(key, value);
    return held === undefined ? ({ missing: true } as const) : valueToLiteral(held);
  });
  return { values, key };
}
