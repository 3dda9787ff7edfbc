import { canonicalJson, type Value } from '@topgun/core/primitives';
import type { Literal } from '@topgun/core/query';

/** A map from values, which are the same when queries take them for equal (QU-1): objects, arrays and bytes by their content. */
export class ByValue<T> {
  readonly #scalars = new Map<Value, T>();
  /** By canonical text. */
  readonly #others = new Map<string, T>();

  get size(): number {
    return this.#scalars.size + this.#others.size;
  }

  get(literal: Literal): T | undefined {
    return isEncoded(literal) ? this.#others.get(literal.json) : this.#scalars.get(literal);
  }

  set(literal: Literal, held: T): void {
    if (isEncoded(literal)) this.#others.set(literal.json, held);
    else this.#scalars.set(literal, held);
  }

  delete(literal: Literal): void {
    if (isEncoded(literal)) this.#others.delete(literal.json);
    else this.#scalars.delete(literal);
  }

  /** The same by a value as records hold it. */
  ofValue(value: Value): T | undefined {
    if (typeof value !== 'object' || value === null) return this.#scalars.get(value);
    return this.#others.size === 0 ? undefined : this.#others.get(canonicalJson(value));
  }
}

const isEncoded = (literal: Literal): literal is Extract<Literal, { readonly json: string }> =>
  typeof literal === 'object' && literal !== null;

/** A value as queries hold it. */
export const literalOf = (value: Value): Literal =>
  typeof value === 'object' && value !== null ? { json: canonicalJson(value) } : value;
