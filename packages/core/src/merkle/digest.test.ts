import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDigests, decodeDigest, EMPTY_DIGEST, encodeDigest, exchangeRow, sameDigest } from './digest.js';

const words = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const digests = fc.record({ count: fc.nat(), sum: words });

describe('digests', () => {
  test('SY-2: on the wire a digest is its count and 11 characters, and comes back as it was', () => {
    fc.assert(
      fc.property(digests, (digest) => {
        const wire = encodeDigest(digest);
        expect(wire[1]).toHaveLength(11);
        expect(decodeDigest(wire)).toEqual(digest);
      }),
    );
  });

  test.each(['', 'AAAAAAAAAA', 'AAAAAAAAAAB', 'AAAAAAAAAAAA', 'AAAAAAAAA A', '\u0000'])('%j is no sum', (text) => {
    expect(decodeDigest([1, text])).toBeNull();
  });

  test('adding is commutative and associative, and wraps', () => {
    fc.assert(
      fc.property(digests, digests, digests, (a, b, c) => {
        expect(addDigests(a, b)).toEqual(addDigests(b, a));
        expect(addDigests(addDigests(a, b), c)).toEqual(addDigests(a, addDigests(b, c)));
        expect(addDigests(a, EMPTY_DIGEST)).toEqual(a);
      }),
    );
    expect(addDigests({ count: 1, sum: 2n ** 64n - 1n }, { count: 1, sum: 2n })).toEqual({ count: 2, sum: 1n });
  });

  test('a row exchanged for another, and back, leaves the digest as it was', () => {
    fc.assert(
      fc.property(digests, fc.option(words), fc.option(words), (digest, before, after) => {
        const there = exchangeRow(digest, before, after);
        expect(sameDigest(exchangeRow(there, after, before), digest)).toBe(true);
        expect(sameDigest(there, digest)).toBe(before === after);
      }),
    );
  });

  test('equality is of both, count and sum', () => {
    expect(sameDigest({ count: 1, sum: 7n }, { count: 1, sum: 7n })).toBe(true);
    expect(sameDigest({ count: 1, sum: 7n }, { count: 2, sum: 7n })).toBe(false);
    expect(sameDigest({ count: 1, sum: 7n }, { count: 1, sum: 8n })).toBe(false);
  });
});
