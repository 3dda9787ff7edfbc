import type { Value } from '../../primitives/index.js';
import { takeAll } from '../all-steps.js';
import { compileComparator, compileLead, type LeadOrder } from '../compile-comparator.js';
import { isScorePath } from '../compile-sort-path.js';
import type { RowTest } from '../predicate/compile-predicate.js';
import { compileRowTest } from '../cursor/compile-row-test.js';
import type { Change, Entry } from '../entry.js';
import type { WantedOrder } from '../indexes/access.js';
import { createFirstEntries, type FirstEntries } from './first-entries.js';
import { firstInOrder, type InOrder } from './first-in-order.js';
import type { Query } from '../query.js';
import { createView, type View } from './create-view.js';
import type { ViewLoad } from './view.js';

const NO_STEPS: readonly undefined[] = [];

/** Shows each record that there is to look at, and makes no object for it. */
export type EachRecord = (visit: (key: string, value: Value) => void) => void;

/** Records among which all are that meet the conditions now. To be read at once. */
export interface FoundRecords {
  readonly each: EachRecord;
  /** The same in the order that was wanted, when they are at hand so. */
  readonly inOrder: InOrder | null;
}

/** With an order: who asks wants the first ones alone. */
export type FindRecords = (order: WantedOrder | null) => FoundRecords;

/** So many rows beyond twice the limit are held, so that as many may go before everything is looked at again. */
const RESERVE = 64;
/** From so many rows on that come or go at once, more than are held, finding the first ones again is cheaper than stepping. */
const RELOAD_ROWS = 512;

export interface HeldRowsViewOptions {
  readonly query: Query;
  /** `null`: whoever owns the view loads it, whenever `isShort`. */
  readonly find: FindRecords | null;
  /** How many rows of a limited query are held. */
  readonly held?: number;
}

/** How many rows such a view holds: `null` when no number of first rows tells all. */
function heldCount({ limit, groupBy }: Query, held = (limit ?? 0) * 2 + RESERVE): number | null {
  // Which groups there are is for all records to say.
  return limit === null || groupBy !== undefined ? null : Math.max(held, limit);
}

/** The order in which it would like to read them: `null` where it needs all, or no index has it. */
export function wantedOrder(query: Query, held?: number): WantedOrder | null {
  const count = heldCount(query, held);
  const { path, direction } = compileLead(query);
  return count === null || isScorePath(path) ? null : { path, direction, count };
}

/**
 * CL-25: a query's answer from many records. Of a limited query it holds the first rows alone, up to an *edge*: those are found in one pass, without
 * sorting or holding the rest, or by reading in an index until they are complete. Whatever sorts after the edge is left out, and when the rows before it
 * no longer fill the limit all is looked at again.
 *
 * Invariant: it holds every row that is not after the edge; without an edge, every row there is.
 */
export class HeldRowsView {
  readonly #view: View;
  readonly #find: FindRecords | null;
  readonly #limit: number;
  /** `null`: all rows are held. */
  readonly #count: number | null;
  readonly #wanted: WantedOrder | null;
  readonly #compare: (a: Entry, b: Entry) => number;
  readonly #order: LeadOrder;
  readonly #matches: RowTest;
  #edge: Entry | null = null;

  constructor({ query, find, held }: HeldRowsViewOptions) {
    this.#view = createView(query);
    this.#find = find;
    this.#limit = query.limit ?? 0;
    this.#count = heldCount(query, held);
    this.#wanted = wantedOrder(query, held);
    this.#compare = compileComparator(query);
    this.#order = compileLead(query);
    this.#matches = compileRowTest(query);
  }

  rows(): readonly Entry[] {
    return this.#view.rows();
  }

  has(key: string): boolean {
    return this.#view.has(key);
  }

  /** How many rows are held, those beyond the limit included. */
  get size(): number {
    return this.#view.totalMatching;
  }

  /** There are rows beyond those held. */
  get isCut(): boolean {
    return this.#edge !== null;
  }

  /** The rows held no longer fill the limit, and there are others: it has to start over. */
  get isShort(): boolean {
    return this.#edge !== null && this.size < this.#limit;
  }

  /** Starts over from all records. */
  loadAll(): void {
    if (this.#find === null) return;
    const wanted = this.#wanted;
    const { each, inOrder } = this.#find(wanted);
    if (wanted !== null && inOrder) {
      const first = firstInOrder(inOrder, { count: wanted.count, order: this.#order, matches: this.#matches });
      if (first !== null) return this.#take(first.entries, first.isCut);
    }
    const loading = this.beginLoad();
    each(loading.offer);
    takeAll(loading.end());
  }

  /**
   * Starts over from whatever is offered until `end`: records among which all are that meet the conditions. From the first of them to the last step it is
   * neither to be changed nor to be read.
   */
  beginLoad(): ViewLoad {
    if (this.#count === null) {
      const { offer, end } = this.#view.beginLoad();
      return { offer, end: () => this.#endLoad(end()) };
    }
    const first = createFirstEntries({ count: this.#count, order: this.#order, matches: this.#matches });
    return { offer: first.offer, end: () => this.#endFirst(first) };
  }

  /** Makes by and by what the first change has need of. It may be used meanwhile. */
  prepare(): Generator<void> {
    return this.#view.prepare();
  }

  /** Starts over from these, which are all there are. */
  load(entries: Iterable<Entry>): void {
    this.#edge = null;
    this.#view.load(entries);
  }

  *#endLoad(steps: Generator<void>): Generator<void> {
    yield* steps;
    this.#edge = null;
  }

  *#endFirst(first: FirstEntries): Generator<void> {
    // So few are found at once: nobody has to wait a turn for them.
    yield* NO_STEPS;
    this.#take(first.take(), first.isCut());
  }

  #take(first: readonly Entry[], isCut: boolean): void {
    this.#view.load(first);
    this.#edge = isCut ? (first.at(-1) ?? null) : null;
  }

  /**
   * These records may have changed. `valueOf`: what each is now; `undefined`: none that counts. A key may be named more than once. What is after the edge
   * and was no row is passed over: of most writes to a large map that is all there is to do.
   */
  step(keys: Iterable<string>, valueOf: (key: string) => Value | undefined): void {
    const edge = this.#edge;
    const changes: Change[] = [];
    for (const key of keys) {
      const value = valueOf(key);
      const after = value === undefined || this.#isBeyond(edge, key, value) ? undefined : value;
      if (edge !== null && after === undefined && !this.#view.holds(key)) continue;
      changes.push({ key, before: undefined, after });
    }
    if (this.#find !== null && edge !== null && changes.length >= Math.max(RELOAD_ROWS, this.size))
      return this.loadAll();
    if (changes.length > 0) this.#view.apply(changes);
    if (this.isShort) this.loadAll();
  }

  #isBeyond(edge: Entry | null, key: string, value: Value): boolean {
    return edge !== null && this.#compare({ key, value }, edge) > 0;
  }
}
