import type { Entry } from './entry.js';

/** One row's net effect. `index` is its place in the new rows. */
export type ViewStep =
  | {
      readonly type: 'enter' | 'update';
      readonly key: string;
      readonly entry: Entry;
      readonly index: number;
    }
  | { readonly type: 'leave'; readonly key: string };

/**
 * What became of a view by one batch: at most one step a key, first the rows that left, then those that
 * entered or changed, by ascending index. A row that moved is an `update`; rows that merely shifted because
 * others came or went have no step.
 */
export interface ViewDiff {
  readonly changed: boolean;
  readonly steps: readonly ViewStep[];
}

export const UNCHANGED: ViewDiff = { changed: false, steps: [] };

/**
 * Replays the steps of one diff on the rows it was made for and returns the new rows: takes out every row
 * that left or changed, then puts each entry at its index. O(rows + steps).
 */
export function applySteps(rows: readonly Entry[], steps: readonly ViewStep[]): Entry[] {
  const takenOut = new Set<string>();
  for (const step of steps) if (step.type !== 'enter') takenOut.add(step.key);
  const result: Entry[] = [];
  let next = 0;
  const keepUpTo = (length: number): void => {
    for (; next < rows.length && result.length < length; next++) {
      const row = rows[next] as Entry;
      if (!takenOut.has(row.key)) result.push(row);
    }
  };
  for (const step of steps) {
    if (step.type === 'leave') continue;
    keepUpTo(step.index);
    result.push(step.entry);
  }
  keepUpTo(Infinity);
  return result;
}
