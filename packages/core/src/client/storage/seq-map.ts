/** So many empty places an array may have, beside as many as it has values, before a hash table is the better place. */
const MAX_HOLES = 1_024;

/**
 * Values by sequence, in its order. A replica's sequences grow by one and its oldest op is decided first, so this is an array over
 * the range in use: a place costs eight bytes and no hashing. Sequences that lie far apart are kept in a hash table.
 *
 * Values are never `undefined`.
 */
export class SeqMap<T> {
  /** The sequence at `#head`. */
  #first = 0;
  /** Places before it are free; the one at it is not, unless the map is empty. */
  #head = 0;
  #places: (T | undefined)[] = [];
  #sparse: Map<number, T> | null = null;
  #size = 0;

  get size(): number {
    return this.#sparse?.size ?? this.#size;
  }

  get(seq: number): T | undefined {
    if (this.#sparse !== null) return this.#sparse.get(seq);
    return seq < this.#first ? undefined : this.#places[this.#head + seq - this.#first];
  }

  set(seq: number, value: T): void {
    if (this.#sparse === null && this.#size > 0 && seq - this.#first === this.#places.length - this.#head) {
      this.#size++;
      this.#places.push(value);
      return;
    }
    if (this.#sparse === null && !this.#makePlace(seq)) this.#sparse = new Map(this.#entries());
    if (this.#sparse !== null) {
      this.#sparse.set(seq, value);
      return;
    }
    const at = this.#head + seq - this.#first;
    if (this.#places[at] === undefined) this.#size++;
    this.#places[at] = value;
  }

  /** Takes the value out; `undefined` when there was none. */
  take(seq: number): T | undefined {
    const value = this.get(seq);
    if (value === undefined) return undefined;
    if (this.#sparse !== null) {
      this.#sparse.delete(seq);
      if (this.#sparse.size === 0) this.clear();
      return value;
    }
    this.#size--;
    this.#places[this.#head + seq - this.#first] = undefined;
    if (this.#size === 0) this.clear();
    else if (seq === this.#first) this.#advance();
    return value;
  }

  *values(): Iterable<T> {
    for (const [, value] of this.#entries()) yield value;
  }

  clear(): void {
    this.#places = [];
    this.#head = 0;
    this.#first = 0;
    this.#size = 0;
    this.#sparse = null;
  }

  /** Sees to it that the array reaches to `seq`. False when it would be nearly empty. */
  #makePlace(seq: number): boolean {
    if (this.#size === 0) this.#first = seq;
    const length = this.#places.length - this.#head;
    const before = Math.max(0, this.#first - seq);
    const after = Math.max(0, seq - this.#first + 1 - length);
    if (before + after > 1 && before + length + after > 2 * this.#size + MAX_HOLES) return false;
    for (let i = 0; i < after; i++) this.#places.push(undefined);
    if (before > 0) {
      this.#places = [...Array<undefined>(before).fill(undefined), ...this.#places.slice(this.#head)];
      this.#head = 0;
      this.#first = seq;
    }
    return true;
  }

  #advance(): void {
    while (this.#places[this.#head] === undefined) {
      this.#head++;
      this.#first++;
    }
    // Giving the memory back now and then keeps a long queue linear.
    if (this.#head >= 512 && this.#head * 2 >= this.#places.length) {
      this.#places = this.#places.slice(this.#head);
      this.#head = 0;
    }
  }

  *#entries(): Iterable<[number, T]> {
    if (this.#sparse !== null) {
      yield* [...this.#sparse].sort(([a], [b]) => a - b);
      return;
    }
    for (let i = this.#head; i < this.#places.length; i++) {
      const value = this.#places[i];
      if (value !== undefined) yield [this.#first + i - this.#head, value];
    }
  }
}
