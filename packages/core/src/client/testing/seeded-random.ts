import type { Random } from '../ports/environment.js';

const ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';

export interface SeededRandom extends Random {
  /** Uniform integer in [0, below). */
  integer(below: number): number;
  /** One of the items; throws when there is none. */
  pick<T>(items: readonly T[]): T;
}

/**
 * The same seed gives the same run. Not for ids outside tests: it is predictable by design.
 *
 * Source of the algorithm: SplitMix32, a 32-bit relative of Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014).
 */
export function createSeededRandom(seed: number): SeededRandom {
  let state = seed | 0;

  function next32(): number {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  const unit = (): number => next32() / 0x1_0000_0000;
  const integer = (below: number): number => Math.floor(unit() * below);
  return {
    unit,
    integer,
    id(length) {
      let text = '';
      for (let i = 0; i < length; i++) text += ALPHABET[next32() & 63];
      return text;
    },
    pick(items) {
      const item = items[integer(items.length)];
      if (item === undefined && items.length === 0) throw new Error('nothing to pick from');
      return item as (typeof items)[number];
    },
  };
}
