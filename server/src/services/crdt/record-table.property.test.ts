import { encodeStamp, type ReplicaId } from '@topgun/core/clock';
import { canonicalRecord, EMPTY_RECORD, expiresAt, type LwwRecord } from '@topgun/core/crdt';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { ByteWriter } from '../layout/byte-writer.js';
import { indexAll } from '../layout/index-records.js';
import { writeRecord } from '../layout/record-layout.js';
import { readSections, readFacts, SnapshotWriter, type RecordSection } from '../layout/snapshot-layout.js';
import { RecordReader } from '../layout/record-reader.js';
import { DecodedRecords } from './decoded-records.js';
import { RecordTable, TableRoom, type WriteRecords } from './record-table.js';

const stamp = encodeStamp({ millis: 1, counter: 0, replica: 'r' as ReplicaId });
const recordOf = (value: string, end: number | null): LwwRecord => ({
  ...EMPTY_RECORD,
  existence: { stamp, op: 'create' },
  fields: new Map([
    // Records of one length with other fields are written over each other.
    [value.startsWith('t') ? 'next' : 'text', { stamp, value }],
    ['also', { stamp, value: value.startsWith('o') ? [value] : value.length }],
  ]),
  expiry: end === null ? null : { stamp, at: end },
});

const keys = fc.oneof(
  fc.nat(3).map((i) => `key-${i}`),
  fc.constantFrom('é', '\ud800', '\u{10000}', '\uffff'),
);
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('set' as const),
        key: keys,
        value: fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('one', 'two')),
        end: fc.option(fc.nat(1_000)),
      }),
    },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('get' as const), key: keys }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('delete' as const), key: keys }) },
    fc.record({ type: fc.constant('capture' as const) }),
    fc.record({ type: fc.constant('look' as const) }),
    fc.record({ type: fc.constant('reload' as const) }),
  ),
  { maxLength: 60, size: 'max' },
);

const described = (records: Iterable<readonly [string, LwwRecord]>) =>
  [...records].map(([key, record]) => [key, canonicalRecord(record)]);
const byKey = <T>(entries: Iterable<readonly [string, T]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
const endsOf = (records: Iterable<readonly [string, LwwRecord]>) =>
  [...records].flatMap(([key, record]) => (expiresAt(record) === null ? [] : [[key, expiresAt(record)]]));

/** Of all records in their layout. */
function lengthOf(records: Iterable<readonly [string, LwwRecord]>): number {
  const writer = new ByteWriter();
  for (const [key, record] of records) writeRecord(writer, key, record);
  return writer.length;
}

function sectionOf(write: WriteRecords): RecordSection | null {
  const head = { partition: 1, position: 1, lineage: 'l', forgottenThrough: 0, types: new Map(), progress: new Map() };
  const writer = new SnapshotWriter({ ...head, marks: [] });
  writer.section('todos');
  while (write(writer, 7));
  const { head: bytes, records } = writer.finish();
  const facts = readFacts(bytes);
  const sections = facts.ok ? readSections(facts.value, records) : facts;
  if (!sections.ok) return null;
  return sections.value[0] ?? null;
}

function* recordsIn(section: RecordSection): Iterable<readonly [string, LwwRecord]> {
  const places = indexAll(section);
  if (!places.ok) throw new Error(places.error.reason);
  const reader = new RecordReader(section.bytes);
  for (const [key, at] of places.value) yield [key, reader.record(at)!];
}

test('PI-24: a table answers as a map of objects would, however few objects are kept, and what it captures is what it held', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom(0, 600, 100_000), (all, most) => {
      const decoded = new DecodedRecords(most);
      const room = new TableRoom({ low: 1, high: 2 }, decoded);
      let table = new RecordTable('todos', room);
      const model = new Map<string, LwwRecord>();
      const captures: { readonly write: WriteRecords; readonly held: [string, LwwRecord][] }[] = [];
      for (const step of all) {
        if (step.type === 'set') {
          const record = recordOf(step.value, step.end);
          table.set(step.key, record);
          model.set(step.key, record);
        } else if (step.type === 'delete') {
          expect(table.delete(step.key)).toBe(model.delete(step.key));
        } else if (step.type === 'get') {
          const [found, expected] = [table.get(step.key), model.get(step.key)];
          expect(found && canonicalRecord(found)).toBe(expected && canonicalRecord(expected));
        } else if (step.type === 'capture') {
          if (model.size > 0) captures.push({ write: table.captured(), held: [...model] });
        } else if (step.type === 'look') {
          expect(described(table)).toEqual(described(model));
          expect([...table.ends()]).toEqual(endsOf(model));
          expect(table.bytes.records).toBe(lengthOf(model));
        } else if (model.size > 0) {
          // As a partition that was given up, and comes in again.
          const section = sectionOf(table.captured())!;
          expect(section.hasEnds).toBe(endsOf(model).length > 0);
          table.drop();
          expect(decoded.bytes).toBe(0);
          table = new RecordTable('todos', room);
          const places = indexAll(section);
          for (const at of places.ok ? places.value.values() : []) table.adopt(section.bytes, at);
          const inOrder = byKey(model);
          model.clear();
          for (const [key, record] of inOrder) model.set(key, record);
        }
        expect(table.size).toBe(model.size);
        expect(decoded.bytes).toBeLessThanOrEqual(most);
      }
      for (const { write, held } of captures) {
        expect(described(recordsIn(sectionOf(write)!))).toEqual(described(byKey(held)));
      }
    }),
    { numRuns: 150 },
  );
});

test('PI-24: a record that is asked for again and again stays an object, whatever is written meanwhile', () => {
  const table = new RecordTable('todos', new TableRoom({ low: 1, high: 2 }, new DecodedRecords(4_000)));
  table.set('hot', recordOf('x', null));
  const hot = table.get('hot');
  for (let i = 0; i < 500; i += 1) {
    table.set(`key-${i}`, recordOf(`${i}`, null));
    expect(table.get('hot')).toBe(hot);
  }
});

test('PI-24: a record that is kept as an object is written as one, and becomes bytes once somebody asks for those', () => {
  const room = new TableRoom({ low: 1, high: 2 });
  const table = new RecordTable('todos', room);
  const written = vi.spyOn(room.writer, 'text');
  table.set('hot', recordOf('first', null));
  const before = written.mock.calls.length;
  for (let i = 0; i < 100; i += 1) table.set('hot', recordOf(`text ${i}`, null));
  expect(written.mock.calls.length).toBe(before);
  expect(table.bytes.records).toBe(lengthOf([['hot', recordOf('text 99', null)]]));
  expect(written.mock.calls.length).toBe(2 * before);
});

test('PI-24: however much a record grows as an object, no more is kept than may be', () => {
  const decoded = new DecodedRecords(4_000);
  const table = new RecordTable('todos', new TableRoom({ low: 1, high: 2 }, decoded));
  for (let i = 0; i < 10; i += 1) table.set(`key-${i}`, recordOf('small', null));
  for (let i = 0; i < 10; i += 1) table.set(`key-${i}`, recordOf('x'.repeat(1_000), null));
  expect(decoded.bytes).toBeLessThanOrEqual(4_000);
  expect(table.decoded.size).toBeLessThanOrEqual(3);
  for (const [, record] of table)
    expect(canonicalRecord(record)).toBe(canonicalRecord(recordOf('x'.repeat(1_000), null)));
});
