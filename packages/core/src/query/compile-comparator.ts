import { compareStrings, compareValues } from './compare-values.js';
import { compilePath } from './compile-path.js';
import type { Entry } from './entry.js';
import type { SortKey } from './query.js';

/** Negative when `a` comes first. Zero only for entries of one key, so rows have one order everywhere. */
export type EntryComparator = (a: Entry, b: Entry) => number;

/**
 * Turns a sort order into a total order of entries. `desc` reverses `compareValues` whole, rows without a
 * value included; ties of all sort keys are broken by the key, ascending.
 */
export function compileComparator(sort: readonly SortKey[]): EntryComparator {
  const levels = sort.map(compileLevel);
  const [only] = levels;
  if (only === undefined) return (a, b) => compareStrings(a.key, b.key);
  if (levels.length === 1) return (a, b) => only(a, b) || compareStrings(a.key, b.key);
  return (a, b) => {
    for (const level of levels) {
      const order = level(a, b);
      if (order !== 0) return order;
    }
    return compareStrings(a.key, b.key);
  };
}

function compileLevel([path, direction]: SortKey): EntryComparator {
  const read = compilePath(path);
  if (direction === 'asc') {
    return (a, b) => compareValues(read(a.key, a.value), read(b.key, b.value));
  }
  return (a, b) => compareValues(read(b.key, b.value), read(a.key, a.value));
}
