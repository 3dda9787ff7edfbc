import { once } from './once.js';

/** Of more keys than this a large map is in parts. */
export const SPLIT_AT = 32_768;

/** So many are enough for some ten million keys, and few enough to be made in one go. */
export const PARTS = 64;

/** So many characters tell keys apart, the last ones. */
const HASHED = 64;

const HASHES = 1_024;

/** The last part gets nearly twice as many keys as the first: parts of one size would all grow at the same time, which is the pause again. */
const partsByHash = once(() =>
  Uint8Array.from({ length: HASHES }, (_, hash) => Math.floor(PARTS * Math.log2(1 + hash / HASHES))),
);

/** In which part a text is. Where all texts end alike in so many characters, all are in one. */
export function partOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = Math.max(0, text.length - HASHED); i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  // The lower bits depend on fewer bits of the characters than the upper ones.
  return partsByHash()[(hash ^ (hash >>> 15)) & (HASHES - 1)] as number;
}
