import type { Value } from '../../primitives/index.js';
import { takeAll } from '../all-steps.js';
import type { Change, Entry } from '../entry.js';
import type { RecordChange } from '../operators/filter.js';
import { netSteps, type PresentRows } from '../net-steps.js';
import { oncePerKey } from '../once-per-key.js';
import type { Emit, Operator, RowChange } from '../operators/operator.js';
import type { Order, PlacedChange } from '../operators/order.js';
import { UNCHANGED, type ViewDiff } from '../view-diff.js';
import type { View, ViewLoad } from './view.js';

/** Takes the records of a load one by one. */
export interface HeadLoad {
  offer(key: string, value: Value, given?: Entry): unknown;
  /** What comes of them becomes the output. */
  end(): readonly Entry[];
}

/** What makes rows of records: a filter, or a filter with more behind it. */
export interface Head extends Pick<Operator<RecordChange, RowChange>, 'push'> {
  /** Starts over, and is what it was until the end. */
  beginLoad(): HeadLoad;
  /** Makes by and by what the first change has need of. That finds the rest made, or makes it. */
  prepare(): Generator<void>;
  /** How many records it holds. */
  readonly size: number;
  /** The row as last emitted. */
  get(key: string): Entry | undefined;
  /** Emits what is to be said once a batch; absent where `push` has said it all. */
  flush?(emit: Emit<RowChange>): void;
}

/** The operators of a view; `count` is how many rows `limit` lets through. */
export interface Pipeline {
  readonly filter: Head;
  readonly order: Order;
  readonly limit: Operator<PlacedChange, RowChange> | null;
  readonly count: number;
}

/** A view over these operators, whatever made them. */
export function assembleView(pipeline: Pipeline): View {
  return new PipelineView(pipeline);
}

class PipelineView implements View, PresentRows {
  readonly #head: Head;
  readonly #order: Order;
  readonly #limit: Operator<PlacedChange, RowChange> | null;
  readonly #count: number;
  readonly #intoOrder: Emit<RowChange>;
  /** Rows the batch has touched so far, by key, as they were shown before it. */
  readonly #touched = new Map<string, Entry | undefined>();
  #rows: readonly Entry[] | null = [];

  constructor({ filter, order, limit, count }: Pipeline) {
    this.#head = filter;
    this.#order = order;
    this.#limit = limit;
    this.#count = count;
    const intoDiff: Emit<RowChange> = ({ before, after }) => {
      const key = (before ?? (after as Entry)).key;
      if (!this.#touched.has(key)) this.#touched.set(key, before);
    };
    const intoLimit: Emit<PlacedChange> = limit === null ? intoDiff : (change) => limit.push(change, intoDiff);
    this.#intoOrder = (change) => order.push(change, intoLimit);
  }

  get size(): number {
    return Math.min(this.#order.size, this.#count);
  }

  get totalMatching(): number {
    return this.#order.size;
  }

  get held(): number {
    return this.#head.size;
  }

  has(key: string): boolean {
    const entry = this.#head.get(key);
    return entry !== undefined && (this.#limit === null || this.placeOf(entry) !== -1);
  }

  holds(key: string): boolean {
    return this.#head.get(key) !== undefined;
  }

  indexOf(key: string): number {
    const entry = this.#head.get(key);
    return entry === undefined ? -1 : this.placeOf(entry);
  }

  rows(): readonly Entry[] {
    this.#rows ??= this.#order.first(this.size);
    return this.#rows;
  }

  load(entries: Iterable<Entry>): void {
    const loading = this.#head.beginLoad();
    for (const entry of entries) loading.offer(entry.key, entry.value, entry);
    takeAll(this.#endLoad(loading));
  }

  beginLoad(): ViewLoad {
    const loading = this.#head.beginLoad();
    return { offer: (key, value) => void loading.offer(key, value), end: () => this.#endLoad(loading) };
  }

  *prepare(): Generator<void> {
    yield* this.#head.prepare();
    yield* this.#order.prepare();
  }

  apply(changes: readonly Change[]): ViewDiff {
    for (const change of oncePerKey(changes)) this.#head.push(change, this.#intoOrder);
    this.#head.flush?.(this.#intoOrder);
    if (this.#touched.size === 0) return UNCHANGED;
    // Each key changes once, so something touched always leaves a step: the same window again would need a row
    // to be ahead of its edge and behind it.
    const steps = netSteps(this.#touched, this);
    this.#touched.clear();
    this.#rows = null;
    return { changed: true, steps };
  }

  get(key: string): Entry | undefined {
    return this.#head.get(key);
  }

  placeOf(entry: Entry): number {
    const index = this.#order.indexOf(entry);
    return index < this.#count ? index : -1;
  }

  *#endLoad(loading: HeadLoad): Generator<void> {
    const sorted = yield* this.#order.loadSteps(loading.end());
    this.#rows = this.#limit === null ? sorted : this.#limit.load(sorted);
  }
}
