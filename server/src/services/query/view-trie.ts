import type { LwwRecord } from '@topgun/core/crdt';
import { HashTrie, recordHash } from '@topgun/core/merkle';
import type { Hash64 } from '@topgun/core/primitives';

/** A view's rows, as the trie is made of them. */
export interface TrieRows {
  readonly keys: () => readonly string[];
  /** `undefined` when the view does not show it, or no longer. */
  readonly row: (key: string) => LwwRecord | undefined;
}

/**
 * SY-2: the hash-trie over one view's rows: made when it is first wanted, in slices if there is time, and kept current from then on. A view
 * that nobody comes back to costs nothing for it.
 */
export class ViewTrie {
  readonly #hash: Hash64;
  readonly #rows: TrieRows;
  #trie: HashTrie | null = null;
  /** What is still to be put in; `null` when nothing is. */
  #waiting: string[] | null = null;

  constructor(hash: Hash64, rows: TrieRows) {
    this.#hash = hash;
    this.#rows = rows;
  }

  /** The trie, if it is complete. */
  get current(): HashTrie | null {
    return this.#waiting === null ? this.#trie : null;
  }

  /** The trie, completed. */
  complete(): HashTrie {
    while (this.prepare(Infinity));
    return this.#trie!;
  }

  /** Puts in so many rows. True when there are more to put in. */
  prepare(rows: number): boolean {
    if (this.#trie === null) {
      this.#trie = new HashTrie(this.#hash);
      this.#waiting = [...this.#rows.keys()];
    }
    if (this.#waiting === null) return false;
    for (let left = rows; left > 0; left -= 1) {
      const key = this.#waiting.pop();
      if (key === undefined) break;
      this.#put(key);
    }
    if (this.#waiting.length === 0) this.#waiting = null;
    return this.#waiting !== null;
  }

  /** The view shows this row otherwise, or not at all, or for the first time. */
  changed(key: string): void {
    if (this.#trie !== null) this.#put(key);
  }

  readonly hashOf = (key: string, record: LwwRecord): bigint => recordHash(this.#hash, key, record);

  #put(key: string): void {
    const record = this.#rows.row(key);
    if (record === undefined) this.#trie?.delete(key);
    else this.#trie?.set(key, this.hashOf(key, record));
  }
}
