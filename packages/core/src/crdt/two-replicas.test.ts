import { describe, expect, test } from 'vitest';
import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId } from '../clock/timestamp.js';
import type { Value } from '../primitives/value.js';
import { applyOp, opToRecord } from './apply-op.js';
import type { LwwRecord } from './lww-record.js';
import { isVisible, materialize } from './materialize.js';
import type { Op, OpBody } from './op.js';
import { EMPTY_RECORD, mergeRecords } from './record-merge.js';

/** Stories of CR-3 and CR-5, told op by op and merged both ways round. */
const op = (millis: number, by: 'a' | 'b' | 'c', body: OpBody): Op => {
  const replica = by as ReplicaId;
  return { ...body, replica, seq: millis, stamp: encodeStamp({ millis, counter: 0, replica }), map: 'm', key: 'k' };
};
const fields = (object: Record<string, Value | undefined>) =>
  Object.entries(object).map(([name, value]) => ({ name, value }));
const create = (object: Record<string, Value | undefined>, restart = false): OpBody => ({
  kind: 'create',
  fields: fields(object),
  restart,
});
const patch = (object: Record<string, Value | undefined>): OpBody => ({ kind: 'patch', fields: fields(object) });
const remove: OpBody = { kind: 'remove' };

const merged = (...list: Op[]): LwwRecord => {
  const forth = list.reduce(applyOp, EMPTY_RECORD);
  const back = list.reduceRight((state, next) => mergeRecords(opToRecord(next), state), EMPTY_RECORD);
  expect(materialize(back)).toEqual(materialize(forth));
  return forth;
};
const seen = (...list: Op[]): Value | undefined => materialize(merged(...list));

describe('existence', () => {
  test('CR-3: two devices that create one key offline get the union, the later one per field', () => {
    expect(
      seen(op(1, 'a', create({ text: 'milk', done: false })), op(2, 'b', create({ text: 'bread', rank: 1 }))),
    ).toEqual({
      text: 'bread',
      done: false,
      rank: 1,
    });
  });

  test('CR-3: a field op alone makes nothing visible; the create that follows late shows it', () => {
    expect(seen(op(5, 'a', patch({ done: true })))).toBeUndefined();
    expect(seen(op(5, 'a', patch({ done: true })), op(1, 'b', create({ done: false, text: 'x' })))).toEqual({
      done: true,
      text: 'x',
    });
  });

  test('CR-5: delete wins over an edit that had not seen it, earlier or later', () => {
    const life = op(1, 'a', create({ text: 'x' }));
    expect(seen(life, op(3, 'b', remove), op(2, 'a', patch({ text: 'y' })))).toBeUndefined();
    expect(seen(life, op(3, 'b', remove), op(4, 'a', patch({ text: 'y' })))).toBeUndefined();
  });

  test('CR-5: re-creating after a delete starts clean, whatever of the old life arrives later', () => {
    const again = op(5, 'b', create({ text: 'new' }, true));
    expect(
      seen(
        op(1, 'a', create({ text: 'x', done: true })),
        op(3, 'b', remove),
        again,
        op(4, 'a', patch({ done: false })),
      ),
    ).toEqual({ text: 'new' });
  });

  test('CR-3: a blind create keeps no removal away, but nothing below the removal comes back', () => {
    const life = op(1, 'a', create({ text: 'x', secret: 1 }));
    const gone = op(2, 'a', remove);
    expect(seen(life, gone, op(3, 'b', create({ text: 'y' })))).toEqual({ text: 'y' });
    expect(seen(life, gone, op(2, 'a', create({ text: 'y' })))).toBeUndefined();
    expect(seen(life, op(4, 'a', remove), op(3, 'b', create({ text: 'y' })))).toBeUndefined();
  });

  test('CR-3: a blind create does not raise the floor: the other device keeps its fields', () => {
    const state = merged(op(1, 'a', create({ text: 'x' })), op(2, 'b', create({ rank: 1 })));
    expect(state.floor).toBe('');
    expect(materialize(state)).toEqual({ text: 'x', rank: 1 });
  });

  test('CR-3: at one stamp remove beats create', () => {
    expect(seen(op(1, 'a', create({ text: 'x' })), op(1, 'a', remove))).toBeUndefined();
    expect(isVisible(merged(op(1, 'a', remove), op(1, 'a', create({ text: 'x' }, true))))).toBe(false);
  });

  test('CR-3: at one stamp the greater canonical encoding wins, and a value beats an unset', () => {
    const life = op(1, 'a', create({}));
    expect(seen(life, op(2, 'a', patch({ v: 'b' })), op(2, 'a', patch({ v: 'a' })))).toEqual({ v: 'b' });
    expect(seen(life, op(2, 'a', patch({ v: undefined })), op(2, 'a', patch({ v: null })))).toEqual({ v: null });
  });

  test('CR-3: unset fields are gone, and a later write of another device brings them back', () => {
    const life = op(1, 'a', create({ a: 1, b: 2 }));
    expect(seen(life, op(2, 'a', patch({ a: undefined })))).toEqual({ b: 2 });
    expect(seen(life, op(2, 'a', patch({ a: undefined })), op(3, 'b', patch({ a: 0 })))).toEqual({ a: 0, b: 2 });
  });

  test("0, '', false, null are values like any other", () => {
    expect(seen(op(1, 'a', create({ a: 0, b: '', c: false, d: null })))).toEqual({ a: 0, b: '', c: false, d: null });
  });
});

describe('the shape of a record', () => {
  test('CR-3: a scalar, an array, bytes are one register', () => {
    for (const value of [5, 0, '', null, [1, 2], new Uint8Array([1])] as Value[]) {
      expect(seen(op(1, 'a', create({ '': value })))).toEqual(value);
    }
  });

  test('CR-3: the latest edit decides between scalar and object', () => {
    const object = op(1, 'a', create({ a: 1, b: 1 }));
    const scalar = op(3, 'b', patch({ '': 7, a: undefined, b: undefined }));
    expect(seen(object, scalar)).toBe(7);
    expect(seen(object, scalar, op(2, 'a', patch({ a: 2 })))).toBe(7);
    expect(seen(object, scalar, op(4, 'a', patch({ a: 2 })))).toEqual({ a: 2 });
    expect(seen(object, scalar, op(4, 'a', patch({ '': undefined })))).toEqual({});
  });

  test('CR-3: __proto__ as a field is plain data', () => {
    const value = seen(
      op(1, 'a', create(JSON.parse('{"__proto__":{"x":1},"constructor":2}') as Record<string, Value>)),
    );
    expect(Object.keys(value as object).sort()).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect((value as Record<string, unknown>)['x']).toBeUndefined();
  });
});
