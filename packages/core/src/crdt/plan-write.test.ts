import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeStamp } from '../clock/stamp.js';
import type { ReplicaId } from '../clock/timestamp.js';
import type { Result } from '../primitives/result.js';
import type { Value } from '../primitives/value.js';
import { reordered, values } from '../primitives/value.arbitrary.js';
import { applyOp } from './apply-op.js';
import type { LwwRecord } from './lww-record.js';
import { materialize } from './materialize.js';
import { opLists } from './op.arbitrary.js';
import type { OpBody } from './op.js';
import { planPatch, planRemove, planSet, planUpdate, type WriteError } from './plan-write.js';
import { EMPTY_RECORD } from './record-merge.js';

const replica = 'z.0' as ReplicaId;
let millis = 100;

/** Applies what was planned under a stamp after all others. */
function written(current: LwwRecord | undefined, body: OpBody | null): LwwRecord {
  if (body === null) return current ?? EMPTY_RECORD;
  millis += 1;
  const stamp = encodeStamp({ millis, counter: 0, replica });
  return applyOp(current ?? EMPTY_RECORD, { ...body, replica, seq: millis, stamp, map: 'm', key: 'k' });
}

const done = <T>(result: Result<T, WriteError>): T => {
  if (!result.ok) throw new Error(`${result.error.path}: ${result.error.message}`);
  return result.value;
};
const setBody = (current: LwwRecord | undefined, next: unknown, base?: Value): OpBody | null =>
  done(planSet(current, next, base)).body;
const namesOf = (body: OpBody | null): readonly string[] =>
  body === null || !('fields' in body) ? [] : body.fields.map(({ name }) => name);
const record = (value: Value): LwwRecord => written(undefined, setBody(undefined, value));

const states = opLists.map((list) => list.reduce(applyOp, EMPTY_RECORD));
/** Values a record can have: a top-level field is not named ''. */
const recordValues = values.filter(
  (value) => typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, ''),
);

