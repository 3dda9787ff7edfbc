import type { Value } from '../../primitives/index.js';
import { compileComparator } from '../compile-comparator.js';
import type { RowTest } from '../predicate/compile-predicate.js';
import { compileAfter } from '../cursor/compile-after.js';
import type { Change, Entry } from '../entry.js';
import { FirstEntries } from './first-entries.js';
import type { Query } from '../query.js';
import { createView, type View } from './create-view.js';

/** Shows each record that there is to look at, and makes no object for it. */
export type EachRecord = (visit: (key: string, value: Value) => void) => void;

/** So many rows beyond twice the limit are held, so that as many may go before everything is looked at again. */
const RESERVE = 64;

export interface HeldRowsViewOptions {
  readonly query: Query;
  /** All records that meet the conditions now. `null`: whoever owns the view loads it, whenever `isShort`. */
  readonly each: EachRecord | null;
  /** How many rows of a limited query are held. */
  readonly held?: number;
}

/** A view that starts over, as far as it has come. */
export interface Loading {
  readonly offer: (key: string, value: Value) => void;
  readonly end: () => void;
}

/**
 * CL-25: a query's answer from many records. Of a limited query it holds the first rows alone, up to an *edge*: those are found in one pass, without
 * sorting or holding the rest. Whatever sorts after the edge is left out, and when the rows before it no longer fill the limit all is looked at again.
 *
 * Invariant: it holds every row that is not after the edge; without an edge, every row there is.
 */
export class HeldRowsView {
  readonly #view: View;
  readonly #each: EachRecord | null;
  /** `null`: all rows are held. */
  readonly #limit: number | null;
  readonly #held: number;
  readonly #compare: (a: Entry, b: Entry) => number;
  readonly #isAfter: RowTest | null;
  #edge: Entry | null = null;

  constructor({ query, each, held = (query.limit ?? 0) * 2 + RESERVE }: HeldRowsViewOptions) {
    this.#view = createView(query);
    this.#each = each;
    // Which groups there are is for all records to say.
    this.#limit = query.groupBy === undefined ? query.limit : null;
    this.#held = Math.max(held, query.limit ?? 0);
    this.#compare = compileComparator(query.sort);
    this.#isAfter = query.after === undefined ? null : compileAfter(query.sort, query.after);
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
    return this.#edge !== null && this.size < (this.#limit ?? 0);
  }

  /** Starts over from all records. */
  loadAll(): void {
    const loading = this.beginLoad();
    this.#each?.(loading.offer);
    loading.end();
  }

  /** Starts over from whatever is offered until `end`: all records that meet the conditions. What is shown changes at the end. */
  beginLoad(): Loading {
    const first = this.#limit === null ? new AllEntries() : new FirstEntries(this.#held, this.#compare);
    const isAfter = this.#isAfter;
    return {
      offer: isAfter === null ? first.offer : (key, value) => isAfter(key, value) && first.offer(key, value),
      end: () => {
        const entries = first.take();
        this.#view.load(entries);
        this.#edge = first.offered > entries.length ? (entries.at(-1) ?? null) : null;
      },
    };
  }

  /** Starts over from these, which are all there are. */
  load(entries: Iterable<Entry>): void {
    this.#edge = null;
    this.#view.load(entries);
  }

  apply(changes: readonly Change[]): void {
    const edge = this.#edge;
    this.#view.apply(edge === null ? changes : changes.map((change) => this.#upTo(edge, change)));
    if (this.isShort && this.#each !== null) this.loadAll();
  }

  #upTo(edge: Entry, change: Change): Change {
    const { key, before, after } = change;
    if (after === undefined || this.#compare({ key, value: after }, edge) <= 0) return change;
    return { key, before, after: undefined };
  }
}

class AllEntries {
  readonly #entries: Entry[] = [];

  get offered(): number {
    return this.#entries.length;
  }

  readonly offer = (key: string, value: Value): void => {
    this.#entries.push({ key, value });
  };

  take(): Entry[] {
    return this.#entries;
  }
}
