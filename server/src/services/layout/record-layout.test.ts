import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeStamp, type ReplicaId, type Stamp } from '@topgun/core/clock';
import { canonicalRecord, expiresAt, type LwwRecord } from '@topgun/core/crdt';
import { values } from '../../../../packages/core/src/primitives/value.arbitrary.js';
import { ByteWriter } from './byte-writer.js';
import { readRecord, readRecordHeader, recordEnd, recordLength, writeRecord } from './record-layout.js';

const stamps: fc.Arbitrary<Stamp> = fc
  .record({ millis: fc.nat(5), counter: fc.nat(2), replica: fc.constantFrom('a', 'device.tab', '.0') })
  .map(({ replica, ...time }) => encodeStamp({ ...time, replica: replica as ReplicaId }));
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('', '\ud800', 'a\udc00b', '\ufffd', '\ufeff'),
);

/** Any record a host may hold: no register is below the floor. */
const records: fc.Arbitrary<LwwRecord> = fc
  .record({
    existence: fc.option(
      fc.record({
        stamp: stamps,
        op: fc.constantFrom('create' as const, 'remove' as const, 'set' as const, 'counter' as const),
      }),
    ),
    floor: fc.oneof(fc.constant('' as const), stamps),
    expiry: fc.option(fc.record({ stamp: stamps, at: fc.option(fc.nat(1_000_000)) })),
    fields: fc.array(
      fc.tuple(texts, fc.record({ stamp: stamps, value: fc.oneof(fc.constant(undefined), texts, values) })),
      { maxLength: 6 },
    ),
  })
  .map(({ existence, floor, expiry, fields }) => ({
    existence,
    floor,
    expiry: expiry !== null && expiry.stamp >= floor ? expiry : null,
    fields: new Map(fields.filter(([, { stamp }]) => stamp >= floor)),
  }));

function bytesOf(key: string, record: LwwRecord): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(16);
  writeRecord(writer, key, record);
  return writer.finish();
}

test('PI-13: a record is read as it was written, and another order of its fields gives the same bytes', () => {
  fc.assert(
    fc.property(texts, records, (key, record) => {
      const bytes = bytesOf(key, record);
      const read = readRecord(bytes, 0);
      if (!read.ok) throw new Error(read.error.reason);
      expect(read.value.header.key).toBe(key);
      expect(canonicalRecord(read.value.record)).toBe(canonicalRecord(record));
      const turned = { ...record, fields: new Map([...record.fields].reverse()) };
      expect(Buffer.compare(bytesOf(key, turned), bytes)).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('PI-13: the header tells length, key, stamps, existence and end of a record whose body is gone', () => {
  fc.assert(
    fc.property(texts, records, (key, record) => {
      const bytes = bytesOf(key, record);
      const sound = readRecordHeader(bytes, 0);
      if (!sound.ok) throw new Error(sound.error.reason);
      bytes.fill(0xff, sound.value.bodyAt);
      const header = readRecordHeader(bytes, 0);
      const { existence, floor, expiry } = record;
      expect(header).toMatchObject({ ok: true, value: { key, existence, floor, expiry, length: bytes.length } });
      expect(sound.value.fields).toBe(record.fields.size);
      expect([recordLength(Buffer.from(bytes), 0), recordEnd(Buffer.from(bytes), 0)]).toEqual([
        bytes.length,
        expiresAt(record),
      ]);
    }),
    { numRuns: 200 },
  );
});

test('PI-13: bytes that were changed are refused, or are the one form of another record; nothing throws', () => {
  fc.assert(
    fc.property(texts, records, fc.nat(), fc.integer({ min: 1, max: 255 }), (key, record, at, flip) => {
      const bytes = bytesOf(key, record);
      bytes[at % bytes.length]! ^= flip;
      const read = readRecord(bytes, 0);
      if (!read.ok) return;
      const again = bytesOf(read.value.header.key, read.value.record);
      expect(Buffer.compare(again, bytes.subarray(0, read.value.header.length))).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('PI-13: what says that it is huge is refused before anything is made for it; any bytes are answered', () => {
  const huge = bytesOf('k', { existence: null, floor: '', fields: new Map(), expiry: null });
  for (const at of [0, 4, 8, 12]) {
    const bytes = huge.slice();
    bytes.fill(0xff, at, at + 4);
    expect(readRecord(bytes, 0)).toMatchObject({ ok: false, error: { code: 'malformed' } });
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => void readRecord(bytes, 0)),
    { numRuns: 300 },
  );
});
