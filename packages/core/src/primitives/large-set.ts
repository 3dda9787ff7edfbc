import { heldAtStart } from './held-at-start.js';
import { partOf, PARTS, SPLIT_AT } from './text-part.js';

/** What `LargeMap` is, without values: a `Set` of texts that has no long pause in it. */
export class LargeSet {
  #whole: Set<string> | null = new Set();
  #parts: readonly Set<string>[] = [];
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

  has(key: string): boolean {
    return this.#of(key).has(key);
  }

  add(key: string): void {
    this.#of(key).add(key);
    if (this.#whole !== null && this.#whole.size > this.#splitAt) this.#split(this.#whole);
  }

  delete(key: string): boolean {
    return this.#of(key).delete(key);
  }

  *[Symbol.iterator](): Iterator<string> {
    const parts = this.#whole === null ? this.#parts : [this.#whole];
    const sizes = parts.map(({ size }) => size);
    for (const [i, part] of parts.entries()) yield* heldAtStart(part, sizes[i]);
  }

  #of(key: string): Set<string> {
    return this.#whole ?? (this.#parts[partOf(key)] as Set<string>);
  }

  #split(whole: Set<string>): void {
    const parts = Array.from({ length: PARTS }, () => new Set<string>());
    for (const key of whole) (parts[partOf(key)] as Set<string>).add(key);
    this.#parts = parts;
    this.#whole = null;
  }
}
