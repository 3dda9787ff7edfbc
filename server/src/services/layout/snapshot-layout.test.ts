import type { ReplicaId, Stamp } from '@topgun/core/clock';
import { expect, test } from 'vitest';
import { RecordReader } from './record-reader.js';
import type { SnapshotHead } from './snapshot-head.js';
import { readFacts, readSections, SnapshotWriter } from './snapshot-layout.js';

const HEAD: SnapshotHead = {
  partition: 7,
  position: 40,
  lineage: 'here',
  forgottenThrough: 3,
  types: new Map([
    ['todos', 'record'],
    ['votes', 'counter'],
  ]),
  progress: new Map([['a' as ReplicaId, { decided: 9, refusals: [[4, 'record-absent', 'There is none.']] }]]),
  marks: [{ map: 'todos', key: 'gone', stamp: '-------0--0a' as Stamp, field: null, position: 5, since: 1000 }],
};

/** Written by the first version: everything in one. */
const VERSION_1 =
  'VEdzbgEAAAB4G+d1BygIaGVyZQMCCnRvZG9zAAp2b3RlcwIBAmEJAQQacmVjb3JkLWFic2VudBxUaGVyZSBpcyBub25lLgEKdG9kb3MIZ29uZRgt' +
  'LS0tLS0tMC0tMGEABegHAQp0b2RvcwIAAAABhQAAAEMAAAA2AAAAAQAAAAEAAAABAAAAAAAAAAAAAAABAAAAAAAAAAAABGsxDC0tLS0tLS0wLS0t' +
  'YQh0ZXh0AAUKaGVsbG9CAAAANgAAAAEAAAABAAAAAQAAAAAAAAABAAAAAQEAAAAAAIizQARrMgwtLS0tLS0tMC0tMWECbgAEAAAAAAAA8D8=';

test('PI-13: a snapshot of version 1 is read as it was written: its head, and its records from the same bytes', () => {
  const bytes = Buffer.from(VERSION_1, 'base64');
  const facts = readFacts(bytes);
  if (!facts.ok) throw new Error(facts.error.reason);
  const sections = [{ map: 'todos', count: 2, hasEnds: true, size: 133 }];
  expect(facts.value).toEqual({ ...HEAD, sections, sum: null });
  const read = readSections(facts.value, bytes);
  if (!read.ok) throw new Error(read.error.reason);
  const records = new RecordReader(read.value[0]!.bytes);
  const [first, second] = [records.header(0), records.header(67)];
  expect([first?.key, second?.key, records.fault]).toEqual(['k1', 'k2', null]);
  expect([...records.record(0)!.fields]).toEqual([['text', { stamp: '-------0---a', value: 'hello' }]]);
  bytes[150]! ^= 1;
  expect([readFacts(bytes), readSections(facts.value, bytes)]).toMatchObject([
    { ok: false, error: { code: 'wrong-checksum' } },
    { ok: false, error: { code: 'wrong-checksum' } },
  ]);
});

test('PI-13: head and records, as this version writes them', () => {
  const writer = new SnapshotWriter(HEAD);
  writer.section('todos');
  const stamp = '-------0--1a' as Stamp;
  const fields = new Map([['n', { stamp, value: 1 }]]);
  writer.record('k2', { existence: { stamp, op: 'create' }, floor: '', expiry: { stamp, at: 5_000 }, fields }, 5_000);
  const { head, records } = writer.finish();
  expect([Buffer.from(head).toString('base64'), Buffer.from(records).toString('base64')]).toEqual(VERSION_2);
  const facts = readFacts(head);
  if (!facts.ok) throw new Error(facts.error.reason);
  expect(facts.value).toMatchObject({ ...HEAD, sections: [{ map: 'todos', count: 1, hasEnds: true, size: 66 }] });
  expect(readSections(facts.value, records)).toMatchObject({ ok: true });
  expect(readSections(facts.value, records.subarray(1))).toMatchObject({ error: { code: 'wrong-checksum' } });
});

test('PI-13: a version that is not known, and what is no snapshot, are refused as that', () => {
  const { head } = new SnapshotWriter(HEAD).finish();
  const newer = head.slice();
  newer[4] = 3;
  expect([readFacts(newer), readFacts(new Uint8Array(40)), readFacts(head.subarray(0, 9))]).toMatchObject([
    { error: { code: 'unknown-version' } },
    { error: { code: 'malformed' } },
    { error: { code: 'malformed' } },
  ]);
});

const VERSION_2 = [
  'VEdzbgIAAADCPA60BygIaGVyZQMCCnRvZG9zAAp2b3RlcwIBAmEJAQQacmVjb3JkLWFic2VudBxUaGVyZSBpcyBub25lLgEKdG9kb3MIZ29uZRgt' +
    'LS0tLS0tMC0tMGEABegHAQp0b2RvcwEBQpaheu8=',
  'QgAAADYAAAABAAAAAQAAAAEAAAAAAAAAAQAAAAEBAAAAAACIs0AEazIMLS0tLS0tLTAtLTFhAm4ABAAAAAAAAPA/',
];
