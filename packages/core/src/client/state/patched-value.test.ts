import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import {
  applyOp,
  EMPTY_RECORD,
  materialize,
  type CreateOp,
  type LwwRecord,
  type PatchOp,
  type RecordOp,
} from '../../crdt/index.js';
import { opLists, ops } from '../../crdt/op.arbitrary.js';
import { canonicalJson, isPlainObject, type PlainObject, type Value } from '../../primitives/index.js';
import { patchedValue } from './patched-value.js';

const replica = 'a.0' as ReplicaId;
const stamp = (millis: number) => encodeStamp({ millis, counter: 0, replica });

const patch = (millis: number, fields: Record<string, Value | undefined>): PatchOp => ({
  kind: 'patch',
  replica,
  seq: millis,
  stamp: stamp(millis),
  map: 'm',
  key: 'k',
  fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
});

const twice = (op: PatchOp, { fields }: PatchOp): PatchOp => ({ ...op, fields: [...op.fields, ...fields] });

const created = (millis: number, fields: Record<string, Value | undefined>): LwwRecord =>
  applyOp(EMPTY_RECORD, { ...patch(millis, fields), kind: 'create', restart: false });

/** Removals are left out as well: most records would show nothing. */
function withoutEnd(op: RecordOp): CreateOp | PatchOp {
  if (op.kind === 'remove') return { ...op, kind: 'patch', fields: [] };
  const { expiresAt: _end, ...rest } = op;
  return rest;
}

const patchOf = ({ replica: by, seq, stamp: at, map, key, fields }: CreateOp | PatchOp): PatchOp => ({
  kind: 'patch',
  replica: by,
  seq,
  stamp: at,
  map,
  key,
  fields,
});

function patched(record: LwwRecord, op: PatchOp): PlainObject | null {
  return patchedValue(materialize(record) as PlainObject, op);
}

describe('CR-3: what a patched object shows', () => {
  it('is what the whole record shows, whenever it is told at all', () => {
    let told = 0;
    fc.assert(
      fc.property(opLists, ops, (earlier, given) => {
        const record = earlier.map(withoutEnd).reduce(applyOp, created(0, { a: 1, z: 'x' }));
        const shown = materialize(record);
        const op = { ...patchOf(withoutEnd(given)), stamp: stamp(100) };
        if (!isPlainObject(shown)) return;
        const after = applyOp(record, op);
        const value = patchedValue(shown, op);
        if (value === null) return;
        told += 1;
        const whole = materialize(after) as Value;
        expect(canonicalJson(value)).toBe(canonicalJson(whole));
        expect(value === shown).toBe(canonicalJson(shown) === canonicalJson(whole));
      }),
      { numRuns: 2_000 },
    );
    expect(told).toBeGreaterThan(100);
  });

  it('is what a record shows that is created by the op, of which nothing else is known', () => {
    let told = 0;
    fc.assert(
      fc.property(ops, (given) => {
        const { fields, ...rest } = patchOf(withoutEnd(given));
        const value = patchedValue({}, { fields });
        if (value === null) return;
        told += 1;
        const record = applyOp(EMPTY_RECORD, { ...rest, fields, kind: 'create', restart: false });
        expect(canonicalJson(value)).toBe(canonicalJson(materialize(record) as Value));
      }),
      { numRuns: 1_000 },
    );
    expect(told).toBeGreaterThan(100);
  });

  it('shares what has not changed, and leaves the object before as it was', () => {
    const tags = ['x'];
    const record = created(1, { title: 'a', tags, done: false });
    const before = materialize(record) as PlainObject;
    const after = patchedValue(before, patch(2, { done: true }));
    expect(after).toEqual({ title: 'a', tags: ['x'], done: true });
    expect(after?.['tags']).toBe(tags);
    expect(before).toEqual({ title: 'a', tags: ['x'], done: false });
  });

  it('is the object before when every field holds an equal value, whatever its identity', () => {
    const record = created(1, { place: { x: 1, y: 2 }, bytes: new Uint8Array([1]) });
    const op = patch(2, { place: { y: 2, x: 1 }, bytes: new Uint8Array([1]) });
    const before = materialize(record) as PlainObject;
    expect(patchedValue(before, op)).toBe(before);
  });

  it('has fields whose names are those of every object’s members', () => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
      expect(patched(created(1, { a: 1 }), patch(2, { [name]: 5 }))).toEqual({ a: 1, [name]: 5 });
    }
  });

  it.each([
    ['a field is unset', created(1, { a: 1 }), patch(2, { a: undefined })],
    ['it names a field twice', created(1, { a: 1 }), twice(patch(2, { a: 2 }), patch(2, { a: 3 }))],
    [
      'it has many fields',
      created(1, {}),
      patch(2, Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`f${i}`, i]))),
    ],
    ['it becomes a scalar', created(1, { a: 1 }), patch(2, { '': 7 })],
    ['the name sets a prototype', created(1, { a: 1 }), patch(2, Object.fromEntries([['__proto__', 7]]))],
  ])('is for the whole record to tell where %s', (_case, record, op) => {
    expect(patched(record, op)).toBeNull();
  });

  it('keeps a field named __proto__ that the object has', () => {
    const record = created(1, Object.fromEntries([['__proto__', 1]]));
    const value = patched(record, patch(2, { a: 2 }));
    expect(Object.entries(value as object)).toEqual([
      ['__proto__', 1],
      ['a', 2],
    ]);
  });
});
