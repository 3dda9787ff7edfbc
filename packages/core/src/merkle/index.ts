export {
  addDigests,
  decodeDigest,
  EMPTY_DIGEST,
  encodeDigest,
  exchangeRow,
  sameDigest,
  type Digest,
  type WireDigest,
} from './digest.js';
export { createAsker, createHolder, type Asker, type AskerTurn, type Holder, type HolderTurn } from './exchange.js';
export type { ExchangeError } from './exchange-item.js';
export { HashTrie, LIST_ROWS } from './hash-trie.js';
export { recordHash } from './record-hash.js';
export { combineTries, type TriePath, type TrieReader, type TrieRow } from './trie-reader.js';
