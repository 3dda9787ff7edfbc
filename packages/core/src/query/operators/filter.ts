import { LargeMap, type Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import type { Emit, Operator, RowChange } from './operator.js';

/** A record as it is now; `undefined` when it is not visible. */
export interface RecordChange {
  readonly key: string;
  readonly after: Value | undefined;
}

/** Takes the records of a load one by one. */
export interface FilterLoad {
  /** The row, if the record passes: `given`, where there is that already. */
  offer(key: string, value: Value, given?: Entry): Entry | null;
  /** Those that passed become the output. */
  end(): readonly Entry[];
}

/** The rows that pass, by key. Heads the pipeline: here records become entries, and keep their identity. */
export interface Filter extends Operator<RecordChange, RowChange> {
  readonly size: number;
  get(key: string): Entry | undefined;
  /** Starts over, and is what it was until the end. */
  beginLoad(): FilterLoad;
  /** Makes by and by what the first change has need of. That finds the rest made, or makes it. */
  prepare(): Generator<void>;
}

/** So many rows find their place by key in a step. */
const ROWS_PER_STEP = 4_096;

/**
 * Output: the rows that meet the predicate. Holds those rows by key, and nothing of the others, so a change
 * needs no word about the record's earlier state. A record handed in again as the same object is no change.
 */
export function createFilter(matches: (key: string, value: Value) => boolean): Filter {
  return new FilterOperator(matches);
}

class FilterOperator implements Filter {
  readonly #matches: (key: string, value: Value) => boolean;
  #passed = new LargeMap<Entry>();
  /** As they were loaded: from `#placed` on they are not in `#passed` yet, which is for who asks by key. */
  #loaded: readonly Entry[] = [];
  #placed = 0;

  constructor(matches: (key: string, value: Value) => boolean) {
    this.#matches = matches;
  }

  get size(): number {
    return this.#passed.size + this.#loaded.length - this.#placed;
  }

  get(key: string): Entry | undefined {
    return this.#byKey().get(key);
  }

  beginLoad(): FilterLoad {
    const matches = this.#matches;
    const earlier = this.size === 0 ? null : this.#byKey();
    const rows: Entry[] = [];
    return {
      offer(key, value, given) {
        if (!matches(key, value)) return null;
        const held = earlier?.get(key);
        const row = held !== undefined && held.value === value ? held : (given ?? { key, value });
        rows.push(row);
        return row;
      },
      end: () => {
        this.#passed = new LargeMap();
        this.#loaded = rows;
        this.#placed = 0;
        return rows;
      },
    };
  }

  load(rows: Iterable<Entry>): readonly Entry[] {
    const loading = this.beginLoad();
    for (const row of rows) loading.offer(row.key, row.value, row);
    return loading.end();
  }

  *prepare(): Generator<void> {
    while (this.#placed < this.#loaded.length) {
      this.#place(this.#placed + ROWS_PER_STEP);
      yield;
    }
  }

  push({ key, after }: RecordChange, emit: Emit<RowChange>): void {
    const passed = this.#byKey();
    const before = passed.get(key);
    if (after === undefined || !this.#matches(key, after)) {
      if (before === undefined) return;
      passed.delete(key);
      emit({ before, after: undefined });
      return;
    }
    if (before !== undefined && before.value === after) return;
    const entry = { key, value: after };
    passed.set(key, entry);
    emit({ before, after: entry });
  }

  #byKey(): LargeMap<Entry> {
    if (this.#placed < this.#loaded.length) this.#place(this.#loaded.length);
    return this.#passed;
  }

  #place(to: number): void {
    const end = Math.min(to, this.#loaded.length);
    for (; this.#placed < end; this.#placed++) {
      const row = this.#loaded[this.#placed] as Entry;
      this.#passed.set(row.key, row);
    }
    if (this.#placed < this.#loaded.length) return;
    this.#loaded = [];
    this.#placed = 0;
  }
}
