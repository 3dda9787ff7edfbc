import { addDigests, EMPTY_DIGEST, type Digest } from './digest.js';

/** A subtree: the hexadecimal digits that the key hashes in it begin with. `''` is the whole, 16 digits are one key hash. */
export type TriePath = string;

export const MAX_DEPTH = 16;

/** A row as the other side is told of it. The low 48 bits of a hash tell rows of one subtree apart, and are exact as numbers. */
export interface TrieRow {
  readonly key: string;
  /** Of the key's hash. */
  readonly ident: number;
  /** Of the record's hash. */
  readonly record: number;
}

/** What an exchange reads of a trie. Which shape the trie has inside does not show. */
export interface TrieReader {
  digest(): Digest;
  /** How many rows are under the path. */
  count(path: TriePath): number;
  /** For each of the 16 digits that may follow: the sum of the record hashes there, modulo 2^48, or `null` for no rows. */
  sums(path: TriePath): readonly (number | null)[];
  /** The rows under the path, in no order. */
  rows(path: TriePath): readonly TrieRow[];
}

export const WORD_48 = 2 ** 48;

/** Several tries that share no key, as one: the tries of a map's partitions add up to that of the map. */
export function combineTries(tries: readonly TrieReader[]): TrieReader {
  return {
    digest: () => tries.map((trie) => trie.digest()).reduce(addDigests, EMPTY_DIGEST),
    count: (path) => tries.reduce((count, trie) => count + trie.count(path), 0),
    sums(path) {
      const all: (number | null)[] = new Array<number | null>(16).fill(null);
      for (const trie of tries) {
        trie.sums(path).forEach((sum, digit) => {
          if (sum !== null) all[digit] = ((all[digit] ?? 0) + sum) % WORD_48;
        });
      }
      return all;
    },
    rows: (path) => tries.flatMap((trie) => trie.rows(path)),
  };
}
