import { expect, test } from 'vitest';
import { halfSipHash } from './half-sip-hash.js';

/** Of the reference implementation: HalfSipHash-2-4, 32 bits, of the bytes 0, 1, 2, …, so many of them; the key is the bytes 0 to 7. */
const VECTORS = [
  [0, 'a9359f5b'],
  [1, '27475ab8'],
  [2, 'fa62a603'],
  [3, '8afee704'],
  [4, '2a6e4689'],
  [5, 'c5fab669'],
  [8, 'd0b8848f'],
  [11, '08083050'],
  [62, 'bd83997a'],
  [63, '59ea4a74'],
] as const;

const SEED = { low: 0x0302_0100, high: 0x0706_0504 };

test.each(VECTORS)('the hash of %i bytes is that of the reference implementation', (count, expected) => {
  const bytes = Uint8Array.from({ length: count + 2 }, (_, i) => i - 1);
  const hash = halfSipHash(bytes, 1, count + 1, SEED, 2, 4);
  const written = Buffer.alloc(4);
  written.writeUInt32LE(hash);
  expect(written.toString('hex')).toBe(expected);
});

test('keys that differ little are spread, whatever the seed', () => {
  for (const seed of [SEED, { low: 0, high: 0 }]) {
    const slots = new Set<number>();
    for (let i = 0; i < 4_096; i += 1) {
      const key = Buffer.from(`todo-${i}`);
      slots.add(halfSipHash(key, 0, key.length, seed) & 4_095);
    }
    // Of a random function 1 − 1/e of them, 2,589.
    expect(slots.size).toBeGreaterThan(2_450);
    expect(slots.size).toBeLessThan(2_730);
  }
});
