import type { Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import type { Operator, RowChange } from './operator.js';

/** A record as it is now; `undefined` when it is not visible. */
export interface RecordChange {
  readonly key: string;
  readonly after: Value | undefined;
}

/** The rows that pass, by key. Heads the pipeline: here records become entries, and keep their identity. */
export interface Filter extends Operator<RecordChange, RowChange> {
  readonly size: number;
  get(key: string): Entry | undefined;
}

/**
 * Output: the rows that meet the predicate. Holds those rows by key, and nothing of the others, so a change
 * needs no word about the record's earlier state. A record handed in again as the same object is no change.
 */
export function createFilter(matches: (key: string, value: Value) => boolean): Filter {
  let passed = new Map<string, Entry>();
  return {
    get size() {
      return passed.size;
    },
    get: (key) => passed.get(key),
    load(rows) {
      const earlier = passed;
      const output: Entry[] = [];
      passed = new Map();
      for (const row of rows) {
        if (!matches(row.key, row.value)) continue;
        const held = earlier.get(row.key);
        const entry = held !== undefined && held.value === row.value ? held : row;
        passed.set(row.key, entry);
        output.push(entry);
      }
      return output;
    },
    push({ key, after }, emit) {
      const before = passed.get(key);
      if (after === undefined || !matches(key, after)) {
        if (before === undefined) return;
        passed.delete(key);
        emit({ before, after: undefined });
        return;
      }
      if (before !== undefined && before.value === after) return;
      const entry = { key, value: after };
      passed.set(key, entry);
      emit({ before, after: entry });
    },
  };
}
