import { compileComparator, type Entry, type Query } from '../../query/index.js';
import type { MapStore } from './map-store.js';
import type { Subscription } from './subscription.js';

/**
 * SY-5: whether the rows of a limited view are surely the server's first ones, under this client's pending edits.
 *
 * The server holds back rows that sort after its window only. The last *clean* member (no pending op, no ack the server's
 * pushes have not reached) says where the window ends: rows up to there are complete. A view that shows its full count within
 * that bound is right; one that had to reach beyond it, or came up short, may miss a row that is not here.
 *
 * Holds that bound, found in O(window) when it moved and O(1) otherwise.
 */
export class WindowConfidence {
  readonly #limit: number | null;
  readonly #compare: (a: Entry, b: Entry) => number;
  readonly #store: MapStore;
  readonly #subscription: Subscription;
  #last: Entry | null = null;
  #isStale = true;

  constructor(query: Query, store: MapStore, subscription: Subscription) {
    this.#limit = query.limit;
    this.#compare = compileComparator(query);
    this.#store = store;
    this.#subscription = subscription;
  }

  /** These keys, or (`null`) the members as a whole, may have changed. */
  touch(keys: readonly string[] | null): void {
    if (this.#limit === null || this.#isStale) return;
    const { members } = this.#subscription;
    this.#isStale =
      keys === null || keys.some((key) => key === this.#last?.key || (members.has(key) && this.#isClean(key)));
  }

  /** `shown` is the last row of a window that is full, with what it is sorted by; for a settled subscription. */
  isSure(shown: Entry | undefined): boolean {
    if (this.#limit === null || !this.#subscription.isFull) return true;
    const last = this.#lastClean();
    return last !== null && shown !== undefined && this.#compare(shown, last) <= 0;
  }

  #lastClean(): Entry | null {
    if (!this.#isStale) return this.#last;
    this.#isStale = false;
    this.#last = null;
    for (const key of this.#subscription.members) {
      const value = this.#store.values.get(key);
      if (value === undefined || !this.#isClean(key)) continue;
      const entry = { key, value };
      if (this.#last === null || this.#compare(entry, this.#last) > 0) this.#last = entry;
    }
    return this.#last;
  }

  #isClean(key: string): boolean {
    const { overlay, acks } = this.#store;
    return !overlay.isPending(key) && !acks.isAfter(key, this.#subscription.through);
  }
}
