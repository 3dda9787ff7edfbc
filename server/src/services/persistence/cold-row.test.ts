import { createHlc, encodeStamp, type ReplicaId } from '@topgun/core/clock';
import { decodeRecord, EMPTY_RECORD, applyOp, sameRecord, type LwwRecord, type Op } from '@topgun/core/crdt';
import { describe, expect, it } from 'vitest';

import { toColdRow } from './cold-row.js';

const replica = 'db.0' as ReplicaId;
const clock = createHlc({ replica });
let seq = 0;
const base = () => ({ replica, seq: ++seq, stamp: clock.tick(1_000), map: 'todos', key: 'a' });
const create = (fields: Record<string, string | number | Uint8Array>): Op => ({
  ...base(),
  kind: 'create',
  restart: false,
  fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
});

function rowOf(record: LwwRecord) {
  const row = toColdRow({ map: 'todos', key: 'a', after: record }, 7);
  // The state is enough to merge with: nothing of the record is lost in it.
  const decoded = decodeRecord(JSON.parse(row.state ?? ''));
  expect(decoded.ok && sameRecord(decoded.value, record)).toBe(true);
  return row;
}

describe('a cold row', () => {
  it('PI-4: holds the value as canonical JSON and the stamps beside it', () => {
    const record = applyOp(EMPTY_RECORD, create({ text: 'hi', b: 1, a: Uint8Array.of(255) }));
    const row = rowOf(record);
    expect(row).toMatchObject({ map: 'todos', key: 'a', deleted: false, position: 7 });
    expect(row.value).toBe('{"a":{"$bytes":"_w"},"b":1,"text":"hi"}');
  });

  it('PI-4: of a removed record keeps the stamps, and no value', () => {
    const removed = applyOp(applyOp(EMPTY_RECORD, create({ text: 'hi' })), { ...base(), kind: 'remove' });
    expect(rowOf(removed)).toMatchObject({ value: null, deleted: true });
  });

  it('a record that is no object is its scalar', () => {
    expect(rowOf(applyOp(EMPTY_RECORD, create({ '': 42 }))).value).toBe('42');
    expect(encodeStamp({ millis: 1_000, counter: 0, replica })).toMatch(/db\.0$/);
  });
});
