import type { Value } from '../../primitives/index.js';
import type { Ranking } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import { createLimit } from '../limit.js';
import type { PresentRows } from '../net-steps.js';
import type { Emit, RowChange } from '../operator.js';
import { createOrder, type Order, type PlacedChange } from '../order.js';

/**
 * The rows of one value: order → limit, without a filter of its own. Knows what the present batch touched, until `settle`.
 */
export class KeyedSlot {
  readonly text: string;
  readonly value: Value;
  /** How often it was opened and not closed. */
  users = 0;
  readonly #order: Order;
  readonly #count: number;
  readonly #push: (change: RowChange) => void;
  #touched = new Map<string, Entry | undefined>();
  #rows: readonly Entry[] | null = [];

  constructor(text: string, value: Value, ranking: Ranking, limit: number | null) {
    this.text = text;
    this.value = value;
    this.#count = limit ?? Infinity;
    const order = createOrder(ranking);
    this.#order = order;
    const note: Emit<RowChange> = ({ before, after }) => {
      const { key } = before ?? (after as Entry);
      if (!this.#touched.has(key)) this.#touched.set(key, before);
    };
    const bound = limit === null ? null : createLimit(limit, order);
    const intoLimit: Emit<PlacedChange> = bound === null ? note : (change) => bound.push(change, note);
    this.#push = (change) => order.push(change, intoLimit);
  }

  /** How many rows it holds, those beyond the limit included. */
  get size(): number {
    return this.#order.size;
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

  /** Fills an empty slot. */
  load(rows: readonly Entry[]): void {
    this.#order.load(rows);
    this.#rows = null;
    for (const { key } of this.rows()) this.#touched.set(key, undefined);
  }

  /** Empties it. What was shown counts as touched. */
  clear(): void {
    for (const entry of this.rows()) if (!this.#touched.has(entry.key)) this.#touched.set(entry.key, entry);
    this.#order.load([]);
    this.#rows = [];
  }

  push(change: RowChange): void {
    this.#push(change);
    this.#rows = null;
  }

  /** The rows touched since the last time, as they were shown then. */
  settle(): ReadonlyMap<string, Entry | undefined> {
    const touched = this.#touched;
    this.#touched = new Map();
    return touched;
  }
}

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
