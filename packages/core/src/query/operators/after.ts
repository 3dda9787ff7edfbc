import type { RowTest } from '../predicate/compile-predicate.js';
import type { Entry } from '../entry.js';
import type { Operator, RowChange } from './operator.js';

/** Output: the rows of the input that pass. Holds nothing, since a row's place says by itself whether it does. */
export function createAfter(isAfter: RowTest): Operator<RowChange, RowChange> {
  const kept = (row: Entry | undefined): Entry | undefined =>
    row !== undefined && isAfter(row.key, row.value) ? row : undefined;
  return {
    load: (rows) => [...rows].filter(({ key, value }) => isAfter(key, value)),
    push(change, emit) {
      const before = kept(change.before);
      const after = kept(change.after);
      if (before !== undefined || after !== undefined) emit({ before, after });
    },
  };
}
