import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import { ops } from './op.arbitrary.js';
import { checkWireOp, opToWire, wireToOp, type WireOp } from './wire-op.js';
import { EMPTY_RECORD } from './record-merge.js';
import { checkWireRecord, decodeRecord, encodeRecord, isEmptyWireRecord, type WireRecord } from './wire-record.js';

const replica = 'a.0' as ReplicaId;
const STAMP = '-------0---a.0';
const LATER = '-------1---a.0';

describe('ops on the wire', () => {
  test('CR-2: come back as they were, replica and sequence with them', () => {
    fc.assert(
      fc.property(ops, (op) => {
        fc.pre(op.kind !== 'patch' || op.fields.length > 0 || op.expiresAt !== undefined);
        const wire: unknown = JSON.parse(JSON.stringify(opToWire(op)));
        expect(checkWireOp(wire)).toBeNull();
        expect(wireToOp(op.replica, wire as WireOp)).toEqual({ ok: true, value: op });
      }),
      { numRuns: 1000 },
    );
  });

  test.each<[unknown, string]>([
    [null, ''],
    [{}, ''],
    [[], ''],
    [[1, STAMP, 'm', 'k'], ''],
    [[0, STAMP, 'm', 'k', 'd'], '[0]'],
    [[1.5, STAMP, 'm', 'k', 'd'], '[0]'],
    [[2 ** 53, STAMP, 'm', 'k', 'd'], '[0]'],
    [['1', STAMP, 'm', 'k', 'd'], '[0]'],
    [[1, 'later', 'm', 'k', 'd'], '[1]'],
    [[1, STAMP, 7, 'k', 'd'], '[2]'],
    [[1, STAMP, 'm', null, 'd'], '[3]'],
    [[1, STAMP, 'm', 'k', 'q', []], '[4]'],
    [[1, STAMP, 'm', 'k', 'd', []], '[5]'],
    [[1, STAMP, 'm', 'k', 'c'], '[5]'],
    [[1, STAMP, 'm', 'k', 'c', {}], '[5]'],
    [[1, STAMP, 'm', 'k', 'c', [], 1, 1], '[5]'],
    [[1, STAMP, 'm', 'k', 'd', [], 1], '[5]'],
    [[1, STAMP, 'm', 'k', 'c', [], 'x'], '[6]'],
    [[1, STAMP, 'm', 'k', 'c', [], undefined], '[6]'],
    [[1, STAMP, 'm', 'k', 'p', [], Number.NaN], '[6]'],
    [
      [
        1,
        STAMP,
        'm',
        'k',
        'p',
        [
          ['a', 1],
          ['b', 1, 2],
        ],
      ],
      '[5][1]',
    ],
    [[1, STAMP, 'm', 'k', 'p', [[1, 1]]], '[5][0]'],
    [[1, STAMP, 'm', 'k', 'p', ['a']], '[5][0]'],
  ])('%j has not the form of one, at %j', (wire, at) => {
    expect(checkWireOp(wire)?.at).toBe(at);
  });

  test.each<[unknown, string, string]>([
    [[1, '-------0---b.0', 'm', 'k', 'd'], 'invalid-op', '[1]'],
    [[1, STAMP, 'no spaces', 'k', 'd'], 'map-name', '[2]'],
    [[1, STAMP, '', 'k', 'd'], 'map-name', '[2]'],
    [[1, STAMP, 'm', '', 'd'], 'invalid-key', '[3]'],
    [[1, STAMP, 'm', '\ud800', 'd'], 'invalid-key', '[3]'],
    [[1, STAMP, 'm', 'x'.repeat(1025), 'd'], 'too-large', '[3]'],
    [[1, STAMP, 'm', 'k', 'p', []], 'invalid-op', '[5]'],
    [[1, STAMP, 'm', 'k', 'c', [], -1], 'invalid-op', '[6]'],
    [[1, STAMP, 'm', 'k', 'p', [], 0.5], 'invalid-op', '[6]'],
    [[1, STAMP, 'm', 'k', 'p', [['a', 1]], 2 ** 48], 'invalid-op', '[6]'],
    [
      [
        1,
        STAMP,
        'm',
        'k',
        'p',
        [
          ['a', 1],
          ['a', 2],
        ],
      ],
      'invalid-op',
      '[5][1][0]',
    ],
    [[1, STAMP, 'm', 'k', 'c', [['', { a: 1 }]]], 'invalid-op', '[5][0][1]'],
    [[1, STAMP, 'm', 'k', 'c', [['a', { b: [{ $bytes: '!' }] }]]], 'invalid-value', '[5][0][1].b[0]'],
    [[1, STAMP, 'm', 'k', 'c', [['a', Buffer.from([1])]]], 'invalid-value', '[5][0][1]'],
    [[1, STAMP, 'm', 'k', 'c', [['a', undefined]]], 'invalid-value', '[5][0][1]'],
  ])('%j is refused with a code and the place', (wire, code, at) => {
    expect(checkWireOp(wire)).toBeNull();
    const op = wireToOp(replica, wire as WireOp);
    expect(!op.ok && [op.error.code, op.error.at]).toEqual([code, at]);
  });

  test('the limit of a key is an argument', () => {
    const wire: WireOp = [1, STAMP as WireOp[1], 'm', 'key', 'd'];
    expect(wireToOp(replica, wire, { keyBytes: 3 }).ok).toBe(true);
    expect(wireToOp(replica, wire, { keyBytes: 2 }).ok).toBe(false);
  });
});

