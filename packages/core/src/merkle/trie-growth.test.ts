import { describe, expect, test } from 'vitest';
import type { Hash64 } from '../primitives/index.js';
import { HashTrie } from './hash-trie.js';
import { xxh64 } from './hashes.arbitrary.js';
import { plainTrie, sortedRows } from './trie-model.arbitrary.js';

// Rows and nodes lie in arrays that grow by doubling, and whose freed places are used again: every edge of both, against a list of rows.

const recordOf = (i: number): bigint => xxh64(`record ${i}`);
const keyOf = (i: number): string => `k${i}`;

function expectSame(trie: HashTrie, rows: ReadonlyMap<string, bigint>, hash: Hash64, paths: readonly string[]): void {
  const plain = plainTrie(rows, hash);
  expect(trie.digest()).toEqual(plain.digest());
  expect([...trie.keys()].sort()).toEqual([...rows.keys()].sort());
  for (const path of paths) {
    expect(trie.count(path)).toBe(plain.count(path));
    expect(sortedRows(trie.rows(path))).toEqual(sortedRows(plain.rows(path)));
    if (path.length < 16) expect(trie.sums(path)).toEqual(plain.sums(path));
  }
}

const PATHS = ['', '0', '7', 'f', '00', 'a5', 'ff', '123', '0123456789abcdef'];

/** Each of two keys to a hash: the last level, at which nothing is split any more. */
const inPairs: Hash64 = (key) => xxh64(String(Math.floor(Number(key.slice(1)) / 2)));
/** Rows go to four first digits, and from there apart: many nodes with few children. */
const narrow: Hash64 = (key) => xxh64(key) & 0x3333_3333_3333_3333n;
const onePlace: Hash64 = () => 0x0123_4567_89ab_cdefn;

describe.each<[string, Hash64]>([
  ['a good hash', xxh64],
  ['two keys to a hash', inPairs],
  ['few digits', narrow],
  ['one hash for all', onePlace],
])('SY-2: with %s', (_what, hash) => {
  test('it reads as its rows at each size at which its arrays grow, and on either side of it', () => {
    const trie = new HashTrie(hash);
    const rows = new Map<string, bigint>();
    const edges = new Set([62, 63, 64, 65, 126, 127, 128, 129, 254, 255, 256, 257]);
    for (let i = 1; i <= 260; i += 1) {
      trie.set(keyOf(i), recordOf(i));
      rows.set(keyOf(i), recordOf(i));
      expect(trie.size).toBe(i);
      if (edges.has(i)) expectSame(trie, rows, hash, PATHS);
    }
  });

  test('places that were freed are used again, whichever they were, and what they held does not show', () => {
    for (const nth of [1, 2, 3, 7]) {
      const trie = new HashTrie(hash);
      const rows = new Map<string, bigint>();
      for (let i = 0; i < 150; i += 1) {
        trie.set(keyOf(i), recordOf(i));
        rows.set(keyOf(i), recordOf(i));
      }
      for (let round = 0; round < 3; round += 1) {
        for (let i = round; i < 150; i += nth) {
          trie.delete(keyOf(i));
          rows.delete(keyOf(i));
        }
        expectSame(trie, rows, hash, PATHS);
        for (let i = round; i < 150; i += nth) {
          const key = keyOf(i + 1_000 * (round + 1));
          trie.set(key, recordOf(i));
          rows.set(key, recordOf(i));
        }
        expectSame(trie, rows, hash, PATHS);
      }
    }
  });

  test('a row that is set again is one row, with the record it was given last, and keys are told apart by themselves', () => {
    const trie = new HashTrie(hash);
    for (let i = 0; i < 40; i += 1) trie.set(keyOf(i), recordOf(i));
    for (let i = 39; i >= 0; i -= 1) trie.set(keyOf(i), recordOf(i + 100));
    const rows = new Map(Array.from({ length: 40 }, (_, i) => [keyOf(i), recordOf(i + 100)]));
    expectSame(trie, rows, hash, PATHS);
    for (let i = 0; i < 80; i += 1) expect(trie.has(keyOf(i))).toBe(i < 40);
    for (let i = 40; i < 80; i += 1) trie.delete(keyOf(i));
    expectSame(trie, rows, hash, PATHS);
  });
});

test('SY-2: under the path of a whole hash are its rows, and under any other none', () => {
  const trie = new HashTrie(inPairs);
  for (let i = 0; i < 60; i += 1) trie.set(keyOf(i), recordOf(i));
  for (let i = 0; i < 60; i += 2) {
    const path = inPairs(keyOf(i)).toString(16).padStart(16, '0');
    expect(sortedRows(trie.rows(path)).map(({ key }) => key)).toEqual([keyOf(i), keyOf(i + 1)].sort());
    expect(trie.count(path)).toBe(2);
    const other = `${path.slice(0, 15)}${path.endsWith('0') ? '1' : '0'}`;
    expect([trie.count(other), trie.rows(other)]).toEqual([0, []]);
  }
});
