import type { Value } from '@topgun/core/primitives';
import type { Literal, Path } from '@topgun/core/query';
import { ByValue, literalOf } from './by-value.js';
import { placeValue } from './place-value.js';

/** The keys of a map's records by what they hold at one place. Pure: whoever has it says what changes. */
export class KeysByValue {
  readonly #path: Path;
  readonly #keys = new ByValue<Set<string>>();

  constructor(path: Path) {
    this.#path = path;
  }

  change(key: string, before: () => Value | undefined, after: () => Value | undefined): void {
    const was = placeValue(this.#path, key, before);
    const is = placeValue(this.#path, key, after);
    if (was === is) return;
    if (was !== undefined) this.#delete(literalOf(was), key);
    if (is !== undefined) this.#add(literalOf(is), key);
  }

  keys(literal: Literal): ReadonlySet<string> {
    return this.#keys.get(literal) ?? NONE;
  }

  #add(literal: Literal, key: string): void {
    const keys = this.#keys.get(literal);
    if (keys === undefined) this.#keys.set(literal, new Set([key]));
    else keys.add(key);
  }

  #delete(literal: Literal, key: string): void {
    const keys = this.#keys.get(literal);
    if (keys?.delete(key) === true && keys.size === 0) this.#keys.delete(literal);
  }
}

const NONE: ReadonlySet<string> = new Set();
