import { compilePath } from '../compile-path.js';
import type { Entry } from '../entry.js';
import { valueToLiteral } from '../literal.js';
import type { Cursor, SortKey } from '../query.js';

/** The place of a row in an order: what comes after it is the next page. The row is the whole record, or the group. */
export function cursorAt(sort: readonly SortKey[], { key, value }: Entry): Cursor {
  const values = sort.map(([path]) => {
    const held = compilePath(path)(key, value);
    return held === undefined ? ({ missing: true } as const) : valueToLiteral(held);
  });
  return { values, key };
}
