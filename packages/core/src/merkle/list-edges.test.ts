import { describe, expect, test } from 'vitest';
import type { Hash64 } from '../primitives/index.js';
import { HashTrie, LIST_ROWS } from './hash-trie.js';
import { xxh64 } from './hashes.arbitrary.js';
import { plainTrie, sortedRows } from './trie-model.arbitrary.js';

// Where a list becomes a node and a node a list again: one row more, one row less, at every depth.

/** Keys whose hashes share so many first digits, and then go apart one by one. */
const sharing =
  (depth: number): Hash64 =>
  (key) =>
    BigInt(
      `0x${'a'.repeat(depth)}${BigInt.asUintN(64 - 4 * depth, BigInt(key) * 0x9e3779b97f4a7c15n)
        .toString(16)
        .padStart(16 - depth, '0')}`,
    );

const PATHS = ['', 'a', 'aa', 'aaaa', 'b', 'ab', 'aaaaaaaaaaaaaaa', '0'];

function expectSame(trie: HashTrie, rows: ReadonlyMap<string, bigint>, hash: Hash64): void {
  const plain = plainTrie(rows, hash);
  expect(trie.digest()).toEqual(plain.digest());
  expect(trie.size).toBe(rows.size);
  for (const path of PATHS) {
    expect(trie.count(path)).toBe(plain.count(path));
    expect(trie.sums(path)).toEqual(plain.sums(path));
    expect(sortedRows(trie.rows(path))).toEqual(sortedRows(plain.rows(path)));
  }
}

describe.each([0, 1, 2, 5, 10, 14])('with the first %i digits in common', (depth) => {
  const hash = sharing(depth);
  const recordOf = (i: number): bigint => xxh64(`record ${i}`);

  test('SY-2: it reads as its rows after every one that is added, and after every one that is taken out', () => {
    const trie = new HashTrie(hash);
    const rows = new Map<string, bigint>();
    for (let i = 1; i <= 3 * LIST_ROWS; i += 1) {
      trie.set(String(i), recordOf(i));
      rows.set(String(i), recordOf(i));
      expectSame(trie, rows, hash);
    }
    for (let i = 1; i <= 3 * LIST_ROWS; i += 1) {
      trie.delete(String(i));
      rows.delete(String(i));
      expectSame(trie, rows, hash);
    }
  });

  test('SY-2: it swings over the edge as often as one likes', () => {
    const trie = new HashTrie(hash);
    const rows = new Map<string, bigint>();
    const put = (i: number): void => {
      trie.set(String(i), recordOf(i));
      rows.set(String(i), recordOf(i));
    };
    for (let i = 1; i <= LIST_ROWS; i += 1) put(i);
    for (let round = 0; round < 20; round += 1) {
      for (let i = 1; i <= 9; i += 1) put(LIST_ROWS + i);
      expectSame(trie, rows, hash);
      for (let i = 1; i <= 9 + (round % 10); i += 1) {
        const key = String(LIST_ROWS + 10 - i);
        trie.delete(key);
        rows.delete(key);
      }
      expectSame(trie, rows, hash);
      for (let i = 1; i <= LIST_ROWS; i += 1) put(i);
    }
  });

  test('SY-2: the order in which rows came does not show', () => {
    const keys = Array.from({ length: 40 }, (_, i) => String(i + 1));
    const filled = (order: readonly string[]): HashTrie => {
      const trie = new HashTrie(hash);
      for (const key of order) trie.set(key, recordOf(Number(key)));
      return trie;
    };
    const [one, other] = [filled(keys), filled([...keys].reverse())];
    for (const path of PATHS) {
      expect(other.sums(path)).toEqual(one.sums(path));
      expect(sortedRows(other.rows(path))).toEqual(sortedRows(one.rows(path)));
    }
  });
});

describe('words at their edges', () => {
  const edges = [0n, 1n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 48n - 1n, 2n ** 48n, 2n ** 63n, 2n ** 64n - 1n];

  test('SY-2: sums carry and borrow between their halves, whatever is put in the place of what', () => {
    for (const before of edges) {
      for (const after of edges) {
        const trie = new HashTrie(xxh64);
        const rows = new Map([
          ['other', 2n ** 64n - 2n],
          ['k', after],
        ]);
        trie.set('other', 2n ** 64n - 2n);
        trie.set('k', before);
        trie.set('k', after);
        expectSame(trie, rows, xxh64);
        trie.delete('k');
        rows.delete('k');
        expectSame(trie, rows, xxh64);
      }
    }
  });

  test('SY-2: a row whose record hash is 0 is there: the count tells', () => {
    const trie = new HashTrie(xxh64);
    trie.set('k', 0n);
    expect(trie.digest()).toEqual({ count: 1, sum: 0n });
    expect(trie.sums('').filter((sum) => sum === 0)).toHaveLength(1);
    expect(trie.has('k')).toBe(true);
  });
});
