import type { Value } from '../../primitives/index.js';

const GENERATION = 1_000;

/**
 * Development only: what records were before their latest change from elsewhere, so that a write which puts that back can be
 * noticed (CR-4). Bounded: the longest untouched go first, a generation at a time.
 */
export class EarlierValues {
  #recent = new Map<string, Value>();
  #before = new Map<string, Value>();

  get(key: string): Value | undefined {
    return this.#recent.get(key) ?? this.#before.get(key);
  }

  note(key: string, value: Value): void {
    this.#recent.set(key, value);
    if (this.#recent.size < GENERATION) return;
    this.#before = this.#recent;
    this.#recent = new Map();
  }

  /** The record was written here since: what it was before is no news any more. */
  forget(key: string): void {
    this.#recent.delete(key);
    this.#before.delete(key);
  }
}
