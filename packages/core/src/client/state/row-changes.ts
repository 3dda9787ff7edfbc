import type { AnyRow } from './row.js';

/** One row's step from one answer to the next. A row that merely moved has none. */
export type ChangeEvent<R> =
  | { readonly type: 'add'; readonly key: string; readonly value: R }
  | { readonly type: 'update'; readonly key: string; readonly value: R; readonly previousValue: R }
  | { readonly type: 'remove'; readonly key: string; readonly previousValue: R };

/**
 * The steps between two answers, one a key: first the rows that are gone, in the order they had, then those that came or differ, in
 * the order they have. Rows are compared by identity, which they keep while their record does.
 *
 * What the two begin and end with alike is passed over by a comparison of pointers, so one row's change in a long list costs little more.
 */
export function changesBetween<R extends Pick<AnyRow, '_key'>>(
  before: readonly R[],
  after: readonly R[],
): ChangeEvent<R>[] {
  if (before === after) return [];
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;

  const left = new Map<string, R>();
  for (const row of before.slice(start, before.length - end)) left.set(row._key, row);
  const came: ChangeEvent<R>[] = [];
  for (const value of after.slice(start, after.length - end)) {
    const key = value._key;
    const previousValue = left.get(key);
    left.delete(key);
    if (previousValue === undefined) came.push({ type: 'add', key, value });
    else if (previousValue !== value) came.push({ type: 'update', key, value, previousValue });
  }
  const gone = Array.from(left, ([key, previousValue]): ChangeEvent<R> => ({ type: 'remove', key, previousValue }));
  return [...gone, ...came];
}
