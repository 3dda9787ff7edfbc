import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Hash64 } from '../primitives/index.js';
import { EMPTY_DIGEST, type Digest } from './digest.js';
import { HashTrie, LIST_ROWS } from './hash-trie.js';
import { hashes, xxh64 } from './hashes.arbitrary.js';
import { combineTries, WORD_48, type TrieReader } from './trie-reader.js';

type Rows = ReadonlyMap<string, bigint>;

const words = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const keys = fc.oneof(
  { weight: 8, arbitrary: fc.nat(60).map((n) => `k${n}`) },
  { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
);

/** A row to set, or a key to delete. */
const steps = fc.array(fc.tuple(keys, fc.option(words, { freq: 3 })), { maxLength: 400 });

function after(list: readonly (readonly [string, bigint | null])[]): Rows {
  const rows = new Map<string, bigint>();
  for (const [key, record] of list) {
    if (record === null) rows.delete(key);
    else rows.set(key, record);
  }
  return rows;
}

function take(trie: HashTrie, list: readonly (readonly [string, bigint | null])[]): HashTrie {
  for (const [key, record] of list) {
    if (record === null) trie.delete(key);
    else trie.set(key, record);
  }
  return trie;
}

const digestOf = (rows: Iterable<bigint>): Digest => {
  const all = [...rows];
  return {
    count: all.length,
    sum: BigInt.asUintN(
      64,
      all.reduce((sum, record) => sum + record, 0n),
    ),
  };
};

/** What a reader must say, from the words of its contract. */
function expectReads(trie: TrieReader, rows: Rows, hash: Hash64): void {
  expect(trie.digest()).toEqual(digestOf(rows.values()));
  const digitsOf = (key: string): string => hash(key).toString(16).padStart(16, '0');
  const all = [...rows].map(([key, record]) => ({
    key,
    digits: digitsOf(key),
    ident: Number(hash(key) % BigInt(WORD_48)),
    record: Number(record % BigInt(WORD_48)),
  }));
  const paths = new Set([
    '',
    'f',
    '00',
    ...all.flatMap(({ digits }) => [1, 2, 3, 5, 15, 16].map((n) => digits.slice(0, n))),
  ]);
  for (const path of [...paths].slice(0, 40)) {
    const under = all.filter(({ digits }) => digits.startsWith(path));
    expect(trie.count(path)).toBe(under.length);
    const listed = [...trie.rows(path)].sort((a, b) => (a.key < b.key ? -1 : 1));
    const expected = under.map(({ key, ident, record }) => ({ key, ident, record }));
    expect(listed).toEqual(expected.sort((a, b) => (a.key < b.key ? -1 : 1)));
    if (path.length === 16) continue;
    const sums = Array.from({ length: 16 }, (_, digit) => {
      const below = under.filter(({ digits }) => parseInt(digits[path.length]!, 16) === digit);
      return below.length === 0 ? null : below.reduce((sum, { record }) => (sum + record) % WORD_48, 0);
    });
    expect(trie.sums(path)).toEqual(sums);
  }
}

describe('the hash-trie', () => {
  test('SY-2: incremental is rebuilt: it reads as the rows it was left with, whatever came before, and with any hash', () => {
    fc.assert(
      fc.property(hashes, steps, (hash, list) => {
        const trie = take(new HashTrie(hash), list);
        const rows = after(list);
        expectReads(trie, rows, hash);
        expect([...trie.keys()].sort()).toEqual([...rows.keys()].sort());
        expect(trie.size).toBe(rows.size);
        for (const key of ['k0', 'k1', 'k2', '']) expect(trie.has(key)).toBe(rows.has(key));
      }),
      { numRuns: 150 },
    );
  });

  test('SY-2: the root is count and sum of the rows, in whatever order they came', () => {
    fc.assert(
      fc.property(hashes, steps, steps, fc.infiniteStream(fc.nat()), (hash, list, others, numbers) => {
        const rows = [...after(list)];
        const order = rows.map((row) => [numbers.next().value as number, row] as const);
        const shuffled = order.sort(([a], [b]) => a - b).map(([, row]) => row);
        const trie = take(new HashTrie(hash), list);
        expect(take(new HashTrie(hash), shuffled).digest()).toEqual(trie.digest());
        // Record hashes here are any words, so two sets may have one sum; with real ones they have not, see the next test.
        const other = after(others);
        const sum = [...other.values()].reduce((all, record) => BigInt.asUintN(64, all + record), 0n);
        expect(take(new HashTrie(hash), others).digest()).toEqual({ count: other.size, sum });
      }),
      { numRuns: 150 },
    );
  });

  test('SY-2: with record hashes, roots are equal exactly when states are', () => {
    const states = fc.array(fc.tuple(keys, fc.constantFrom('a', 'b', null)), { maxLength: 60 });
    const hashed = (list: readonly (readonly [string, string | null])[]) =>
      list.map(([key, state]) => [key, state === null ? null : xxh64(`${key}\u0000${state}`)] as const);
    fc.assert(
      fc.property(states, states, (one, other) => {
        const digests = [one, other].map((list) => take(new HashTrie(xxh64), hashed(list)).digest());
        const texts = [one, other].map((list) => JSON.stringify(textOf(after(hashed(list)))));
        expect(JSON.stringify(digests, bigints) === JSON.stringify(digests.toReversed(), bigints)).toBe(
          texts[0] === texts[1],
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test('SY-2: tries over partitions add up to the trie of the whole', () => {
    fc.assert(
      fc.property(hashes, steps, fc.integer({ min: 1, max: 5 }), (hash, list, parts) => {
        const tries = Array.from({ length: parts }, () => new HashTrie(hash));
        for (const [key, record] of list) take(tries[Number(xxh64(key) % BigInt(parts))]!, [[key, record]]);
        expectReads(combineTries(tries), after(list), hash);
      }),
      { numRuns: 100 },
    );
    expect(combineTries([]).digest()).toEqual(EMPTY_DIGEST);
  });

  test('SY-2: emptied it is as new, and what was freed is used again', () => {
    const trie = new HashTrie(xxh64);
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 2_000; i += 1) trie.set(`k${i}`, BigInt(i + round));
      expect(trie.digest()).toEqual(digestOf(Array.from({ length: 2_000 }, (_, i) => BigInt(i + round))));
      for (let i = 0; i < 2_000; i += 1) trie.delete(`k${i}`);
      expect(trie.digest()).toEqual(EMPTY_DIGEST);
      expect(trie.rows('')).toEqual([]);
    }
  });

  test('SY-2: an update reads and writes the nodes on its way only: the depth grows with the logarithm of the size', () => {
    const depths = [1_000, 30_000].map((size) => {
      const trie = new HashTrie(xxh64);
      for (let i = 0; i < size; i += 1) trie.set(`k${i}`, 1n);
      let depth = 0;
      // A subtree of more rows than a list has is a node.
      for (let path = ''; trie.count(path) > LIST_ROWS; path += 'a') depth += 1;
      return depth;
    });
    expect(depths).toEqual([2, 3]);
  });

  test('a row set to what it is changes nothing, and neither does deleting what is not there', () => {
    const trie = take(new HashTrie(xxh64), [
      ['a', 5n],
      ['b', 2n ** 64n - 1n],
    ]);
    const digest = trie.digest();
    trie.set('a', 5n);
    trie.delete('c');
    expect(trie.digest()).toEqual(digest);
    expect(digest).toEqual({ count: 2, sum: 4n });
  });
});

const textOf = (rows: Rows): readonly (readonly [string, string])[] =>
  [...rows].map(([key, record]) => [key, String(record)] as const).sort(([a], [b]) => (a < b ? -1 : 1));

const bigints = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
