import type { Hash64 } from '../ports/environment.js';

/** FNV-1a over UTF-16 code units: a deterministic, synchronous stand-in for xxHash where only the spread matters. */
export const fakeHash: Hash64 = (text) => {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  }
  return hash;
};
