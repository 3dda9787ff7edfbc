import * as fc from 'fast-check';
import xxhash from 'xxhash-wasm';
import type { Hash64 } from '../primitives/index.js';

const { h64 } = await xxhash();

export const xxh64: Hash64 = (text) => h64(text);

/** Good and bad ones: laws that are about the trie must not need a good hash, and collisions must do no harm. */
export const hashes: fc.Arbitrary<Hash64> = fc.constantFrom<Hash64[]>(
  xxh64,
  // Everything goes the same way for long, and then apart.
  (text) => xxh64(text) & 0xffn,
  // Few first digits, and many keys with one hash.
  (text) => (xxh64(text) % 5n) << 60n,
  () => 0xffff_ffff_ffff_ffffn,
);
