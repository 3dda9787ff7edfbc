import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_RECORD, opToRecord, type Op } from '../crdt/index.js';
import type { ReplicaId, Stamp } from '../clock/index.js';
import {
  addDigests,
  decodeDigest,
  EMPTY_DIGEST,
  encodeDigest,
  exchangeRow,
  sameDigest,
  type Digest,
} from './digest.js';
import { xxh64 } from './hashes.arbitrary.js';
import { recordHash } from './record-hash.js';
import { plainTrie, sortedRows } from './trie-model.arbitrary.js';
import { combineTries } from './trie-reader.js';

describe('digests on the wire', () => {
  test.each<[bigint, string]>([
    [0n, 'AAAAAAAAAAA'],
    [1n, 'AAAAAAAAAAE'],
    [255n, 'AAAAAAAAAP8'],
    [2n ** 32n, 'AAAAAQAAAAA'],
    [2n ** 63n, 'gAAAAAAAAAA'],
    [2n ** 64n - 1n, '__________8'],
    [0x0123456789abcdefn, 'ASNFZ4mrze8'],
  ])('SY-2: the sum %s is %s, highest byte first', (sum, text) => {
    expect(encodeDigest({ count: 3, sum })).toEqual([3, text]);
    expect(decodeDigest([3, text])).toEqual({ count: 3, sum });
  });

  test.each([
    ['nothing', ''],
    ['seven bytes', 'AAAAAAAAAA'],
    ['nine bytes', 'AAAAAAAAAAAA'],
    ['padding', 'AAAAAAAAAAA='],
    ['bits after the last byte', 'AAAAAAAAAAF'],
    ['base64 that is not url', '//////////8'],
    ['a space', 'AAAAAAAAAA '],
    ['hexadecimal', '0123456789abcdef'],
  ])('SY-2: a forged sum of %s equals no digest', (_what, text) => expect(decodeDigest([3, text])).toBeNull());
});

describe('digests as numbers', () => {
  const words = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const rows = fc.array(words, { maxLength: 30 });
  const sumOf = (list: readonly bigint[]): Digest =>
    list.reduce((digest, row) => exchangeRow(digest, null, row), EMPTY_DIGEST);

  test('SY-2: a set of rows has one, in whatever order they came, and without them none is left', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const digest = sumOf(list);
        expect(sumOf([...list].reverse())).toEqual(digest);
        expect(digest.count).toBe(list.length);
        expect(list.reduce((left, row) => exchangeRow(left, row, null), digest)).toEqual(EMPTY_DIGEST);
      }),
    );
  });

  test('SY-2: that of two sets is the sum of theirs, and stays within 64 bits', () => {
    fc.assert(
      fc.property(rows, rows, (a, b) => {
        expect(addDigests(sumOf(a), sumOf(b))).toEqual(sumOf([...a, ...b]));
        expect(sumOf([...a, ...b]).sum < 2n ** 64n).toBe(true);
      }),
    );
  });

  test('SY-2: exchanging nothing for nothing, or a row for itself, changes nothing', () => {
    fc.assert(
      fc.property(rows, words, (list, row) => {
        expect(sameDigest(exchangeRow(sumOf(list), null, null), sumOf(list))).toBe(true);
        expect(sameDigest(exchangeRow(sumOf(list), row, row), sumOf(list))).toBe(true);
      }),
    );
  });
});

describe('tries as one', () => {
  const part = (...keys: readonly string[]) => plainTrie(new Map(keys.map((key) => [key, xxh64(key)])), xxh64);
  const [a, b, c, none] = [part('1', '2', '3'), part('4'), part('5', '6'), part()];
  const whole = part('1', '2', '3', '4', '5', '6');
  const PATHS = ['', ...'0123456789abcdef'.split('')];

  test.each([
    ['in their order', [a, b, c]],
    ['in another', [c, a, b]],
    ['with empty ones', [none, a, none, b, c]],
    ['in groups', [combineTries([a, b]), combineTries([c])]],
    ['in groups of groups', [combineTries([combineTries([a]), combineTries([none, b])]), c]],
  ])('SY-2: read as the trie of all rows, %s', (_how, parts) => {
    const combined = combineTries(parts);
    expect(combined.digest()).toEqual(whole.digest());
    for (const path of PATHS) {
      expect(combined.count(path)).toBe(whole.count(path));
      expect(combined.sums(path)).toEqual(whole.sums(path));
      expect(sortedRows(combined.rows(path))).toEqual(sortedRows(whole.rows(path)));
    }
  });
});

describe('the hash of a row', () => {
  const STAMP = '-------5---a.0' as Stamp;
  const id = { replica: 'a.0' as ReplicaId, seq: 1, stamp: STAMP, map: 'm', key: 'k' };
  const op: Op = { ...id, kind: 'create', restart: false, fields: [{ name: 'b', value: { y: 1, x: [2] } }] };

  test('SY-2: is xxh64 of key, NUL and the canonical state', () => {
    expect(recordHash(xxh64, 'k', EMPTY_RECORD)).toBe(xxh64('k\u0000["",0,"",[]]'));
    expect(recordHash(xxh64, 'k', opToRecord(op))).toBe(xxh64(`k\u0000["${STAMP}",1,"",[["b","",{"x":[2],"y":1}]]]`));
  });

  test('SY-2: of one row says nothing of where it lies: maps and partitions are hashed apart', () => {
    const elsewhere: Op = { ...op, map: 'other', seq: 9 };
    expect(recordHash(xxh64, 'k', opToRecord(elsewhere))).toBe(recordHash(xxh64, 'k', opToRecord(op)));
  });
});
