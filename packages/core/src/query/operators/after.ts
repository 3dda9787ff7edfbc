import { compileRanking } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import { literalValue } from '../literal.js';
import type { Operator, RowChange } from '../operator.js';
import type { Cursor, CursorValue, SortKey } from '../query.js';
import type { Value } from '../../primitives/index.js';

/** Whether a row comes after the place in this order: of later levels only where the earlier ones are equal, of the key at last. */
export function compileAfter(sort: readonly SortKey[], { values, key }: Cursor): (row: Entry) => boolean {
  const { rank, compare } = compileRanking(sort);
  const place = values.map(valueAt);
  // Without levels the order is that of the keys.
  const [lead, ...rest] = sort.length === 0 ? [key] : place;
  const cursor = { entry: { key, value: null }, lead, rest };
  return (row) => compare(rank(row), cursor) > 0;
}

/** Output: the rows of the input that pass. Holds nothing, since a row's place says by itself whether it does. */
export function createAfter(isAfter: (row: Entry) => boolean): Operator<RowChange, RowChange> {
  const kept = (row: Entry | undefined): Entry | undefined => (row !== undefined && isAfter(row) ? row : undefined);
  return {
    load: (rows) => [...rows].filter(isAfter),
    push(change, emit) {
      const before = kept(change.before);
      const after = kept(change.after);
      if (before !== undefined || after !== undefined) emit({ before, after });
    },
  };
}

function valueAt(value: CursorValue): Value | undefined {
  return typeof value === 'object' && value !== null && 'missing' in value ? undefined : literalValue(value);
}
