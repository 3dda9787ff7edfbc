import type { Value } from '../../primitives/index.js';

const MAX_KEPT = 1_000;

/**
 * Development only: what records were before their latest change from elsewhere, so that a write which puts that back can be
 * noticed (CR-4). Bounded: the longest untouched go first.
 */
export class EarlierValues {
  readonly #values = new Map<string, Value>();

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  note(key: string, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > MAX_KEPT) this.#values.delete(this.#values.keys().next().value as string);
  }

  /** The record was written here since: what it was before is no news any more. */
  forget(key: string): void {
    this.#values.delete(key);
  }
}
