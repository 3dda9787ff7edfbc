import type { Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';

/**
 * The first `count` entries of an order, out of many that are offered one by one. One comparison for each that is none of them, and an object for none of
 * those: the last of the first ones is at hand, on top of a heap.
 */
export class FirstEntries {
  readonly #count: number;
  readonly #compare: (a: Entry, b: Entry) => number;
  readonly #heap: Entry[] = [];
  readonly #probe: { key: string; value: Value } = { key: '', value: null };
  #offered = 0;

  constructor(count: number, compare: (a: Entry, b: Entry) => number) {
    this.#count = count;
    this.#compare = compare;
  }

  /** How many were offered. */
  get offered(): number {
    return this.#offered;
  }

  readonly offer = (key: string, value: Value): void => {
    this.#offered++;
    const heap = this.#heap;
    if (heap.length < this.#count) {
      heap.push({ key, value });
      if (heap.length === this.#count) for (let i = (this.#count >>> 1) - 1; i >= 0; i--) this.#sink(i);
      return;
    }
    const last = heap[0];
    this.#probe.key = key;
    this.#probe.value = value;
    if (last === undefined || this.#compare(this.#probe, last) >= 0) return;
    heap[0] = { key, value };
    this.#sink(0);
  };

  /** In order. */
  take(): Entry[] {
    return [...this.#heap].sort(this.#compare);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const entry = heap[from] as Entry;
    let at = from;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && this.#compare(heap[right] as Entry, heap[child] as Entry) > 0) child = right;
      if (this.#compare(heap[child] as Entry, entry) <= 0) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = entry;
  }
}
