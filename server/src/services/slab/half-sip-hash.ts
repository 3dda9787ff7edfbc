/** What hashes are made with. Who does not know it cannot choose keys of one hash. */
export interface HashSeed {
  readonly low: number;
  readonly high: number;
}

/** A seed made of a text that nobody can guess. */
export function seedOf(text: string): HashSeed {
  const bytes = Buffer.from(text);
  const part = (high: number): number => halfSipHash(bytes, 0, bytes.length, { low: 0, high });
  return { low: part(0), high: part(1) };
}

/**
 * HalfSipHash (Aumasson and Bernstein) of the bytes from `from` to `to`: 32 bits, unsigned. 1 and 3 rounds, as hash tables of other languages do with SipHash; 2
 * and 4 are those of its published test vectors.
 */
export function halfSipHash(
  bytes: Uint8Array,
  from: number,
  to: number,
  { low, high }: HashSeed,
  rounds = 1,
  finalRounds = 3,
): number {
  let v0 = low | 0;
  let v1 = high | 0;
  let v2 = 0x6c79_6765 ^ low;
  let v3 = 0x7465_6462 ^ high;
  const lastWord = to - ((to - from) & 3);
  let at = from;
  for (let isLast = false; !isLast; at += 4) {
    isLast = at === lastWord;
    let word = isLast
      ? (to - from) << 24
      : bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    if (isLast) for (let i = 0; at + i < to; i += 1) word |= bytes[at + i]! << (8 * i);
    v3 ^= word;
    for (let left = isLast ? rounds + finalRounds : rounds; left > 0; left -= 1) {
      // Between the last word and the rounds that end it.
      if (isLast && left === finalRounds) {
        v0 ^= word;
        v2 ^= 0xff;
      }
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    if (!isLast) v0 ^= word;
  }
  return (v1 ^ v3) >>> 0;
}
