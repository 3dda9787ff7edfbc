import type { Value } from '../../primitives/index.js';
import type { Ranking } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import { createLimit } from './limit.js';
import type { PresentRows } from '../net-steps.js';
import type { Emit, RowChange } from './operator.js';
import { createOrder, type Order, type PlacedChange } from './order.js';

/**
 * The rows of one value: order → limit, without a filter of its own. Knows what the present batch touched, until `settle`.
 */
export class KeyedSlot {
  readonly text: string;
  readonly value: Value;
  /** How often it was opened and not closed. */
  users = 0;
  /** Rows that are found for it; `null`: it has them. */
  waiting: Entry[] | null = [];
  readonly #order: Order;
  readonly #count: number;
  readonly #push: (change: RowChange) => void;
  /** `null` while the batch touched nothing: most slots never see a change. */
  #touched: Map<string, Entry | undefined> | null = null;
  #rows: readonly Entry[] | null = [];
  /** The rows before the batch. */
  #former: readonly Entry[] | null = null;

  constructor(text: string, value: Value, ranking: Ranking, limit: number | null) {
    this.text = text;
    this.value = value;
    this.#count = limit ?? Infinity;
    const order = createOrder(ranking);
    this.#order = order;
    const note: Emit<RowChange> = ({ before, after }) => this.#note((before ?? (after as Entry)).key, before);
    const bound = limit === null ? null : createLimit(limit, order);
    const intoLimit: Emit<PlacedChange> = bound === null ? note : (change) => bound.push(change, note);
    this.#push = (change) => order.push(change, intoLimit);
  }

  /** How many rows it holds, those beyond the limit included. */
  get size(): number {
    return this.#order.size;
  }

  /** How many rows it shows. */
  get shown(): number {
    return Math.min(this.size, this.#count);
  }

  /** The rows shown, in order. The same array until one of them changes. */
  rows(): readonly Entry[] {
    this.#rows ??= this.#order.first(this.#count);
    return this.#rows;
  }

  /** All rows it holds. */
  all(): readonly Entry[] {
    return this.#order.first(Infinity);
  }

  /** Whether this row, which it holds, is shown. */
  placeOf(entry: Entry): number {
    const index = this.#order.indexOf(entry);
    return index < this.#count ? index : -1;
  }

  /** Fills it with what waits for that, some thousand rows in a step. */
  *fill(): Generator<void> {
    const rows = this.waiting ?? [];
    this.waiting = null;
    yield* this.#order.loadSteps(rows);
    this.#rows = null;
  }

  /** What it shows is new. */
  enter(): void {
    for (const { key } of this.#order.first(this.#count)) this.#note(key, undefined);
  }

  /** Empties it. What was shown counts as touched. */
  clear(): void {
    for (const entry of this.rows()) this.#note(entry.key, entry);
    this.#order.load([]);
    this.#rows = [];
  }

  push(change: RowChange): void {
    this.#push(change);
  }

  /** The rows touched since the last time, as they were shown then. */
  settle(): ReadonlyMap<string, Entry | undefined> {
    const touched = this.#touched ?? UNTOUCHED;
    this.#touched = null;
    return touched;
  }

  /** What was touched came to nothing, or to other rows. */
  conclude(isChanged: boolean): void {
    if (!isChanged && this.#former !== null) this.#rows = this.#former;
    this.#former = null;
  }

  #note(key: string, before: Entry | undefined): void {
    if (this.#touched === null) {
      this.#touched = new Map();
      this.#former = this.#rows;
    }
    this.#rows = null;
    if (!this.#touched.has(key)) this.#touched.set(key, before);
  }
}

const UNTOUCHED: ReadonlyMap<string, Entry | undefined> = new Map();

/** The rows of one slot among all that are held. */
export function presentIn(slot: KeyedSlot, find: (key: string) => HeldRow | undefined): PresentRows {
  return {
    get(key) {
      const held = find(key);
      return held?.slot === slot ? held.entry : undefined;
    },
    placeOf: (entry) => slot.placeOf(entry),
  };
}

export interface HeldRow {
  readonly entry: Entry;
  readonly slot: KeyedSlot;
}
