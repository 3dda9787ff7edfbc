import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyOp, canonicalRecord, decodeRecord, EMPTY_RECORD, encodeRecord, type LwwRecord } from '../crdt/index.js';
import { opLists } from '../crdt/op.arbitrary.js';
import { xxh64 } from './hashes.arbitrary.js';
import { recordHash } from './record-hash.js';

const records = opLists.map((ops) => ops.reduce(applyOp, EMPTY_RECORD));

describe('the hash of a record', () => {
  test('SY-2, CR-8: is the same exactly when key and canonical state are, however the state came about', () => {
    fc.assert(
      fc.property(records, records, fc.string(), fc.string(), (a, b, one, other) => {
        const again = decodeRecord(JSON.parse(JSON.stringify(encodeRecord(a))));
        expect(again.ok && recordHash(xxh64, one, again.value)).toBe(recordHash(xxh64, one, a));
        const isSame = one === other && canonicalRecord(a) === canonicalRecord(b);
        expect(recordHash(xxh64, one, a) === recordHash(xxh64, other, b)).toBe(isSame);
      }),
      { numRuns: 2_000 },
    );
  });

  test('SY-2: stamps count, since records that merge differently are not the same', () => {
    const at = (stamp: string): LwwRecord => {
      const record = decodeRecord([stamp, 1, '', [['a', '', 1]]]);
      if (!record.ok) throw new Error(record.error.message);
      return record.value;
    };
    expect(recordHash(xxh64, 'k', at('-------0---a.0'))).not.toBe(recordHash(xxh64, 'k', at('-------1---a.0')));
  });

  test('no key can pass for another key and state', () => {
    const text = canonicalRecord(EMPTY_RECORD);
    expect(recordHash(xxh64, `k\u0000${text}`, EMPTY_RECORD)).not.toBe(recordHash(xxh64, 'k', EMPTY_RECORD));
  });
});
