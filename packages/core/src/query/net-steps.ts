import type { Entry } from './entry.js';
import type { ViewStep } from './view-diff.js';

/** The rows as they are now. */
export interface PresentRows {
  get(key: string): Entry | undefined;
  /** Where this row is shown; -1 when it is not. */
  placeOf(entry: Entry): number;
}

/**
 * Compares the rows that a batch touched, as they were shown before it (`undefined`: not), with the present ones. The steps
 * come in the order that a diff has.
 */
export function netSteps(touched: Iterable<readonly [string, Entry | undefined]>, present: PresentRows): ViewStep[] {
  const steps: ViewStep[] = [];
  const placed: (ViewStep & { readonly index: number })[] = [];
  for (const [key, before] of touched) {
    const entry = present.get(key);
    const index = entry === undefined ? -1 : present.placeOf(entry);
    if (entry === undefined || index === -1) {
      if (before !== undefined) steps.push({ type: 'leave', key });
    } else if (entry !== before) {
      // An entry that left and came back within the batch is the same object: it never moved for the reader.
      placed.push({ type: before === undefined ? 'enter' : 'update', key, entry, index });
    }
  }
  if (placed.length > 1) placed.sort((a, b) => a.index - b.index);
  for (const step of placed) steps.push(step);
  return steps;
}
