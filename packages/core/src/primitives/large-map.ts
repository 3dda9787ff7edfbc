import { heldAtStart } from './held-at-start.js';
import { partOf, PARTS, SPLIT_AT } from './text-part.js';

/**
 * A `Map` of texts that has no long pause in it: beyond 32,768 keys it is many small maps, by a hash of the key. One that grows to a million copies itself again and again, in
 * a tenth of a second at last. Keys come in no order. What is held may change while it is gone through: what stays is met
 * once, and that ends whatever is written meanwhile.
 */
export class LargeMap<V> {
  #whole: Map<string, V> | null = new Map();
  #parts: readonly Map<string, V>[] = [];
  readonly #splitAt: number;

  /** `splitAt`: of more keys than this it is in parts. */
  constructor(splitAt = SPLIT_AT) {
    this.#splitAt = splitAt;
  }

  get size(): number {
    if (this.#whole !== null) return this.#whole.size;
    let size = 0;
    for (const part of this.#parts) size += part.size;
    return size;
  }

  get(key: string): V | undefined {
    return this.#of(key).get(key);
  }

  has(key: string): boolean {
    return this.#of(key).has(key);
  }

  set(key: string, value: V): void {
    this.#of(key).set(key, value);
    if (this.#whole !== null && this.#whole.size > this.#splitAt) this.#split(this.#whole);
  }

  delete(key: string): boolean {
    return this.#of(key).delete(key);
  }

  *keys(): Iterable<string> {
    for (const [key] of this) yield key;
  }

  *values(): Iterable<V> {
    for (const [, value] of this) yield value;
  }

  *[Symbol.iterator](): Iterator<[key: string, value: V]> {
    const parts = this.#all();
    const sizes = parts.map(({ size }) => size);
    for (const [i, part] of parts.entries()) yield* heldAtStart(part, sizes[i]);
  }

  #of(key: string): Map<string, V> {
    return this.#whole ?? (this.#parts[partOf(key)] as Map<string, V>);
  }

  #all(): readonly Map<string, V>[] {
    return this.#whole === null ? this.#parts : [this.#whole];
  }

  #split(whole: Map<string, V>): void {
    const parts = Array.from({ length: PARTS }, () => new Map<string, V>());
    for (const [key, value] of whole) (parts[partOf(key)] as Map<string, V>).set(key, value);
    this.#parts = parts;
    this.#whole = null;
  }
}
