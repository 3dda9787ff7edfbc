// Randomness that every subject gets alike.

/**
 * Uniform integers from a seed (mulberry32).
 *
 * @param {number} seed
 * @returns {(bound: number) => number} an integer from 0 to `bound` - 1
 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * bound);
  };
}
