import { describe, expect, test } from 'vitest';
import type { Hash64 } from '../primitives/index.js';
import { HashTrie } from './hash-trie.js';
import { xxh64 } from './hashes.arbitrary.js';
import { plainTrie, sortedRows } from './trie-model.arbitrary.js';

// Every run of five steps on two keys, in a trie whose lists are full already, so that each step may make or unmake a node.

type Step = readonly [key: string, record: bigint | null];

const STEPS: readonly Step[] = ['x', 'y'].flatMap((key) =>
  [1n, 2n ** 64n - 1n, null].map((record): Step => [key, record]),
);

function* runs(length: number): Generator<readonly Step[]> {
  if (length === 0) return yield [];
  for (const run of runs(length - 1)) for (const step of STEPS) yield [...run, step];
}

const HASHES: readonly (readonly [what: string, hash: Hash64])[] = [
  ['a good hash', xxh64],
  ['one hash for all', () => 0xabcdn],
  ['the last digit alone', (text) => xxh64(text) & 15n],
];

describe.each(HASHES)('with %s', (_what, hash) => {
  test.each([0, 7, 8, 15, 16])('SY-2: beside %i rows it reads as what is left, after every run', (others) => {
    let wrong = 0;
    let looked = 0;
    for (const run of runs(others === 0 ? 5 : 3)) {
      const trie = new HashTrie(hash);
      const rows = new Map<string, bigint>();
      for (let i = 0; i < others; i += 1) {
        trie.set(`other ${i}`, BigInt(i));
        rows.set(`other ${i}`, BigInt(i));
      }
      for (const [key, record] of run) {
        if (record === null) {
          trie.delete(key);
          rows.delete(key);
        } else {
          trie.set(key, record);
          rows.set(key, record);
        }
      }
      looked += 1;
      const plain = plainTrie(rows, hash);
      const isSame =
        trie.digest().sum === plain.digest().sum &&
        trie.size === rows.size &&
        trie.has('x') === rows.has('x') &&
        trie.has('y') === rows.has('y') &&
        JSON.stringify(trie.sums('')) === JSON.stringify(plain.sums('')) &&
        JSON.stringify(sortedRows(trie.rows(''))) === JSON.stringify(sortedRows(plain.rows(''))) &&
        [...trie.keys()].sort().join() === [...rows.keys()].sort().join();
      if (!isSame) wrong += 1;
    }
    expect([wrong, looked]).toEqual([0, STEPS.length ** (others === 0 ? 5 : 3)]);
  });
});
