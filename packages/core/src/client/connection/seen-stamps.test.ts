import { expect, test } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { applyOp, EMPTY_RECORD, expiryStamp, type LwwRecord, type Op } from '../../crdt/index.js';
import { latestSeen, type SeenBases } from './seen-stamps.js';

const replica = 'a.0' as ReplicaId;
const at = (millis: number): Op['stamp'] => encodeStamp({ millis, counter: 0, replica });

/** Created at 1,000, with an end at 5,000. */
const ENDING: LwwRecord = applyOp(EMPTY_RECORD, {
  kind: 'create',
  restart: false,
  replica,
  seq: 1,
  stamp: at(1_000),
  map: 'm',
  key: 'k',
  fields: [{ name: 'n', value: 1 }],
  expiresAt: 5_000,
});

const bases: SeenBases = new Map([['m', new Map([['k', ENDING]])]]);

const editAt = (millis: number): Op => {
  return { kind: 'patch', replica, seq: 2, stamp: at(millis), map: 'm', key: 'k', fields: [{ name: 'n', value: 2 }] };
};

test('CR-11: an edit has seen what the record had by then', () => {
  expect(latestSeen(bases, editAt(2_000), 9_000)).toBe(at(1_000));
  expect(latestSeen(bases, editAt(500), 9_000)).toBe('');
  expect(latestSeen(bases, { ...editAt(2_000), key: 'other' }, 9_000)).toBe('');
});

test('CR-9, CR-11: what is written of a record whose end had come has seen its removal, and stays after it', () => {
  expect(latestSeen(bases, editAt(6_000), 9_000)).toBe(expiryStamp(ENDING, 5_000));
});

test('CR-9, CR-11: nobody has seen an end that has not come by the server’s time', () => {
  expect(latestSeen(bases, editAt(6_000), 4_000)).toBe(at(1_000));
});
