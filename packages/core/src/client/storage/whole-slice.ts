import type { Op } from '../../crdt/index.js';

/**
 * How many of the items from `from` on are dealt with in one go: as many as `max`, without tearing apart what is one; more only where the first of them
 * are one with more. Pure.
 */
export function wholeSlice<T>(
  items: readonly T[],
  from: number,
  max: number,
  areOne: (item: T, next: T) => boolean,
): number {
  const left = items.length - from;
  if (left <= max) return left;
  const isBoundary = (count: number): boolean =>
    count === left || !areOne(items[from + count - 1] as T, items[from + count] as T);
  let count = max;
  while (count > 0 && !isBoundary(count)) count -= 1;
  if (count > 0) return count;
  for (count = max + 1; !isBoundary(count);) count += 1;
  return count;
}

/** CR-12: whether two ops are parts of one transaction. */
export const isOneTransaction = (a: Op, b: Op): boolean =>
  a.transaction !== undefined && a.transaction.first === b.transaction?.first && a.replica === b.replica;
