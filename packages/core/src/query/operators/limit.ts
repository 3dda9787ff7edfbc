import type { Operator, RowChange } from './operator.js';
import type { OrderedRows, PlacedChange } from './order.js';

/**
 * Output: the first `count` rows of an order. Holds nothing: a row that moves over the edge pulls its
 * neighbour in or pushes it out, and the order knows which one that is.
 */
export function createLimit(count: number, ordered: OrderedRows): Operator<PlacedChange, RowChange> {
  return {
    load: (rows) => [...rows].slice(0, count),
    push({ before, after, from, to }, emit) {
      const wasIn = from !== -1 && from < count;
      const isIn = to !== -1 && to < count;
      if (wasIn && isIn) {
        emit({ before, after });
      } else if (wasIn) {
        emit({ before, after: undefined });
        // Everything behind moved up by one, so whoever is last in the window now was just outside.
        const refill = ordered.at(count - 1);
        if (refill !== undefined) emit({ before: undefined, after: refill });
      } else if (isIn) {
        const displaced = ordered.at(count);
        if (displaced !== undefined) emit({ before: displaced, after: undefined });
        emit({ before: undefined, after });
      }
    },
  };
}
