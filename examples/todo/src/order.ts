import { generateKeyBetween } from 'fractional-indexing';

import type { TodoRow } from './todo.js';

/** The order of a todo that comes before all others. */
export const orderAtTop = (rows: readonly TodoRow[]): string => generateKeyBetween(null, rows[0]?.order ?? null);

/**
 * The order of a todo that is put at `index` of `rows` (which do not contain it). Two devices may have made the same order
 * offline; between two such todos there is no room, so it goes behind all of them.
 */
export function orderAt(rows: readonly TodoRow[], index: number): string {
  const before = rows[index - 1]?.order ?? null;
  const after = rows.slice(index).find((row) => before === null || row.order > before)?.order ?? null;
  return generateKeyBetween(before, after);
}
