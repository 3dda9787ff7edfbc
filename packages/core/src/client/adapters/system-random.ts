import type { Random } from '../ports/environment.js';

const ALPHABET = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';

/** The platform's randomness: cryptographic for ids, plain for jitter. */
export const systemRandom: Random = {
  unit: () => Math.random(),
  id(length) {
    let text = '';
    // 64 characters: the low six bits of a byte pick one of them without bias.
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) text += ALPHABET[byte & 63];
    return text;
  },
};
