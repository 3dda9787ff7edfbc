import { describe, expect, test } from 'vitest';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import { applyDecided, opToRecord } from './apply-op.js';
import type { LwwRecord } from './lww-record.js';
import type { Op } from './op.js';
import { EMPTY_RECORD, mergeRecords } from './record-merge.js';
import { checkWireOp, opToWire, wireToOp, type WireOp } from './wire-op.js';
import { canonicalRecord, decodeRecord } from './wire-record.js';

// What is in ledgers, cold stores and local databases, as text: it never changes.

const A = '-------5---a.0' as Stamp;
const B = '-------6---b.0' as Stamp;
const id = { replica: 'a.0' as ReplicaId, seq: 7, stamp: A, map: 'm', key: 'k' };

const OPS: readonly (readonly [what: string, op: Op, wire: string])[] = [
  [
    'a create',
    { ...id, kind: 'create', restart: false, fields: [{ name: 'f', value: 1 }] },
    `[7,"${A}","m","k","c",[["f",1]]]`,
  ],
  ['a create of nothing', { ...id, kind: 'create', restart: false, fields: [] }, `[7,"${A}","m","k","c",[]]`],
  ['a restart', { ...id, kind: 'create', restart: true, fields: [] }, `[7,"${A}","m","k","r",[]]`],
  [
    'a scalar',
    { ...id, kind: 'create', restart: false, fields: [{ name: '', value: 'x' }] },
    `[7,"${A}","m","k","c",[["","x"]]]`,
  ],
  [
    'an unset field',
    { ...id, kind: 'patch', fields: [{ name: 'f', value: undefined }] },
    `[7,"${A}","m","k","p",[["f"]]]`,
  ],
  [
    'null, which is a value',
    { ...id, kind: 'patch', fields: [{ name: 'f', value: null }] },
    `[7,"${A}","m","k","p",[["f",null]]]`,
  ],
  [
    'bytes',
    { ...id, kind: 'patch', fields: [{ name: 'f', value: new Uint8Array([1]) }] },
    `[7,"${A}","m","k","p",[["f",{"$bytes":"AQ"}]]]`,
  ],
  [
    'an escaped name',
    { ...id, kind: 'patch', fields: [{ name: 'f', value: { $x: 1 } }] },
    `[7,"${A}","m","k","p",[["f",{"$$x":1}]]]`,
  ],
  ['an end', { ...id, kind: 'patch', fields: [], expiresAt: 9 }, `[7,"${A}","m","k","p",[],9]`],
  [
    'no end any more',
    { ...id, kind: 'create', restart: true, fields: [], expiresAt: null },
    `[7,"${A}","m","k","r",[],null]`,
  ],
  ['a remove', { ...id, kind: 'remove' }, `[7,"${A}","m","k","d"]`],
  ['an add', { ...id, kind: 'add', value: { b: 1, a: 2 }, tags: [] }, `[7,"${A}","m","k","a",[{"b":1,"a":2}]]`],
  [
    'an add in the place of another',
    { ...id, kind: 'add', value: 'v', tags: [B] },
    `[7,"${A}","m","k","a",["v","${B}"]]`,
  ],
  ['a discard', { ...id, kind: 'discard', value: null, tags: [A, B] }, `[7,"${A}","m","k","x",[null,"${A}","${B}"]]`],
  ['a count', { ...id, kind: 'count', delta: -3 }, `[7,"${A}","m","k","n",[-3]]`],
  ['a count without a key', { ...id, key: '', kind: 'count', delta: 1 }, `[7,"${A}","m","","n",[1]]`],
];

describe('ops', () => {
  test.each(OPS)('CR-2: %s', (_what, op, wire) => {
    expect(JSON.stringify(opToWire(op))).toBe(wire);
    const parsed: unknown = JSON.parse(wire);
    expect(checkWireOp(parsed)).toBeNull();
    expect(wireToOp(id.replica, parsed as WireOp)).toEqual({ ok: true, value: op });
  });

  test.each(OPS)(
    'CR-2: %s, with each part gone, doubled or another, is refused with the place of that part',
    (_what, op) => {
      const wire = opToWire(op);
      for (const [i, part] of wire.slice(0, 5).entries()) {
        const without = [...wire.slice(0, i), ...wire.slice(i + 1)];
        expect(checkWireOp(without)).not.toBeNull();
        for (const wrong of [null, {}, [], true, typeof part === 'number' ? String(part) : 1]) {
          expect(checkWireOp(wire.map((each: unknown, j) => (i === j ? wrong : each)))?.at).toBe(`[${i}]`);
        }
      }
      expect(checkWireOp([...wire, 1, 1, 1])).not.toBeNull();
      expect(checkWireOp(Object.fromEntries(wire.entries()))?.at).toBe('');
    },
  );
});

