import { describe, expect, test } from 'vitest';
import { MAX_MILLIS } from '../clock/stamp.js';
import type { ReplicaId, Stamp } from '../clock/timestamp.js';
import { applyDecided } from './apply-op.js';
import { typeOfOp, typeOfRecord, type MapType } from './map-type.js';
import type { Op } from './op.js';
import { checkWireOp, opToWire, wireToOp, type WireOp } from './wire-op.js';

// An op of every kind, with every part that can be wrong in itself though it has its form.

const replica = 'a.0' as ReplicaId;
const STAMP = '-------5---a.0' as Stamp;
const id = { replica, seq: 1, stamp: STAMP, map: 'm', key: 'k' };

const KINDS: readonly (readonly [kind: string, op: Op, type: MapType])[] = [
  ['create', { ...id, kind: 'create', restart: false, fields: [{ name: 'f', value: 1 }] }, 'record'],
  ['restart', { ...id, kind: 'create', restart: true, fields: [] }, 'record'],
  ['patch', { ...id, kind: 'patch', fields: [{ name: 'f', value: 1 }] }, 'record'],
  ['remove', { ...id, kind: 'remove' }, 'record'],
  ['add', { ...id, kind: 'add', value: 1, tags: [] }, 'set'],
  ['discard', { ...id, kind: 'discard', value: 1, tags: [STAMP] }, 'set'],
  ['count', { ...id, kind: 'count', delta: 1 }, 'counter'],
];

const judged = (op: Op, part: { readonly [at: number]: unknown }, limits?: { readonly keyBytes: number }): unknown => {
  const wire = opToWire(op).map((own: unknown, i) => (Object.hasOwn(part, i) ? part[i] : own)) as unknown as WireOp;
  expect(checkWireOp(wire)).toBeNull();
  const read = wireToOp(replica, wire, ...(limits === undefined ? [] : [limits]));
  return read.ok ? null : [read.error.code, read.error.at];
};

describe.each(KINDS)('%s', (kind, op, type) => {
  test('CR-2: is taken as it is', () => expect(judged(op, {})).toBeNull());

  test('CR-2: with a stamp that another replica has made is refused', () => {
    expect(judged(op, { 1: '-------5---b.0' })).toEqual(['invalid-op', '[1]']);
    expect(judged(op, { 1: '-------5---a.00' })).toEqual(['invalid-op', '[1]']);
  });

  test.each(['', 'no spaces', 'ä', 'x'.repeat(129), 'a\u0000'])('VAL-4: of the map %j is refused', (map) => {
    expect(judged(op, { 2: map })).toEqual(['map-name', '[2]']);
  });

  test('VAL-4: of a key that is none is refused; only a counter may have the empty one', () => {
    expect(judged(op, { 3: '' })).toEqual(kind === 'count' ? null : ['invalid-key', '[3]']);
    expect(judged(op, { 3: '\ud800' })).toEqual(['invalid-key', '[3]']);
    expect(judged(op, { 3: 'x'.repeat(1_025) })).toEqual(['too-large', '[3]']);
    expect(judged(op, { 3: 'xx' }, { keyBytes: 1 })).toEqual(['too-large', '[3]']);
    expect(judged(op, { 3: 'x'.repeat(1_025) }, { keyBytes: 2_000 })).toBeNull();
  });

  test('CR-6, CR-7: is for the type of map that its state then has', () => {
    expect(typeOfOp(op)).toBe(type);
    const state = applyDecided(undefined, op);
    expect(typeOfRecord(state)).toBe(kind === 'patch' ? null : type);
  });
});

describe('what only some kinds have', () => {
  const [create, , patch, , add, discard, count] = KINDS.map(([, op]) => op) as [Op, Op, Op, Op, Op, Op, Op];
  const withEnd = (op: Op, at: unknown): Op => ({ ...op, expiresAt: at }) as Op;

  test.each([0, 1, MAX_MILLIS, null])('CR-9: the end %j is one', (at) => {
    for (const op of [create, patch]) expect(judged(withEnd(op, at), {})).toBeNull();
  });

  test.each([-1, 0.5, MAX_MILLIS + 1, -0.1])('CR-9: the end %d is none', (at) => {
    for (const op of [create, patch]) expect(judged(withEnd(op, at), {})).toEqual(['invalid-op', '[6]']);
  });

  test('CR-4: a patch writes something', () => {
    expect(judged(patch, { 5: [] })).toEqual(['invalid-op', '[5]']);
    expect(judged(withEnd(patch, 5), { 5: [] })).toBeNull();
  });

  test.each([3, 8, 9, 20])('CR-2: a field named twice among %i is refused at its second place', (size) => {
    const names = Array.from({ length: size }, (_, i) => [`f${i}`, i]);
    expect(judged(create, { 5: names })).toBeNull();
    expect(judged(create, { 5: [...names, ['f1', 9]] })).toEqual(['invalid-op', `[5][${size}][0]`]);
  });

  test.each<[unknown, unknown]>([
    [[['', { a: 1 }]], ['invalid-op', '[5][0][1]']],
    [[['', [1]]], null],
    [[['']], null],
    [[['f', { $x: 1 }]], ['invalid-value', '[5][0][1]']],
    [
      [
        ['f', 1],
        ['g', [0, { $bytes: '!' }]],
      ],
      ['invalid-value', '[5][1][1][1]'],
    ],
    [[['f', Number.NaN]], ['invalid-value', '[5][0][1]']],
    [[['f', undefined]], ['invalid-value', '[5][0][1]']],
  ])('VAL-2: fields %j: %j', (fields, expected) => expect(judged(create, { 5: fields })).toEqual(expected));

  test('CR-6: a discard takes something away, an add need not, and neither beyond 4,096 tags', () => {
    const tags = Array.from({ length: 4_097 }, () => STAMP);
    expect(judged(discard, { 5: [1] })).toEqual(['invalid-op', '[5]']);
    expect(judged(add, { 5: [1] })).toBeNull();
    for (const op of [add, discard]) {
      expect(judged(op, { 5: [1, ...tags] })).toEqual(['too-large', '[5]']);
      expect(judged(op, { 5: [1, ...tags.slice(1)] })).toBeNull();
      expect(judged(op, { 5: [{ a: { $x: 1 } }, STAMP] })).toEqual(['invalid-value', '[5][0].a']);
    }
  });

  test.each([0, 0.5, 2 ** 53, -(2 ** 53), '1', null, [1]])('CR-7: the delta %j is none', (delta) => {
    expect(judged(count, { 5: [delta] })).toEqual(['invalid-value', '[5][0]']);
  });
});
