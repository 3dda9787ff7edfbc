import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import {
  applyOp,
  EMPTY_RECORD,
  materialize,
  planPatch,
  planSet,
  type LwwRecord,
  type Op,
  type OpBody,
} from '../../crdt/index.js';
import type { Value } from '../../primitives/index.js';
import { attemptedValue, bodyAgain, editedBody } from './written-again.js';

const replica = 'a.0' as ReplicaId;
const NOW = 100;

let seq = 0;
function opOf(body: OpBody): Op {
  seq += 1;
  const id = { replica, seq, stamp: encodeStamp({ millis: NOW + seq, counter: 0, replica }), map: 'm', key: 'k' };
  return 'tags' in body || body.kind === 'count' || body.kind === 'remove'
    ? { ...id, ...body }
    : ({ ...id, kind: body.kind, fields: body.fields, ...('restart' in body ? { restart: body.restart } : {}) } as Op);
}

const after = (current: LwwRecord | undefined, body: OpBody | null): LwwRecord | undefined =>
  body === null ? current : applyOp(current ?? EMPTY_RECORD, opOf(body));

const record = (value: Value): LwwRecord | undefined => {
  const plan = planSet(undefined, value);
  return after(undefined, plan.ok ? plan.value.body : null);
};

const values: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(0, 1, 'x', null),
  fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.constantFrom<Value>(0, 1, 'x', [1]), { maxKeys: 3 }),
);

/** A change somebody planned on the record. */
const changes = (current: LwwRecord | undefined): fc.Arbitrary<OpBody | null> =>
  fc.oneof(
    values.map((next) => {
      const plan = planSet(current, next);
      return plan.ok ? plan.value.body : null;
    }),
    fc
      .dictionary(fc.constantFrom('a', 'b'), fc.constantFrom<Value | undefined>(undefined, 1, 'y'), { maxKeys: 2 })
      .map((fields) => {
        const plan = planPatch(current, fields);
        return plan.ok ? plan.value : null;
      }),
  );

const removed = (): LwwRecord | undefined => after(record(1), { kind: 'remove' });

const refusals = fc
  .oneof(
    values.map(record),
    fc.constant(undefined),
    fc.constant(0).map(() => removed()),
  )
  .chain((current) => fc.record({ current: fc.constant(current), body: changes(current) }));

describe('CL-7: a refused write, written again', () => {
  it('with the value that was attempted is what a retry is', () => {
    let edited = 0;
    fc.assert(
      fc.property(refusals, ({ current, body }) => {
        if (body === null) return;
        edited += 1;
        const op = opOf(body);
        const again = editedBody(op, current, attemptedValue(op), NOW);
        expect(again.ok && materialize(after(current, again.value))).toEqual(
          materialize(after(current, bodyAgain(op, current))),
        );
      }),
    );
    expect(edited).toBeGreaterThan(20);
  });

  it('with another record is a create of that, and begins anew where one was removed', () => {
    const create = opOf({ kind: 'create', restart: false, fields: [{ name: 'a', value: 1 }] });
    expect(editedBody(create, undefined, { a: 2, b: 3 }, NOW)).toEqual({
      ok: true,
      value: {
        kind: 'create',
        restart: false,
        fields: [
          { name: 'a', value: 2 },
          { name: 'b', value: 3 },
        ],
      },
    });
    expect(editedBody(create, removed(), { a: 2 }, NOW)).toMatchObject({ value: { restart: true } });
  });

  it('with other fields writes those, and unsets what is said to be undefined', () => {
    const patch = opOf({
      kind: 'patch',
      fields: [
        { name: 'a', value: 1 },
        { name: 'b', value: undefined },
      ],
    });
    expect(attemptedValue(patch)).toEqual({ a: 1, b: undefined });
    expect(Object.keys(attemptedValue(patch) as object)).toEqual(['a', 'b']);
    expect(editedBody(patch, record({ a: 0, b: 0, c: 0 }), { a: 2, c: undefined }, NOW)).toEqual({
      ok: true,
      value: {
        kind: 'patch',
        fields: [
          { name: 'a', value: 2 },
          { name: 'c', value: undefined },
        ],
      },
    });
  });

  it('keeps the time to live that was attempted', () => {
    const patch = { ...opOf({ kind: 'patch', fields: [{ name: 'a', value: 1 }] }), kind: 'patch' } as Op;
    const ending = { ...patch, expiresAt: NOW + seq + 5_000 } as Op;
    expect(editedBody(ending, record({ a: 0 }), { a: 2 }, NOW)).toMatchObject({ value: { ttlMs: 5_000 } });
    expect(editedBody(patch, record({ a: 0 }), { a: 2 }, NOW)).not.toHaveProperty('value.ttlMs');
  });

  it('of a set and of a counter takes the other value, as they are now', () => {
    const add = opOf({ kind: 'add', value: 'x', tags: [] });
    expect(editedBody(add, undefined, 'y', NOW)).toEqual({ ok: true, value: { kind: 'add', value: 'y', tags: [] } });
    const there = after(undefined, { kind: 'add', value: 'y', tags: [] });
    const discard = opOf({ kind: 'discard', value: 'x', tags: [] });
    expect(editedBody(discard, there, 'x', NOW)).toEqual({ ok: true, value: null });
    expect(editedBody(discard, there, 'y', NOW)).toMatchObject({ value: { kind: 'discard', value: 'y' } });
    const count = opOf({ kind: 'count', delta: 2 ** 53 - 1 });
    expect([attemptedValue(count), attemptedValue(add)]).toEqual([2 ** 53 - 1, 'x']);
    expect(editedBody(count, undefined, 3, NOW)).toEqual({ ok: true, value: { kind: 'count', delta: 3 } });
  });

  it('is refused, with a code, where there is no record any more, nothing to edit, or no value', () => {
    const patch = opOf({ kind: 'patch', fields: [{ name: 'a', value: 1 }] });
    const scalar = opOf({ kind: 'patch', fields: [{ name: '', value: 1 }] });
    const remove = opOf({ kind: 'remove' });
    const code = (op: Op, current: LwwRecord | undefined, next: unknown): string | null => {
      const body = editedBody(op, current, next, NOW);
      return body.ok ? null : body.error.code;
    };
    expect([patch, scalar].flatMap((op) => [undefined, removed()].map((gone) => code(op, gone, { a: 2 })))).toEqual(
      Array(4).fill('record-absent'),
    );
    expect(code(remove, record(1), 2)).toBe('nothing-to-edit');
    expect(attemptedValue(remove)).toBeUndefined();
    expect(code(patch, record({ a: 0 }), { a: () => 1 })).toBe('invalid-value');
    expect(code(patch, record({ a: 0 }), 5)).toBe('not-an-object');
    expect(code(opOf({ kind: 'count', delta: 1 }), undefined, 0.5)).toBe('invalid-value');
  });
});
