import { compileRanking } from './compile-comparator.js';
import { compilePredicate } from './compile-predicate.js';
import type { Change, Entry } from './entry.js';
import { createFilter, type Filter } from './filter.js';
import { createLimit } from './limit.js';
import type { Emit, Operator, RowChange } from './operator.js';
import { createOrder, type Order, type PlacedChange } from './order.js';
import type { Query } from './query.js';
import { UNCHANGED, type ViewDiff, type ViewStep } from './view-diff.js';

/**
 * A query's answer, kept current by changes. Rows are entries of one key each; whoever feeds the view
 * passes every change of every record of the map, and never alters a value it has passed.
 */
export interface View {
  /** How many rows are shown. */
  readonly size: number;
  /** How many rows meet the predicate, those beyond the limit included. */
  readonly totalMatching: number;
  /** Whether this key is among the rows shown. */
  has(key: string): boolean;
  /**
   * The rows in order. The array is the same object until a diff says `changed`, and each entry is until its
   * record changes. Built when first asked for after a change: O(rows shown).
   */
  rows(): readonly Entry[];
  /** Starts over from these entries, whose keys differ. Entries whose value is the one held stay the same object. */
  load(entries: Iterable<Entry>): void;
  /**
   * Takes one batch: several changes of one key count as one. Costs O(log n) a change. `before` is not read:
   * the view knows what it holds.
   */
  apply(changes: readonly Change[]): ViewDiff;
}

/** Builds the pipeline filter → order → limit for a canonical query. Rows without a sort order are sorted by key. */
export function createView(query: Query): View {
  const order = createOrder(compileRanking(query.sort));
  return assembleView({
    filter: createFilter(compilePredicate(query.where)),
    order,
    limit: query.limit === null ? null : createLimit(query.limit, order),
    count: query.limit ?? Infinity,
  });
}

/** The operators of a view; `count` is how many rows `limit` lets through. */
export interface Pipeline {
  readonly filter: Filter;
  readonly order: Order;
  readonly limit: Operator<PlacedChange, RowChange> | null;
  readonly count: number;
}

/** A view over these operators, whatever made them. */
export function assembleView(pipeline: Pipeline): View {
  return new PipelineView(pipeline);
}

class PipelineView implements View {
  readonly #filter: Filter;
  readonly #order: Order;
  readonly #limit: Operator<PlacedChange, RowChange> | null;
  readonly #count: number;
  readonly #intoOrder: Emit<RowChange>;
  /** Rows the batch has touched so far, by key, as they were shown before it. */
  readonly #touched = new Map<string, Entry | undefined>();
  #rows: readonly Entry[] | null = [];

  constructor({ filter, order, limit, count }: Pipeline) {
    this.#filter = filter;
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

  has(key: string): boolean {
    const entry = this.#filter.get(key);
    return entry !== undefined && (this.#limit === null || this.#isShown(this.#order.indexOf(entry)));
  }

  rows(): readonly Entry[] {
    this.#rows ??= this.#order.first(this.size);
    return this.#rows;
  }

  load(entries: Iterable<Entry>): void {
    const sorted = this.#order.load(this.#filter.load(entries));
    this.#rows = this.#limit === null ? sorted : this.#limit.load(sorted);
  }

  apply(changes: readonly Change[]): ViewDiff {
    for (const change of oncePerKey(changes)) this.#filter.push(change, this.#intoOrder);
    if (this.#touched.size === 0) return UNCHANGED;
    // Each key changes once, so something touched always leaves a step: the same window again would need a row
    // to be ahead of its edge and behind it.
    const steps = this.#netSteps();
    this.#touched.clear();
    this.#rows = null;
    return { changed: true, steps };
  }

  /** Compares each touched row's place before the batch with the present one. */
  #netSteps(): ViewStep[] {
    const left: ViewStep[] = [];
    const placed: (ViewStep & { readonly index: number })[] = [];
    for (const [key, before] of this.#touched) {
      const entry = this.#filter.get(key);
      const index = entry === undefined ? -1 : this.#order.indexOf(entry);
      if (entry === undefined || !this.#isShown(index)) {
        if (before !== undefined) left.push({ type: 'leave', key });
      } else if (entry !== before) {
        // An entry that left and came back within the batch is the same object: it never moved for the reader.
        placed.push({ type: before === undefined ? 'enter' : 'update', key, entry, index });
      }
    }
    if (placed.length > 1) placed.sort((a, b) => a.index - b.index);
    for (const step of placed) left.push(step);
    return left;
  }

  #isShown(index: number): boolean {
    return index < this.#count;
  }
}

/** Keeps only the last change of each key: what a batch passes through on the way is nobody's to see. */
function oncePerKey(changes: readonly Change[]): Iterable<Change> {
  if (changes.length < 2) return changes;
  const lastByKey = new Map<string, Change>();
  for (const change of changes) lastByKey.set(change.key, change);
  return lastByKey.values();
}
