import { applyOp, withExpiry } from '../../crdt/index.js';
import type { Value } from '../../primitives/index.js';
import { HeldRowsView, QUERY_LIMITS, type Entry, type Query } from '../../query/index.js';
import type { KeptView } from '../ports/storage.js';
import type { MapStore } from './map-store.js';
import { shownValue } from './shown-value.js';

/**
 * CL-2: a query's answer from the rows that were kept of it and from what is pending of its map, which is not loaded yet. Of pending records that
 * are not among the kept rows it knows no more than what is pending.
 */
export class ViewPreview {
  readonly #query: Query;
  readonly #store: MapStore;
  readonly #kept: KeptView;
  /** What was kept, where that is the answer: nothing is compared. `null`: it has to be found. */
  #answer: readonly Entry[] | null = null;
  #found: HeldRowsView | null = null;

  constructor(query: Query, store: MapStore, kept: KeptView) {
    this.#query = query;
    this.#store = store;
    this.#kept = kept;
    store.noteSeen(kept);
    this.load();
  }

  rows(): readonly Entry[] {
    return this.#answer ?? this.#view.rows();
  }

  /** There are rows beyond the limit. */
  get hasMore(): boolean {
    const { limit } = this.#query;
    if (limit === null || limit >= QUERY_LIMITS.limit) return false;
    return this.#kept.hasMore || (this.#answer === null && this.#view.size > limit);
  }

  placeOf({ key, value }: Entry): Entry {
    return { key, value: this.#valueOf(key) ?? value };
  }

  /** Starts over. */
  load(): void {
    const { overlay, status } = this.#store;
    const pending = [...overlay.pendingKeys()];
    const isAnswer = this.#kept.isAnswer === true && status === 'loading' && pending.length === 0;
    // Rows of chosen fields are made by the view.
    if (isAnswer && this.#query.fields === undefined) {
      this.#answer = this.#keptEntries();
    } else {
      this.#answer = null;
      this.#view.load(this.#entries(new Set([...this.#kept.records.keys(), ...pending])));
    }
  }

  #keptEntries(): Entry[] {
    const { values } = this.#kept;
    if (values === undefined) return this.#entries(this.#kept.records.keys());
    return Array.from(values, ([key, value]) => ({ key, value: this.#store.previewed(key, value) }));
  }

  #entries(keys: Iterable<string>): Entry[] {
    const entries: Entry[] = [];
    for (const key of keys) {
      const value = this.#valueOf(key);
      if (value !== undefined) entries.push({ key, value });
    }
    return entries;
  }

  /** What is pending of these may have changed. */
  step(keys: readonly string[]): void {
    const { overlay, status } = this.#store;
    // What comes with a map that is loaded is not for it to show.
    const isShown = (key: string): boolean => this.#kept.records.has(key) || overlay.isPending(key);
    const own = status === 'loaded' ? keys.filter(isShown) : keys;
    if (own.length === 0) return;
    if (this.#answer === null) this.#view.step(own, this.#valueOf);
    else this.load();
  }

  get #view(): HeldRowsView {
    // All there is to look at is offered.
    this.#found ??= new HeldRowsView({ query: this.#query, find: null });
    return this.#found;
  }

  readonly #valueOf = (key: string): Value | undefined => {
    const { overlay, status, values } = this.#store;
    const kept = this.#kept.records.get(key);
    if (kept === undefined || status === 'loaded') return values.get(key);
    const ops = overlay.pendingOps(key);
    const merged = ops.reduce(applyOp, kept);
    const value = shownValue(merged.expiry === null ? merged : withExpiry(merged, overlay.now()), ops);
    return value === undefined ? undefined : this.#store.previewed(key, value);
  };
}
