import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import xxhash from 'xxhash-wasm';
import { partitionOf, type Hash64 } from './partition.js';

let hash: Hash64;

beforeAll(async () => {
  const xx = await xxhash();
  hash = (text) => xx.h64(text);
});

/** `| map | key | xxh64 | partition |`, as other implementations read it. */
const SPEC = readFileSync(new URL('../../../../docs/spec/crdt.md', import.meta.url), 'utf8');
const ROWS = [
  ...SPEC.matchAll(/^\| `(?<map>[^`]+)` \| (?<key>[^|]+) \| `(?<digest>[0-9a-f]{16})` \| (?<partition>\d+) \|$/gm),
].map(({ groups }) => {
  const { map = '', key = '', digest = '', partition = '' } = groups ?? {};
  const times = /^(\d+) × `(.)`$/.exec(key.trim());
  const text = times === null ? key.trim().slice(1, -1) : times[2]!.repeat(Number(times[1]));
  return [map, text, digest, Number(partition)] as const;
});

describe('the published vectors', () => {
  test('PI-5: are all read', () => expect(ROWS).toHaveLength(9));

  test.each(ROWS)('PI-5: %s, %s has the digest %s and the partition %i', (map, key, digest, partition) => {
    expect(hash(`${map}\u0000${key}`).toString(16).padStart(16, '0')).toBe(digest);
    expect(Number(BigInt(`0x${digest}`) % 271n)).toBe(partition);
    expect(partitionOf(hash, map, key)).toBe(partition);
  });

  /** Published with the reference implementation and its bindings: seed 0, and below and above 4, 8 and 32 bytes, where it goes another way. */
  test.each([
    ['', 'ef46db3751d8e999'],
    ['a', 'd24ec4f1a98c6e5b'],
    ['abc', '44bc2cf5ad770999'],
    ['xxhash', '32dd38952c4bc720'],
    ['123456789', '8cb841db40e6ae83'],
    ['I want an unsigned 64-bit seed!', 'd4cb0a70a2b8c7c1'],
    ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
    ['The quick brown fox jumps over the lazy dog', 'b242d361fda71bc'],
    ['Call me Ishmael. Some years ago--never mind how long precisely-', '2a2e85470d6fd96'],
  ])('PI-5: xxh64 of %j', (text, digest) => {
    expect(hash(text).toString(16)).toBe(digest);
  });
});
