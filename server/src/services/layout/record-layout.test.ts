import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeStamp, type ReplicaId, type Stamp } from '@topgun/core/clock';
import { canonicalRecord, expiresAt, type LwwRecord } from '@topgun/core/crdt';
import { values } from '../../../../packages/core/src/primitives/value.arbitrary.js';
import { ByteWriter } from './byte-writer.js';
import { recordEnd, recordLength, writeRecord } from './record-layout.js';
import { RecordReader } from './record-reader.js';

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

const textOf = (record: LwwRecord | null): string | null => record && canonicalRecord(record);

function bytesOf(key: string, record: LwwRecord): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(16);
  writeRecord(writer, key, record);
  return writer.finish();
}

/** Another reader for each: what one remembers of records before is the matter of a test of its own. */
const readRecord = (bytes: Uint8Array) => new RecordReader(bytes).record(0);
const readHeader = (bytes: Uint8Array) => new RecordReader(bytes).header(0);

test('PI-13: a record is read as it was written, and another order of its fields gives the same bytes', () => {
  fc.assert(
    fc.property(texts, records, (key, record) => {
      const bytes = bytesOf(key, record);
      expect(readHeader(bytes)?.key).toBe(key);
      expect(textOf(readRecord(bytes))).toBe(canonicalRecord(record));
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
      const sound = readHeader(bytes)!;
      bytes.fill(0xff, sound.bodyAt);
      const header = readHeader(bytes);
      const { existence, floor, expiry } = record;
      expect(header).toMatchObject({ key, existence, floor, expiry, length: bytes.length });
      expect(sound.fields).toBe(record.fields.size);
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
      const [header, read] = [readHeader(bytes), readRecord(bytes)];
      if (header === null || read === null) return;
      expect(Buffer.compare(bytesOf(header.key, read), bytes.subarray(0, header.length))).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('PI-13: what says that it is huge is refused before anything is made for it; any bytes are answered', () => {
  const huge = bytesOf('k', { existence: null, floor: '', fields: new Map(), expiry: null });
  for (const at of [0, 4, 8, 12]) {
    const bytes = huge.slice();
    bytes.fill(0xff, at, at + 4);
    const reader = new RecordReader(bytes);
    expect([reader.record(0), reader.fault]).toEqual([null, expect.stringContaining('before byte')]);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => void readRecord(bytes)),
    { numRuns: 300 },
  );
});

test('PI-13: a reader reads each of many records as a new one would, whatever it has read before, damaged or not', () => {
  const many = fc.array(fc.tuple(texts, records), { minLength: 1, maxLength: 5 });
  const order = fc.array(fc.nat(), { maxLength: 20 });
  fc.assert(
    fc.property(many, order, fc.option(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))), (held, reads, damage) => {
      const writer = new ByteWriter(16);
      const places = held.map(([key, record]) => {
        const at = writer.length;
        writeRecord(writer, key, record);
        return at;
      });
      const bytes = writer.finish();
      if (damage !== null) bytes[damage[0] % bytes.length]! ^= damage[1];
      const reader = new RecordReader(bytes);
      for (const read of reads) {
        const at = places[read % places.length]!;
        const alone = new RecordReader(bytes);
        expect(textOf(reader.record(at))).toBe(textOf(alone.record(at)));
        expect(reader.fault).toBe(alone.fault);
      }
    }),
    { numRuns: 300 },
  );
});

test('PI-13: of fields in the wrong order none is taken for known, nor is one with the name of the field before', () => {
  const fields = (...names: readonly string[]): LwwRecord['fields'] =>
    new Map(names.map((name) => [name, { stamp: encodeStamp(STAMPED), value: 1 }]));
  const record = (...names: readonly string[]): LwwRecord => ({
    existence: null,
    floor: '',
    expiry: null,
    fields: fields(...names),
  });
  const [sound, other] = [bytesOf('k', record('aa', 'cc')), bytesOf('k', record('aa', 'bb'))];
  const swapped = Buffer.from(sound);
  swapped.set(Buffer.from('zz'), swapped.indexOf('aa'));
  const doubled = Buffer.from(sound);
  doubled.set(Buffer.from('cc'), doubled.indexOf('aa'));
  const reader = new RecordReader(Buffer.concat([sound, other, swapped, doubled, sound]));
  const read = [0, 1, 2, 3, 4].map((i) => textOf(reader.record(i * sound.length)));
  expect(read).toEqual([
    canonicalRecord(record('aa', 'cc')),
    canonicalRecord(record('aa', 'bb')),
    null,
    null,
    canonicalRecord(record('aa', 'cc')),
  ]);
});

const STAMPED = { millis: 1, counter: 0, replica: 'a' as ReplicaId };

test('PI-13: the bytes of a record are these, whatever the program that wrote them', () => {
  const stamp = (counter: number): Stamp => encodeStamp({ ...STAMPED, counter });
  const record: LwwRecord = {
    existence: { stamp: stamp(0), op: 'create' },
    floor: '',
    expiry: { stamp: stamp(2), at: 1_700_000_000_000 },
    fields: new Map([
      ['done', { stamp: stamp(0), value: true }],
      ['lone', { stamp: stamp(0), value: '\ud800' }],
      ['none', { stamp: stamp(1), value: undefined }],
      ['tags', { stamp: stamp(2), value: ['a', { b: null }] }],
      ['text', { stamp: stamp(0), value: 'Zürich' }],
    ]),
  };
  expect(Buffer.from(bytesOf('k\u00e4', record)).toString('hex')).toBe(GOLDEN);
  expect(textOf(readRecord(Buffer.from(GOLDEN, 'hex')))).toBe(canonicalRecord(record));
});

const GOLDEN =
  '90000000510000000300000005000000010000000000000003000000010100008056febc7842066bc3a40c2d2d2d2d2d2d2d302d2d2d61' +
  '0c2d2d2d2d2d2d2d302d2d30610c2d2d2d2d2d2d2d302d2d316108646f6e650003086c6f6e6500050500d8086e6f6e6501000874616773' +
  '0206205b2261222c7b2262223a6e756c6c7d5d087465787400050e5ac3bc72696368';

test('PI-24: a reader knows fields by what is there, though other records are written over those that it has read', () => {
  const stamp = encodeStamp({ millis: 1, counter: 0, replica: 'r' as ReplicaId });
  const bytesOf = (...names: readonly string[]): Uint8Array => {
    const writer = new ByteWriter();
    const fields = new Map(names.map((name) => [name, { stamp, value: 1 }]));
    writeRecord(writer, 'k', { existence: null, floor: '', expiry: null, fields });
    return writer.finish();
  };
  const page = Buffer.from(bytesOf('ab', 'cd'));
  const reader = new RecordReader(page);
  const namesAt = (): readonly string[] | undefined => {
    const fields = reader.record(0)?.fields;
    return fields && [...fields.keys()];
  };
  for (const names of [
    ['ab', 'cd'],
    ['ab', 'xy'],
    ['aa', 'ab'],
    ['cd', 'ce'],
    ['ab', 'cd'],
  ]) {
    page.set(bytesOf(...names));
    expect(namesAt()).toEqual(names);
  }
});
