import type { EntryComparator } from '../compile-comparator.js';
import type { Entry } from '../entry.js';

/** A row that is shown as it was, but is sorted by something else now. */
export interface SilentMove {
  readonly before: Entry;
  readonly after: Entry;
}

/**
 * Whether any of these rows stands elsewhere among the rows that are kept. `rows` are the present ones in order, without those
 * that came or changed visibly. Sorting by what is not shown makes such rows; O(rows).
 */
export function hasMoved(rows: readonly Entry[], moves: readonly SilentMove[], compare: EntryComparator): boolean {
  const movedKeys = new Set(moves.map(({ after }) => after.key));
  const others = rows.filter(({ key }) => !movedKeys.has(key));
  const earlier = [...moves].sort((a, b) => compare(a.before, b.before));
  let next = 0;
  let other = 0;
  // The order before is that of the others with the moved rows where they were: it is walked beside the present one.
  for (const row of rows) {
    const move = earlier[next];
    const rest = others[other];
    const isMoveNext = move !== undefined && (rest === undefined || compare(move.before, rest) < 0);
    if (isMoveNext) next++;
    else other++;
    if ((isMoveNext ? move.after : rest) !== row) return true;
  }
  return false;
}
