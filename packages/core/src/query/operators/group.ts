import { sameValue, setOwn, type PlainObject, type Value } from '../../primitives/index.js';
import { compilePath, type PathReader } from '../compile-path.js';
import type { Entry } from '../entry.js';
import { groupKey } from '../group/group-key.js';
import { GroupTable } from '../group/group-table.js';
import type { Emit, Operator, RowChange } from './operator.js';
import type { GroupBy } from '../query.js';
import { compileAggregate, type RunningAggregate } from './aggregate.js';
import { placeValues } from './place-values.js';

/** Takes the rows of a load one by one. */
export interface GroupLoad {
  add(row: Entry): void;
  /** Their groups become the output. */
  end(): readonly Entry[];
}

/** Groups as rows. `push` emits at once; `take` and `flush` let a batch of rows come to one change per group. */
export interface Group extends Operator<RowChange, RowChange> {
  /** How many groups there are. */
  readonly size: number;
  /** The group as last emitted. */
  get(key: string): Entry | undefined;
  /** Starts over, and is what it was until the end. */
  beginLoad(): GroupLoad;
  /** Counts a change in, and emits nothing yet. */
  take(change: RowChange): void;
  /** Emits what became of the groups since the last time. */
  flush(emit: Emit<RowChange>): void;
}

/**
 * Output: one row for each distinct list of values at `by`, with the aggregates of its rows. Holds per group what its
 * aggregates need, and no row. A group whose row says the same again keeps its entry; one without rows is forgotten.
 */
export function createGroup(groupBy: GroupBy): Group {
  return new GroupOperator(groupBy);
}

interface Running {
  rows: number;
  readonly by: readonly (Value | undefined)[];
  readonly aggregates: readonly RunningAggregate[];
}

interface Place {
  readonly by: readonly (Value | undefined)[];
  readonly key: string;
}

class GroupOperator implements Group {
  readonly #groupBy: GroupBy;
  readonly #readers;
  readonly #factories;
  #running = new Map<string, Running>();
  /** The rows of the groups, as the outside knows them. */
  #entries = new Map<string, Entry>();
  readonly #touched = new Set<string>();

  constructor(groupBy: GroupBy) {
    this.#groupBy = groupBy;
    this.#readers = groupBy.by.map(compilePath);
    this.#factories = groupBy.aggregates.map(compileAggregate);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  load(rows: Iterable<Entry>): readonly Entry[] {
    const loading = this.beginLoad();
    for (const row of rows) loading.add(row);
    return loading.end();
  }

  beginLoad(): GroupLoad {
    const readers = this.#readers;
    const table = new GroupTable<Running>(readers.length);
    const groups: Running[] = [];
    // One row at a time is read, by functions that are made once.
    let row: Entry = NO_ROW;
    const read = (place: number): Value | undefined => (readers[place] as PathReader)(row.key, row.value);
    const create = (): Running => {
      const running = this.#createRunning(readers.map((_, place) => read(place)));
      groups.push(running);
      return running;
    };
    return {
      add(added) {
        row = added;
        addTo(table.take(read, create), added);
      },
      end: () => this.#takeOver(groups),
    };
  }

  push(change: RowChange, emit: Emit<RowChange>): void {
    this.take(change);
    this.flush(emit);
  }

  take({ before, after }: RowChange): void {
    const from = before === undefined ? null : this.#place(before, null);
    const to = after === undefined ? null : this.#place(after, from);
    // In first: a group of one row whose row changes must not be forgotten in between.
    if (to !== null) this.#add(after as Entry, to);
    if (from !== null) this.#remove(before as Entry, from);
  }

  flush(emit: Emit<RowChange>): void {
    const changes: RowChange[] = [];
    for (const key of this.#touched) {
      const change = this.#settle(key);
      if (change !== null) changes.push(change);
    }
    this.#touched.clear();
    for (const change of changes) emit(change);
  }

  /** Where a row belongs. Most rows that change stay in their group, whose key is known then. */
  #place(row: Entry, earlier: Place | null): Place {
    const by = this.#readers.map((read) => read(row.key, row.value));
    if (earlier !== null && by.every((value, i) => value === earlier.by[i])) return earlier;
    return { by, key: groupKey(by) };
  }

  #add(row: Entry, { by, key }: Place): void {
    let running = this.#running.get(key);
    if (running === undefined) {
      running = this.#createRunning(by);
      this.#running.set(key, running);
    }
    addTo(running, row);
    this.#touched.add(key);
  }

  #createRunning(by: readonly (Value | undefined)[]): Running {
    return { rows: 0, by, aggregates: this.#factories.map((create) => create()) };
  }

  /** These are the groups from now on. */
  #takeOver(groups: readonly Running[]): readonly Entry[] {
    const earlier = this.#entries;
    this.#running = new Map();
    this.#entries = new Map();
    this.#touched.clear();
    for (const running of groups) {
      const key = groupKey(running.by);
      const value = this.#valueOf(running);
      const held = earlier.get(key);
      this.#running.set(key, running);
      this.#entries.set(key, held !== undefined && sameValue(held.value, value) ? held : { key, value });
    }
    return [...this.#entries.values()];
  }

  #remove(row: Entry, { key }: Place): void {
    const running = this.#running.get(key);
    if (running === undefined) throw new Error('a row left a group that is not there');
    this.#touched.add(key);
    if (--running.rows === 0) {
      this.#running.delete(key);
      return;
    }
    for (const aggregate of running.aggregates) aggregate.remove(row);
  }

  /** Brings the row of a group up to date; `null` when it says what it said. */
  #settle(key: string): RowChange | null {
    const running = this.#running.get(key);
    const before = this.#entries.get(key);
    if (running === undefined) {
      this.#entries.delete(key);
      return before === undefined ? null : { before, after: undefined };
    }
    const value = this.#valueOf(running);
    if (before !== undefined && sameValue(before.value, value)) return null;
    const after = { key, value };
    this.#entries.set(key, after);
    return { before, after };
  }

  #valueOf({ by, aggregates }: Running): PlainObject {
    const value = placeValues(this.#groupBy.by, by);
    for (const [i, aggregate] of aggregates.entries()) {
      const [name] = this.#groupBy.aggregates[i] as GroupBy['aggregates'][number];
      setOwn(value as Record<string, unknown>, name, aggregate.result());
    }
    return value;
  }
}

const NO_ROW: Entry = { key: '', value: null };

function addTo(running: Running, row: Entry): void {
  running.rows++;
  for (const aggregate of running.aggregates) aggregate.add(row);
}
