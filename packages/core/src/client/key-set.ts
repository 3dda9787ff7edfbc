/** Keys that can be looked at. */
export type ReadonlyKeys = Pick<ReadonlySet<string>, 'has' | 'size'> & Iterable<string>;

/** Of so many keys that differ, and a fourth of all, a copy has a set of its own again. */
const FEW = 64;

/**
 * A set of keys of which a copy costs as much as what has changed since the last one: what was there then all copies share, and none of them
 * changes it. Thousands of keys that a device offers to the server, that the server confirms, and that the tab shows are so held once, and put into no set again at each reconnect.
 */
export class KeySet implements Iterable<string> {
  /** Never changed. */
  #shared: ReadonlySet<string> = NONE;
  #added: Set<string>;
  /** Of the shared ones. */
  readonly #removed = new Set<string>();

  constructor(keys: Iterable<string> = NONE) {
    this.#added = new Set(keys);
  }

  /** Those keys, in a set that changes by itself. */
  static of(keys: Iterable<string>): KeySet {
    return keys instanceof KeySet ? keys.copy() : new KeySet(keys);
  }

  get size(): number {
    return this.#shared.size - this.#removed.size + this.#added.size;
  }

  has(key: string): boolean {
    if (this.#shared.has(key)) return this.#removed.size === 0 || !this.#removed.has(key);
    return this.#added.size > 0 && this.#added.has(key);
  }

  add(key: string): void {
    if (!this.#shared.has(key)) this.#added.add(key);
    else if (this.#removed.size > 0) this.#removed.delete(key);
  }

  delete(key: string): void {
    if (this.#shared.has(key)) this.#removed.add(key);
    else this.#added.delete(key);
  }

  /** From here on both change by themselves. */
  copy(): KeySet {
    const differing = this.#added.size + this.#removed.size;
    if (differing > FEW && differing > this.#shared.size / 4) this.#share();
    const copy = new KeySet(this.#added);
    copy.#shared = this.#shared;
    for (const key of this.#removed) copy.#removed.add(key);
    return copy;
  }

  *[Symbol.iterator](): Iterator<string> {
    for (const key of this.#shared) if (!this.#removed.has(key)) yield key;
    yield* this.#added;
  }

  #share(): void {
    this.#shared = this.size === this.#added.size ? this.#added : new Set(this);
    this.#added = new Set();
    this.#removed.clear();
  }
}

const NONE: ReadonlySet<string> = new Set();
