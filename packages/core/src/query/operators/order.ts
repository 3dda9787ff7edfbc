import type { Ranked, Ranking } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import type { Operator, RowChange } from './operator.js';
import { OrderedTree } from './ordered-tree.js';

/** A change with the places of the row: before it among the earlier rows, after it among the present ones. */
export interface PlacedChange extends RowChange {
  /** Index before the change, -1 when the row was not there. */
  readonly from: number;
  /** Index after the change, -1 when the row is gone. */
  readonly to: number;
}

/** What can be asked of rows in order, in O(log n) each. */
export interface OrderedRows {
  readonly size: number;
  at(index: number): Entry | undefined;
  indexOf(entry: Entry): number;
  /** The first `count` rows in a new array, O(count). */
  first(count: number): Entry[];
}

export interface Order extends Operator<RowChange, PlacedChange>, OrderedRows {}

/** Output: the rows of the input, each at its place. Holds all of them in a counted tree. */
export function createOrder({ rank, compare }: Ranking): Order {
  const tree = new OrderedTree<Ranked>(compare);
  return {
    get size() {
      return tree.size;
    },
    at: (index) => tree.at(index)?.entry,
    indexOf: (entry) => tree.rankOf(rank(entry)),
    first: (count) => tree.first(count).map(({ entry }) => entry),
    load(rows) {
      const sorted = Array.from(rows, rank).sort(compare);
      tree.load(sorted);
      return sorted.map(({ entry }) => entry);
    },
    push({ before, after }, emit) {
      const old = before === undefined ? null : rank(before);
      const next = after === undefined ? null : rank(after);
      if (old !== null && next !== null && compare(old, next) === 0) {
        // Most edits touch nothing that is sorted by: the row stays where it is.
        const place = tree.replace(next);
        emit({ before, after, from: place, to: place });
        return;
      }
      const from = old === null ? -1 : tree.remove(old);
      const to = next === null ? -1 : tree.insert(next);
      emit({ before, after, from, to });
    },
  };
}
