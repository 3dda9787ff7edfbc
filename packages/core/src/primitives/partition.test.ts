import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import xxhash from 'xxhash-wasm';
import { PARTITION_COUNT, partitionOf, type Hash64 } from './partition.js';

let hash: Hash64;

beforeAll(async () => {
  const xx = await xxhash();
  hash = (text) => xx.h64(text);
});

describe('partitions', () => {
  /** Published in docs/spec/crdt.md: other implementations check themselves against these. */
  test.each([
    ['todos', 'a', 144],
    ['todos', 'b', 34],
    ['users', 'a', 105],
    ['todos', '__proto__', 208],
    ['a', 'b:c', 36],
    ['a:b', 'c', 257],
    ['todos', 'ключ', 265],
    ['todos', '😀', 119],
    ['todos', 'x'.repeat(40), 41],
  ])('PI-5: %s %j lies in %i', (map, key, partition) => {
    expect(partitionOf(hash, map, key)).toBe(partition);
  });

  test('PI-5: always 0 to 270, and the whole 64 bits count', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (digest) => {
        const partition = partitionOf(() => digest, 'm', 'k');
        expect(partition).toBe(Number(digest - (digest / 271n) * 271n));
        expect(partition >= 0 && partition < PARTITION_COUNT).toBe(true);
      }),
    );
  });

  test('PI-5: map and key are kept apart', () => {
    const texts: string[] = [];
    const spy: Hash64 = (text) => (texts.push(text), 0n);
    partitionOf(spy, 'ab', 'c');
    partitionOf(spy, 'a', 'bc');
    expect(texts[0]).not.toBe(texts[1]);
  });

  test('PI-5: keys spread over all partitions', () => {
    const counts = Array.from({ length: PARTITION_COUNT }, () => 0);
    for (let i = 0; i < 27_100; i += 1) counts[partitionOf(hash, 'todos', `key-${i}`)]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.max(...counts)).toBeLessThan(200);
  });
});