const remove = opToRecord({ ...id, kind: 'remove' });
const again: Op = {
  ...id,
  stamp: B,
  replica: 'b.0' as ReplicaId,
  kind: 'create',
  restart: true,
  fields: [
    { name: 'z', value: 1 },
    { name: 'a', value: undefined },
  ],
};
const counted = (...deltas: readonly number[]): LwwRecord =>
  deltas.reduce<LwwRecord>(
    (record, delta, i) => applyDecided(record, { ...id, seq: i + 1, kind: 'count', delta }),
    EMPTY_RECORD,
  );

const RECORDS: readonly (readonly [what: string, record: LwwRecord, text: string])[] = [
  ['nothing', EMPTY_RECORD, '["",0,"",[]]'],
  ['a removal', remove, `["${A}",0,"${A}",[]]`],
  ['a record created again', mergeRecords(remove, opToRecord(again)), `["${B}",1,"${B}",[["a",""],["z","",1]]]`],
  [
    'a patch without its create',
    opToRecord({ ...id, kind: 'patch', fields: [{ name: 'f', value: [1] }] }),
    `["",0,"",[["f","${A}",[1]]]]`,
  ],
  [
    'an end',
    opToRecord({ ...id, kind: 'create', restart: false, fields: [], expiresAt: 9 }),
    `["${A}",1,"",[],["",9]]`,
  ],
  [
    'an end by somebody else',
    mergeRecords(
      opToRecord({ ...id, kind: 'create', restart: false, fields: [] }),
      opToRecord({ ...id, stamp: B, kind: 'patch', fields: [], expiresAt: null }),
    ),
    `["${A}",1,"",[],["${B}",null]]`,
  ],
  [
    'a set',
    opToRecord({ ...id, kind: 'add', value: 'v', tags: [B] }),
    `["${A}",2,"",[["\\"v\\" a.0",""],["\\"v\\" b.0","${B}","${A}"]]]`,
  ],
  ['a counter', counted(5, -2), `["-------5--0a.0",3,"",[["","",[3,["a.0",2]]]]]`],
];

describe('records', () => {
  test.each(RECORDS)('CR-8: %s', (_what, record, text) => {
    expect(canonicalRecord(record)).toBe(text);
    const read = decodeRecord(JSON.parse(text));
    expect(read.ok && canonicalRecord(read.value)).toBe(text);
  });

  test.each(RECORDS)(
    'CR-8: %s, with each part another, is refused with the place of that part',
    (_what, _record, text) => {
      const wire = JSON.parse(text) as unknown[];
      for (const i of wire.keys()) {
        for (const wrong of [undefined, true, 'no stamp', 9, {}]) {
          const read = decodeRecord(wire.map((part, j) => (i === j ? wrong : part)));
          expect(!read.ok && read.error.at.startsWith(`[${i}]`)).toBe(true);
        }
      }
      for (const length of [0, 1, 2, 3])
        expect(decodeRecord(wire.slice(0, length))).toMatchObject({ ok: false, error: { at: '' } });
      expect(decodeRecord([...wire, 1, 1]).ok).toBe(false);
    },
  );

  test.each<[string, string, string]>([
    ['created without a stamp', '["",1,"",[]]', '[1]'],
    ['fields out of order', `["${A}",1,"",[["b","",1],["a","",1]]]`, '[3][1][0]'],
    ['a field twice', `["${A}",1,"",[["a","",1],["a","",2]]]`, '[3][1][0]'],
    ['the existence stamp written out', `["${A}",1,"",[["a","${A}",1]]]`, '[3][0][1]'],
    ['a field below the floor', `["${B}",1,"${B}",[["a","${A}",1]]]`, '[3][0][1]'],
    ['an end below the floor', `["${B}",1,"${B}",[],["${A}",1]]`, '[4][0]'],
    ['a field without a stamp where nothing exists', '["",0,"",[["a","",1]]]', '[3][0][1]'],
    ['an end in half a ms', `["${A}",1,"",[],["",0.5]]`, '[4][1]'],
    ['an end before 1970', `["${A}",1,"",[],["",-1]]`, '[4][1]'],
    ['an unescaped name within a value', `["${A}",1,"",[["a","",[{"$x":1}]]]]`, '[3][0][2][0]'],
    ['bytes that are none', `["${A}",1,"",[["a","",{"$bytes":"A"}]]]`, '[3][0][2]'],
  ])('CR-8: %s has not its one form', (_what, text, at) => {
    expect(decodeRecord(JSON.parse(text))).toMatchObject({ ok: false, error: { at } });
  });
});
