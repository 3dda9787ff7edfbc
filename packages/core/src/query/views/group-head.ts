import type { RowTest } from '../predicate/compile-predicate.js';
import type { Filter } from '../operators/filter.js';
import type { Emit, Operator, RowChange } from '../operators/operator.js';
import type { Group } from '../operators/group.js';
import type { Head } from './pipeline-view.js';

/** Groups of the rows that pass a filter, as the head of a pipeline: whatever a batch does, each group changes once. */
export function createGroupHead(filter: Filter, group: Group, after: AfterPlace | null): Head {
  const takeIn: Emit<RowChange> = (change) => group.take(change);
  const flush = (emit: Emit<RowChange>): void =>
    group.flush(after === null ? emit : (change) => after.operator.push(change, emit));
  return {
    get size() {
      return filter.size;
    },
    get(key) {
      const row = group.get(key);
      return row !== undefined && (after === null || after.isAfter(row.key, row.value)) ? row : undefined;
    },
    beginLoad() {
      const filtering = filter.beginLoad();
      const grouping = group.beginLoad();
      return {
        offer(key, value, given) {
          const row = filtering.offer(key, value, given);
          if (row !== null) grouping.add(row);
        },
        end() {
          filtering.end();
          const groups = grouping.end();
          return after === null ? groups : after.operator.load(groups);
        },
      };
    },
    prepare: () => filter.prepare(),
    push: (change) => filter.push(change, takeIn),
    flush,
  };
}

/** A cursor's place in the order of groups. */
export interface AfterPlace {
  readonly operator: Operator<RowChange, RowChange>;
  readonly isAfter: RowTest;
}
