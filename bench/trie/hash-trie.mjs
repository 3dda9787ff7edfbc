// TopGun's trie over the hashes of keys.

import { HashTrie } from '@topgun/core/merkle';
import xxhash from 'xxhash-wasm';

const { h64 } = await xxhash();

export function create() {
  const trie = new HashTrie((text) => h64(text));
  return {
    set: (key, hash) => trie.set(key, hash),
    delete: (key) => trie.delete(key),
    digest() {
      const { count, sum } = trie.digest();
      return `${count} records, ${sum}`;
    },
  };
}