describe('records on the wire', () => {
  test('a field written with the op that created the record says no stamp', () => {
    const record = decodeRecord([
      STAMP,
      1,
      '',
      [
        ['a', '', 1],
        ['b', LATER, 2],
        ['c', LATER],
      ],
    ]);
    expect(record.ok && [...record.value.fields]).toEqual([
      ['a', { stamp: STAMP, value: 1 }],
      ['b', { stamp: LATER, value: 2 }],
      ['c', { stamp: LATER, value: undefined }],
    ]);
  });

  test.each<[unknown, string]>([
    [null, ''],
    [['', 0, ''], ''],
    [['x', 0, '', []], '[0]'],
    [[STAMP, true, '', []], '[1]'],
    [[STAMP, 4, '', []], '[1]'],
    [['', 2, '', []], '[1]'],
    [['', 3, '', []], '[1]'],
    [['', 1, '', []], '[1]'],
    [[STAMP, 1, 0, []], '[2]'],
    [[STAMP, 1, '', {}], '[3]'],
    [[STAMP, 1, '', [['a']]], '[3][0]'],
    [[STAMP, 1, '', [[1, '']]], '[3][0][0]'],
    [
      [
        STAMP,
        1,
        '',
        [
          ['b', ''],
          ['a', ''],
        ],
      ],
      '[3][1][0]',
    ],
    [
      [
        STAMP,
        1,
        '',
        [
          ['a', ''],
          ['a', ''],
        ],
      ],
      '[3][1][0]',
    ],
    [[STAMP, 1, '', [['a', 'x']]], '[3][0][1]'],
    [[STAMP, 1, '', [['a', STAMP]]], '[3][0][1]'],
    [['', 0, '', [['a', '']]], '[3][0][1]'],
    [[LATER, 1, LATER, [['a', STAMP]]], '[3][0][1]'],
    [[STAMP, 1, '', [], null], '[4]'],
    [[STAMP, 1, '', [], ['']], '[4]'],
    [[STAMP, 1, '', [], ['', 1, 2]], '[4]'],
    [[STAMP, 1, '', [], [STAMP, 1]], '[4][0]'],
    [[STAMP, 1, '', [], ['x', 1]], '[4][0]'],
    [['', 0, '', [], ['', 1]], '[4][0]'],
    [[LATER, 1, LATER, [], [STAMP, 1]], '[4][0]'],
    [[STAMP, 1, '', [], ['', -1]], '[4][1]'],
    [[STAMP, 1, '', [], ['', 1.5]], '[4][1]'],
    [[STAMP, 1, '', [], ['', '1']], '[4][1]'],
    [[STAMP, 1, '', [], ['', 1], 0], ''],
  ])('%j is refused at %j', (wire, at) => {
    expect(checkWireRecord(wire)?.at).toBe(at);
    const record = decodeRecord(wire);
    expect(!record.ok && record.error.at).toBe(at);
  });

  test('CR-9: a record and an op without a time to live are not a byte longer for it', () => {
    expect(encodeRecord({ ...EMPTY_RECORD, existence: { stamp: STAMP as Stamp, op: 'create' } })).toHaveLength(4);
    const op = wireToOp(replica, [1, STAMP as Stamp, 'm', 'k', 'c', []]);
    expect(op.ok && opToWire(op.value)).toHaveLength(6);
  });

  test('CR-9: an expiry written with the op that created the record says no stamp', () => {
    const record = decodeRecord([STAMP, 1, '', [], ['', 77]]);
    expect(record.ok && record.value.expiry).toEqual({ stamp: STAMP, at: 77 });
    expect(record.ok && encodeRecord(record.value)).toEqual([STAMP, 1, '', [], ['', 77]]);
  });

  test.each<[unknown, boolean]>([
    [['', 0, '', []], true],
    [[STAMP, 0, '', []], false],
    [['', 0, STAMP, []], false],
    [['', 0, '', [['a', STAMP]]], false],
    [['', 0, '', [], [STAMP, null]], false],
  ])('SY-1: whether %j says nothing: %s', (wire, isEmpty) => {
    expect(checkWireRecord(wire)).toBeNull();
    expect(isEmptyWireRecord(wire as WireRecord)).toBe(isEmpty);
  });

  test('a bad value is refused at its place', () => {
    const record = decodeRecord([STAMP, 1, '', [['a', '', { b: { $c: 1 } }]]]);
    expect(!record.ok && record.error.at).toBe('[3][0][2].b');
  });
});
