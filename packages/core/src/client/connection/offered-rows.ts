import { HashTrie } from '../../merkle/index.js';
import type { Hash64 } from '../ports/environment.js';
import { KeySet } from '../key-set.js';

/** SY-2: rows that a device can offer to the server, and their keys, which it holds of the rows when the server goes by them. */
export class OfferedRows {
  readonly trie: HashTrie;
  readonly keys = new KeySet();

  constructor(hash: Hash64) {
    this.trie = new HashTrie(hash);
  }

  /** Puts the row in the place of the one with its key, if there is one. */
  set(key: string, record: bigint): void {
    this.trie.set(key, record);
    this.keys.add(key);
  }

  /** Takes the row out; nothing happens when there is none. */
  delete(key: string): void {
    this.trie.delete(key);
    this.keys.delete(key);
  }
}
