import type { Value } from '../../primitives/index.js';
import type { LeadOrder } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import type { RowTest } from '../predicate/compile-predicate.js';

/** Records in the order of the first value that rows are sorted by. */
export interface InOrder {
  readonly entries: Iterable<Entry>;
  /** After so many looks without an end it is not worth while: looking at all is cheaper for each. */
  readonly maxLooks: number;
}

export interface FirstInOrderOptions {
  readonly count: number;
  readonly order: LeadOrder;
  readonly matches: RowTest;
}

/** The first rows, in order. */
export interface FirstRows {
  readonly entries: Entry[];
  /** There are records that were not looked at, or others that match. */
  readonly isCut: boolean;
}

/**
 * The first `count` of the records that match. It reads on until no other can be one of them: those that are equal in what they are sorted by first are
 * told apart by the rest. `null`: given up.
 */
export function firstInOrder({ entries, maxLooks }: InOrder, options: FirstInOrderOptions): FirstRows | null {
  const { count, order, matches } = options;
  const found: Entry[] = [];
  let last: Value | undefined;
  let looks = 0;
  let isCut = false;
  for (const entry of entries) {
    const lead = order.read(entry.key, entry.value);
    if (found.length >= count && order.compareLeads(last, lead) < 0) {
      isCut = true;
      break;
    }
    if (looks++ >= maxLooks) return null;
    if (!matches(entry.key, entry.value)) continue;
    found.push(entry);
    if (found.length === count) last = lead;
  }
  found.sort(
    (a, b) => order.compareLeads(order.read(a.key, a.value), order.read(b.key, b.value)) || order.breakTie(a, b),
  );
  return { entries: found.slice(0, count), isCut: isCut || found.length > count };
}
