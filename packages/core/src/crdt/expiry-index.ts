/** One entry of the heap. It counts while the index still holds this time for the place. */
interface Due<Place> {
  readonly place: Place;
  readonly at: number;
}

/**
 * CR-9: which places are due, and when the next one is, at a cost that follows what is due. Pure: it knows no clock. A binary
 * heap whose outdated entries stay until they come up, or until they outnumber the others. `Place` is known by identity:
 * a text, or an object that is the same each time.
 */
export class ExpiryIndex<Place> {
  #heap: Due<Place>[] = [];
  readonly #times = new Map<Place, number>();

  /** How many places have a time. */
  get size(): number {
    return this.#times.size;
  }

  /** All places that have a time, in no order. */
  places(): Iterable<Place> {
    return this.#times.keys();
  }

  has(place: Place): boolean {
    return this.#times.has(place);
  }

  /** The place is due at `at`; `null`: never. Replaces what was said of it before. */
  set(place: Place, at: number | null): void {
    if (at === null) {
      this.#times.delete(place);
    } else if (this.#times.get(place) !== at) {
      this.#times.set(place, at);
      this.#push({ place, at });
    }
    if (this.#heap.length > 2 * this.#times.size + 64) this.#rebuild();
  }

  /** When the next place is due; `null`: none is. */
  next(): number | null {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#counts(first)) return first.at;
      this.#pop();
    }
    return null;
  }

  /** Takes out up to `count` places due at `now`, the earliest first. */
  take(now: number, count: number): Place[] {
    const taken: Place[] = [];
    for (let at = this.next(); at !== null && at <= now && taken.length < count; at = this.next()) {
      const { place } = this.#pop();
      this.#times.delete(place);
      taken.push(place);
    }
    return taken;
  }

  clear(): void {
    this.#heap = [];
    this.#times.clear();
  }

  #counts({ place, at }: Due<Place>): boolean {
    return this.#times.get(place) === at;
  }

  #rebuild(): void {
    this.#heap = [...this.#times].map(([place, at]) => ({ place, at })).sort((a, b) => a.at - b.at);
  }

  #push(due: Due<Place>): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(due);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (heap[above]!.at <= due.at) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = due;
  }

  #pop(): Due<Place> {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      if (below + 1 < heap.length && heap[below + 1]!.at < heap[below]!.at) below += 1;
      if (heap[below]!.at >= last.at) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}