describe('set', () => {
  test('CR-4: whatever was there, the value set is the value seen', () => {
    fc.assert(
      fc.property(states, recordValues, (current, next) => {
        // Fields whose create has not arrived yet join a blind create: the union of CR-3.
        fc.pre(current.existence !== null || current.fields.size === 0);
        expect(materialize(written(current, setBody(current, next)))).toEqual(next);
      }),
      { numRuns: 1500 },
    );
  });

  test('CR-4: setting what is there already is no op, whatever the order of properties', () => {
    fc.assert(
      fc.property(states, (current) => {
        const value = materialize(current);
        if (value === undefined) return;
        expect(setBody(current, reordered(value))).toBeNull();
        expect(done(planUpdate(current, (previous) => previous))).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  test('CR-4: a second set changes only what the first left different', () => {
    fc.assert(
      fc.property(recordValues, recordValues, (first, second) => {
        const current = record(first);
        const body = setBody(current, second);
        if (body === null) return;
        expect(body.kind).toBe('patch');
        expect(setBody(written(current, body), second)).toBeNull();
      }),
    );
  });

  test('CR-4: stamps the fields that differ, unsets those that are missing', () => {
    const body = setBody(record({ a: 1, b: [1], c: { d: 1 }, e: 5 }), { a: 1, b: [2], c: { d: 1 }, f: undefined });
    expect(body).toEqual({
      kind: 'patch',
      fields: [
        { name: 'b', value: [2] },
        { name: 'e', value: undefined },
      ],
    });
  });

  test.each<[unknown, readonly string[]]>([
    [{ a: undefined, b: 2 }, ['a']],
    [{ a: undefined }, ['a', 'b']],
    [{ a: undefined, b: undefined, c: undefined }, ['a', 'b']],
    [{ c: undefined, a: 1, b: 2 }, []],
  ])('CR-4: of { a: 1, b: 2 }, %j unsets %j: a property that is undefined is left out', (next, unset) => {
    const body = setBody(record({ a: 1, b: 2 }), next);
    expect(namesOf(body)).toEqual(unset);
    expect(materialize(written(record({ a: 1, b: 2 }), body))).toEqual(JSON.parse(JSON.stringify(next)));
  });

  test('CR-4: creates where nothing is visible; on a key of which nothing is known it never resets', () => {
    expect(setBody(undefined, { a: 1, b: undefined })).toEqual({
      kind: 'create',
      restart: false,
      fields: [{ name: 'a', value: 1 }],
    });
  });

  test('CR-3, CR-4: restarts exactly when the removal is held', () => {
    const removed = written(record({ a: 1, b: 2 }), done(planRemove(record({ a: 1 }))));
    const body = setBody(removed, { a: 3 });
    expect(body).toMatchObject({ kind: 'create', restart: true });
    expect(materialize(written(removed, body))).toEqual({ a: 3 });
    fc.assert(
      fc.property(states, (current) => {
        fc.pre(materialize(current) === undefined);
        const removalHeld = current.existence?.op === 'remove';
        expect(setBody(current, { a: 1 })).toMatchObject({ kind: 'create', restart: removalHeld });
      }),
    );
  });

  test('CR-4: with a base, only what the author changed is written', () => {
    const base = { text: 'milk', done: false, rank: 1 };
    const current = written(record(base), done(planPatch(record(base), { text: 'oat milk' })));
    const { rank: _rank, ...rest } = { ...base, done: true };
    expect(setBody(current, rest, base)).toEqual({
      kind: 'patch',
      fields: [
        { name: 'done', value: true },
        { name: 'rank', value: undefined },
      ],
    });
    expect(setBody(current, { ...base }, base)).toBeNull();
    expect(materialize(written(current, setBody(current, rest, base)))).toEqual({ text: 'oat milk', done: true });
  });

  test('CR-4: without a base a stale spread puts the old value back, and says so', () => {
    const stale = { text: 'milk', done: false };
    const current = written(record(stale), done(planPatch(record(stale), { text: 'oat milk' })));
    const plan = done(planSet(current, { ...stale, done: true }, undefined, stale));
    expect(namesOf(plan.body)).toEqual(['text', 'done']);
    expect(plan.revertsFields).toEqual(['text']);
  });

  const TAGS = { text: 'milk', tags: ['new'] };
  test.each<[string, next: Value, base: Value | undefined, earlier: Value | undefined, reverts: readonly string[]]>([
    ['writes another value', { text: 'tea', tags: ['new'] }, undefined, { text: 'oat milk' }, []],
    [
      'writes an equal list in the place of a later one',
      { text: 'milk', tags: ['old'] },
      undefined,
      { tags: ['old'] },
      ['tags'],
    ],
    ['unsets what had not been set', { text: 'milk' }, undefined, { text: 'tea' }, ['tags']],
    ['unsets what had another value', { text: 'milk' }, undefined, { tags: ['old'] }, []],
    ['sets what had not been set', { ...TAGS, rank: 1 }, undefined, { text: 'milk' }, []],
    ['says what it was made from', { text: 'tea', tags: ['new'] }, TAGS, { text: 'tea' }, []],
    ['knows of no earlier value', { text: 'milk' }, undefined, undefined, []],
    ['becomes the scalar it was', 7, undefined, 7, ['', 'text', 'tags']],
  ])('CR-4: what puts old values back when it %s', (_what, next, base, earlier, reverts) => {
    expect([...done(planSet(record(TAGS), next, base, earlier)).revertsFields]).toEqual(reverts);
  });

  test('CR-3: from object to scalar and back, nothing covered shows again', () => {
    const object = record({ a: 1, b: 2 });
    const scalar = written(object, setBody(object, 7));
    expect(materialize(scalar)).toBe(7);
    const covered: LwwRecord = {
      ...scalar,
      fields: new Map([...scalar.fields, ['late', { stamp: object.existence!.stamp, value: 1 }]]),
    };
    expect(materialize(covered)).toBe(7);
    expect(materialize(written(covered, setBody(covered, { a: 1 })))).toEqual({ a: 1 });
    expect(materialize(written(covered, setBody(covered, {})))).toEqual({});
  });
});

describe('update', () => {
  test('CR-4: gives the value seen, or undefined, and creates', () => {
    const seen: unknown[] = [];
    const note = (next: Value) => (previous: Value | undefined) => (seen.push(previous), next);
    const removed = written(record({ a: 1 }), { kind: 'remove' });
    expect(done(planUpdate(undefined, note({ a: 1 })))).toMatchObject({ kind: 'create', restart: false });
    expect(done(planUpdate(removed, note({ a: 1 })))).toMatchObject({ kind: 'create', restart: true });
    expect(done(planUpdate(record({ a: 1 }), note({ a: 2 })))).toMatchObject({ kind: 'patch' });
    expect(seen).toEqual([undefined, undefined, { a: 1 }]);
  });

  test('CR-4: keeps an edit that arrived between render and write', () => {
    const current = written(record({ text: 'milk', done: false }), done(planPatch(record(''), { text: 'oat milk' })));
    const body = done(planUpdate(current, (previous) => ({ ...(previous as object), done: true })));
    expect(namesOf(body)).toEqual(['done']);
  });

  test('a change in place of the object handed out is seen', () => {
    const body = done(planUpdate(record({ a: 1 }), (previous) => Object.assign(previous as object, { a: 2 })));
    expect(body).toEqual({ kind: 'patch', fields: [{ name: 'a', value: 2 }] });
  });

  test('hands on the value the caller already holds', () => {
    const held = { a: 1 };
    planUpdate(record({ a: 1 }), (previous) => (expect(previous).toBe(held), previous), held);
  });

  test('returning nothing is a typed error', () => {
    const plan = planUpdate(record({ a: 1 }), () => undefined);
    expect(!plan.ok && plan.error.code).toBe('invalid-value');
  });
});

describe('patch', () => {
  test('CR-4: stamps what it names, equal or not; undefined unsets', () => {
    expect(done(planPatch(record({ a: 1, b: 2 }), { a: 1, b: undefined, c: null }))).toEqual({
      kind: 'patch',
      fields: [
        { name: 'a', value: 1 },
        { name: 'b', value: undefined },
        { name: 'c', value: null },
      ],
    });
    expect(done(planPatch(record({ a: 1 }), {}))).toBeNull();
  });

  test('CR-4: never creates', () => {
    const removed = written(record({ a: 1 }), { kind: 'remove' });
    const onlyFields = written(undefined, { kind: 'patch', fields: [{ name: 'a', value: 1 }] });
    for (const current of [undefined, removed, onlyFields]) {
      const plan = planPatch(current, { a: 1 });
      expect(!plan.ok && plan.error.code).toBe('record-absent');
    }
  });

  test.each([null, 5, 'x', [1], new Uint8Array(1), undefined, new Date(0)])('%o is no patch', (partial) => {
    const plan = planPatch(record({ a: 1 }), partial);
    expect(!plan.ok && plan.error.code).toBe('not-an-object');
  });
});

describe('remove', () => {
  test('CR-4, CR-5: removes what is visible or unknown; what is removed already is no op', () => {
    expect(done(planRemove(record(1)))).toEqual({ kind: 'remove' });
    expect(done(planRemove(undefined))).toEqual({ kind: 'remove' });
    expect(done(planRemove(written(record(1), { kind: 'remove' })))).toBeNull();
  });
});

describe('what cannot be written', () => {
  test.each<[unknown, string, string]>([
    [{ '': 1 }, 'empty-field-name', '$[""]'],
    [{ a: { b: [Number.NaN] } }, 'invalid-value', '$.a.b[0]'],
    [{ 'odd name': new Date(0) }, 'invalid-value', '$["odd name"]'],
    [[1, undefined], 'invalid-value', '$[1]'],
    [undefined, 'invalid-value', '$'],
    [() => 1, 'invalid-value', '$'],
    [new Map(), 'invalid-value', '$'],
  ])('CR-4: %o is a typed error naming the place, on set and on create', (next, code, path) => {
    for (const current of [undefined, record({ a: 1 }), record(5)]) {
      const plan = planSet(current, next);
      expect(!plan.ok && [plan.error.code, plan.error.path]).toEqual([code, path]);
    }
  });

  test('what the app does to its object later does not change what was written', () => {
    const tags = ['a'];
    const current = record({ tags });
    tags.push('b');
    expect(materialize(current)).toEqual({ tags: ['a'] });
  });
});
