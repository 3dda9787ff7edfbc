import type { Hash64 } from '../primitives/index.js';
import { WORD_48, type TrieReader, type TrieRow } from './trie-reader.js';

/** The contract of {@link TrieReader} in its own words: a list of rows, looked through for every question. It has no tree. */
export function plainTrie(rows: ReadonlyMap<string, bigint>, hash: Hash64): TrieReader {
  const digits = (key: string): string => hash(key).toString(16).padStart(16, '0');
  const under = (path: string): [string, bigint][] => [...rows].filter(([key]) => digits(key).startsWith(path));
  const low = (word: bigint): number => Number(word % BigInt(WORD_48));
  return {
    digest: () => ({
      count: rows.size,
      sum: BigInt.asUintN(
        64,
        [...rows.values()].reduce((sum, record) => sum + record, 0n),
      ),
    }),
    count: (path) => under(path).length,
    sums: (path) =>
      Array.from({ length: 16 }, (_, digit) => {
        const below = under(path + digit.toString(16));
        return below.length === 0 ? null : below.reduce((sum, [, record]) => (sum + low(record)) % WORD_48, 0);
      }),
    rows: (path) => under(path).map(([key, record]): TrieRow => ({ key, ident: low(hash(key)), record: low(record) })),
  };
}

export const sortedRows = (rows: readonly TrieRow[]): readonly TrieRow[] =>
  [...rows].sort((a, b) => (a.key < b.key ? -1 : 1));
