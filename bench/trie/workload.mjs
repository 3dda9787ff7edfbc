// Keys and record hashes, the same for the trie and for the map.

import { seededRandom } from '../method/random.mjs';

export const keyOf = (i) => `todo-${i}`;

/** A 64-bit hash of a record that nobody else has: by a multiplication whose result names its number. */
export const recordHashOf = (number) => BigInt.asUintN(64, BigInt(number) * 0x9e37_79b9_7f4a_7c15n + 1n);

/**
 * What a burst writes, made before it is timed: records of which each gets a new hash.
 *
 * @param {number} n records held
 * @param {number} count writes
 * @param {number} seed
 * @returns {{ keys: string[], hashes: bigint[] }}
 */
export function burstOf(n, count, seed) {
  const random = seededRandom(seed);
  const keys = [];
  const hashes = [];
  for (let i = 0; i < count; i += 1) {
    keys.push(keyOf(random(n)));
    hashes.push(recordHashOf(seed * count + i));
  }
  return { keys, hashes };
}

/** Count and sum of what is held, by adding up all of it. */
export function digestOf(entries) {
  let count = 0;
  let sum = 0n;
  for (const [, hash] of entries) {
    count += 1;
    sum += hash;
  }
  return `${count} records, ${BigInt.asUintN(64, sum)}`;
}
