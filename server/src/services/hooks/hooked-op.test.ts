import type { ReplicaId, Stamp } from '@topgun/core/clock';
import { opToWire, wireToOp, type Op } from '@topgun/core/crdt';
import { expect, test } from 'vitest';
import { changedOp, toHookedOp } from './hooked-op.js';

const ID = { replica: 'a.0' as ReplicaId, seq: 7, stamp: '-------5---a.0' as Stamp, map: 'todos', key: 'k' };
const CREATE: Op = {
  ...ID,
  kind: 'create',
  restart: true,
  fields: [
    { name: 'text', value: 'milk' },
    { name: '__proto__', value: 1 },
    { name: 'old', value: undefined },
  ],
  expiresAt: 9,
};

test('HK-2: a hook is told what an op says, and nothing of how it is kept', () => {
  const told = toHookedOp(CREATE);
  expect(told).toEqual({ type: 'create', map: 'todos', key: 'k', fields: expect.anything() as object, expiresAt: 9 });
  expect(Object.entries((told as { fields: object }).fields)).toEqual([
    ['text', 'milk'],
    ['__proto__', 1],
    ['old', undefined],
  ]);
  expect(toHookedOp({ ...ID, kind: 'remove' })).toEqual({ type: 'remove', map: 'todos', key: 'k' });
  expect(toHookedOp({ ...ID, kind: 'add', value: [1], tags: [] })).toEqual({
    type: 'add',
    map: 'todos',
    key: 'k',
    value: [1],
  });
  expect(toHookedOp({ ...ID, kind: 'count', delta: -2 })).toEqual({ type: 'count', map: 'todos', key: 'k', delta: -2 });
});

test('HK-2: what a hook is told of cannot be altered in place', () => {
  const told = toHookedOp(CREATE) as { fields: Record<string, unknown>; key: string };
  expect(() => (told.fields['text'] = 'bread')).toThrow(TypeError);
  expect(() => (told.key = 'other')).toThrow(TypeError);
});

test('HK-2: what it does to a value that it was told of changes nothing of what came over the wire', () => {
  const wire = opToWire({ ...CREATE, fields: [{ name: 'tags', value: ['a', { b: [1] }] }] });
  const before = JSON.stringify(wire);
  const op = wireToOp(ID.replica, wire);
  if (!op.ok) throw new Error(op.error.message);
  const { fields } = toHookedOp(op.value) as unknown as { fields: { tags: unknown[] } };
  fields.tags.push('c');
  (fields.tags[1] as { b: number[] }).b.push(2);
  expect(JSON.stringify(wire)).toBe(before);
});

test('HK-3: what a hook puts in the place keeps id, stamp, record and kind', () => {
  const changed = changedOp(CREATE, { fields: { text: 'MILK', by: 'u1', gone: undefined } }, 1_024);
  expect(changed).toEqual({
    ok: true,
    value: [7, ID.stamp, 'todos', 'k', 'r', [['text', 'MILK'], ['by', 'u1'], ['gone']], 9],
  });
  expect(changedOp(CREATE, { fields: {}, expiresAt: null }, 1_024)).toEqual({
    ok: true,
    value: [7, ID.stamp, 'todos', 'k', 'r', [], null],
  });
});

test('HK-3: nothing may be left of a patch', () => {
  const patch: Op = { ...ID, kind: 'patch', fields: [{ name: 'text', value: 'milk' }] };
  expect(changedOp(patch, { fields: {} }, 1_024)).toEqual({ ok: true, value: [7, ID.stamp, 'todos', 'k', 'p', []] });
});

test('HK-4: what is no value, no time, or no fields at all is said to be so', () => {
  const faults = [
    changedOp(CREATE, { fields: { at: new Date(0) as never } }, 1_024),
    changedOp(CREATE, { fields: { n: Number.NaN } }, 1_024),
    changedOp(CREATE, { fields: { '': { a: 1 } } }, 1_024),
    changedOp(CREATE, { fields: {}, expiresAt: 0.5 }, 1_024),
    changedOp({ ...ID, kind: 'remove' }, { fields: {} }, 1_024),
    changedOp({ ...ID, kind: 'count', delta: 1 }, { fields: {} }, 1_024),
  ];
  for (const fault of faults) expect(fault).toEqual({ ok: false, error: expect.any(String) as string });
});
