import { expect, test } from 'vitest';
import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId } from '../clock/timestamp.js';
import { applyDecided } from './apply-op.js';
import { typeMismatchText, typeOfOp, typeOfRecord } from './map-type.js';
import type { Op } from './op.js';
import { EMPTY_RECORD, mergeRecords } from './record-merge.js';
import { canonicalRecord } from './wire-record.js';

const replica = 'a.0' as ReplicaId;
const id = { replica, seq: 1, stamp: encodeStamp({ millis: 1, counter: 0, replica }), map: 'm', key: 'k' };
const OPS: readonly Op[] = [
  { ...id, kind: 'create', fields: [], restart: false },
  { ...id, kind: 'remove' },
  { ...id, kind: 'add', value: 1, tags: [] },
  { ...id, kind: 'discard', value: 1, tags: [id.stamp] },
  { ...id, kind: 'count', delta: 1 },
];

test('CR-6, CR-7: what an op leaves is of the type that the op is for', () => {
  for (const op of OPS) expect(typeOfRecord(applyDecided(undefined, op))).toBe(typeOfOp(op));
  expect(typeOfOp({ kind: 'patch' })).toBe('record');
  expect(typeOfRecord(EMPTY_RECORD)).toBeNull();
});

test('CR-8: were two types to meet at one stamp, both sides would agree all the same', () => {
  for (const a of OPS) {
    for (const b of OPS) {
      const [left, right] = [applyDecided(undefined, a), applyDecided(undefined, b)];
      expect(canonicalRecord(mergeRecords(left, right))).toBe(canonicalRecord(mergeRecords(right, left)));
    }
  }
});

test('a mismatch is told as a sentence', () => {
  expect(typeMismatchText('tags', 'set', 'counter')).toBe('The map tags holds sets of values, not counters.');
  expect(typeMismatchText('todos', 'record', 'set')).toBe('The map todos holds records, not sets of values.');
});
