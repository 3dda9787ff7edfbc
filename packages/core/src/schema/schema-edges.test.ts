import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { applyDecided, type LwwRecord, type Op, type OpBody } from '../crdt/index.js';
import { created, patched, removed } from '../crdt/small-ops.arbitrary.js';
import { isPlainObject, type Value } from '../primitives/index.js';
import { completeValue, completeWrite } from './complete-write.js';
import { defineSchema } from './define-schema.js';
import { judgeOpEffect, judgeWrite } from './judge-write.js';
import type { MapSchema } from './map-schema.js';
import { pairValidator, validatorOf } from './pair-schema.arbitrary.js';
import type { MapSchemaInput } from './schema-types.js';

// What the other tables leave open: one case for each way in which the code could be otherwise and they would not have told.

const of = (given: MapSchemaInput): MapSchema => defineSchema({ m: given }).of('m')!;
const fieldsOf = (fields: Readonly<Record<string, Value | undefined>>) =>
  Object.entries(fields).map(([name, value]) => ({ name, value }));
const create = (fields: Readonly<Record<string, Value | undefined>>): OpBody => ({
  kind: 'create',
  fields: fieldsOf(fields),
  restart: false,
});
const patch = (fields: Readonly<Record<string, Value | undefined>>, ttlMs?: number): OpBody => ({
  kind: 'patch',
  fields: fieldsOf(fields),
  ...(ttlMs !== undefined && { ttlMs }),
});
const anything = validatorOf((value) => ({ value }));
const makes = (made: unknown) => validatorOf(() => ({ value: made }));
const refuses = (path: string, message: string) => ({ issues: [{ message, path: [path] }] });

describe('SC-3: a write that needs nothing', () => {
  const todos = of(z.object({ text: z.string(), done: z.boolean().default(false) }));

  test.each<[string, Value | undefined, OpBody]>([
    ['a create that is whole', undefined, create({ text: 'a', done: true })],
    ['an edit of what is right', { text: 'a', done: true }, patch({ text: 'b' })],
    ['an edit of nothing', { text: 'a', done: true }, patch({})],
    ['an edit of nothing in a record that lacks a default', { text: 'a' }, patch({})],
    ['an edit of nothing in one that has an odd field', { text: 'a', done: true, odd: 1 }, patch({})],
    ['an edit of nothing in one that is wrong', { text: 1 }, patch({})],
    ['an edit of its end alone', { text: 'a' }, patch({}, 5)],
  ])('%s stays the object it is', (_what, shown, body) => {
    const completed = completeWrite(todos, shown, body);
    expect(completed.ok && completed.value).toBe(body);
  });

  test('a create of which only unknown fields were named is one of an empty record, an edit of them is none', () => {
    const empty = of(z.object({}));
    expect(completeWrite(empty, undefined, create({ odd: 1 }))).toEqual({ ok: true, value: create({}) });
    expect(completeWrite(empty, {}, patch({ odd: 1 }))).toEqual({ ok: true, value: null });
    expect(completeWrite(empty, {}, patch({ odd: 1 }, 5))).toEqual({ ok: true, value: patch({}, 5) });
  });
});

describe('SC-2: what a validator makes', () => {
  const told = (schema: MapSchema, body: OpBody, shown?: Value): unknown => {
    const completed = completeWrite(schema, shown, body);
    return completed.ok ? completed.value : completed.error.map(({ path, reason }) => `${path} ${reason}`);
  };

  test.each<[string, unknown, OpBody]>([
    ['a text of a record', 'x', create({ a: 1 })],
    ['a list of a record', [1], create({ a: 1 })],
    ['a record of a text', { a: 1 }, create({ '': 'x' })],
    ['a record of null', {}, create({ '': null })],
  ])('%s: is said to be something else than a record', (_what, made, body) => {
    expect(told(of(makes(made)), body)).toEqual(['$ the schema makes something else than a record of it']);
  });

  test('one value of another is written, where it stays as it is', () => {
    expect(told(of(makes('x')), create({ '': 'y' }))).toEqual(create({ '': 'x' }));
    expect(told(of(makes(null)), patch({ '': 'y' }), 'z')).toEqual(patch({ '': null }));
  });

  test('an unknown field that is refused is said to be none', () => {
    const strict = of({ value: z.object({ a: z.number() }), unknown: 'refuse' });
    expect(told(strict, create({ a: 1, odd: 1 }))).toEqual(['$.odd is no field of this schema']);
    expect(told(strict, patch({ odd: 1 }), { a: 1, odd: 2 })).toEqual(['$.odd is no field of this schema']);
    expect(told(strict, patch({ odd: undefined }), { a: 1, odd: 2 })).toEqual(patch({ odd: undefined }));
  });

  test('of a value of a set is judged as well: it has to stay as it is', () => {
    const grows = of({ type: 'set', value: validatorOf((value) => ({ value: Number(value) + 1 })) });
    expect(completeValue(grows, 1)).toMatchObject({ ok: false, error: [{ field: null, path: '$' }] });
    const picky = of({ type: 'set', value: validatorOf(() => refuses('n', 'odd')) });
    expect(completeValue(picky, {})).toEqual({ ok: false, error: [{ field: 'n', path: '$.n', reason: 'odd' }] });
  });

  test.each<[string, Value | undefined, number]>([
    ['nothing', undefined, 2],
    ['a number', 3, 5],
    ['what is no number', { a: 1 }, 2],
    ['a text of digits', '3', 2],
  ])('a count begins with %s', (_what, shown, sum) => {
    const seen: unknown[] = [];
    const counter = of({ type: 'counter', value: validatorOf((value) => (seen.push(value), { value })) as never });
    seen.length = 0;
    expect(completeWrite(counter, shown, { kind: 'count', delta: 2 }).ok).toBe(true);
    expect(new Set(seen)).toEqual(new Set([sum]));
  });
});

describe('SC-5: what is not the doing of a write, and what is', () => {
  /** Refuses by fields, with one reason for all of them. */
  const odd = of(
    validatorOf((value) => {
      const wrong = Object.keys(value as object).find((name) => (value as Record<string, unknown>)[name] === 'odd');
      return wrong === undefined ? { value } : refuses(wrong, 'odd');
    }),
  );
  const sized = of(
    validatorOf((value) => {
      const { n } = value as { readonly n: number };
      return n <= 2 ? { value } : refuses('n', `${n} is too much`);
    }),
  );
  /** Makes a text of any record but one. */
  const whole = of(validatorOf((value) => ({ value: (value as { a?: unknown }).a === 1 ? value : 'x' })));
  const empty = of(makes({}));

  test.each<[string, MapSchema, Value, Value, readonly string[], readonly string[]]>([
    ['the same of the same field', odd, { a: 'odd' }, { a: 'odd', b: 1 }, ['b'], []],
    ['the same of another field', odd, { a: 'odd' }, { b: 'odd' }, [], ['$.b']],
    ['something else of the same field', sized, { n: 3 }, { n: 4 }, [], ['$.n']],
    ['the same of it', sized, { n: 3 }, { n: 3, m: 1 }, ['m'], []],
    ['a record that is stored as something else only now', whole, { a: 1 }, { a: 2 }, ['a'], ['$']],
    ['one that was before', whole, { a: 2 }, { a: 3 }, ['a'], []],
    ['a field of a record in the place of a text', empty, 'ab', { 0: 'a' }, [], ['$["0"]']],
    ['a field in the place of none', empty, {}, { a: 1 }, [], ['$.a']],
    ['a field that is as it was', empty, { a: 1 }, { a: 1, b: 1 }, ['b'], ['$.b']],
  ])('%s', (_what, schema, before, after, fields, expected) => {
    expect(judgeWrite(schema, { before, after, fields }).map(({ path }) => path)).toEqual(expected);
  });
});

describe('SC-4, SC-6: what an op makes wrong', () => {
  const pair = of(pairValidator);
  const held = (...ops: readonly Op[]): LwwRecord =>
    ops.slice(1).reduce(applyDecided, applyDecided(undefined, ops[0]!));
  const judged = (schema: MapSchema, op: Op, before?: LwwRecord): readonly string[] =>
    judgeOpEffect(schema, op, before, applyDecided(before, op)).map(({ path }) => path);

  test('what was removed is not asked what it shows, so it excuses nothing', () => {
    const gone = held(created('k', 1, 'a', { a: 1 }), removed('k', 2, 'a'));
    const asked: LwwRecord[] = [];
    const shown = (record: LwwRecord): Value => (asked.push(record), { a: 1 });
    const op = created('k', 3, 'a', { a: 1 });
    const after = applyDecided(gone, op);
    expect(judgeOpEffect(pair, op, gone, after, shown).map(({ path }) => path)).toEqual(['$.a']);
    expect(new Set(asked)).toEqual(new Set([after]));
  });

  test('of a hidden record an edit is judged by what it names, also where one value is hidden with it', () => {
    const gone = held(created('k', 1, 'a', { a: 'x' }), removed('k', 2, 'a'));
    const text = applyDecided(gone, patched('k', 3, 'a', { '': 'text' }));
    expect(judged(pair, patched('k', 4, 'a', { b: 1 }), text)).toEqual([]);
    expect(judged(pair, patched('k', 4, 'a', { a: 1 }), text)).toEqual(['$.a']);
    expect(judged(pair, patched('k', 4, 'a', { '': 'y' }), text)).toEqual(['$']);
    expect(judged(of(z.string()), patched('k', 4, 'a', { '': 'y' }), text)).toEqual([]);
  });

  test('and its validator is given what would show alone: no mark, no one value, nothing that is unset', () => {
    const seen: Value[] = [];
    const looking = of(validatorOf((value) => (isPlainObject(value as Value) && seen.push(value as Value), { value })));
    const gone = held(created('k', 1, 'a', { a: 'x' }), removed('k', 2, 'a'));
    const hidden = held(patched('k', 3, 'a', { '': 'text', b: undefined, _schema: 2, c: 1 }));
    seen.length = 0;
    expect(judged(looking, patched('k', 4, 'a', { a: 'x', d: undefined }), gone)).toEqual([]);
    expect(judged(looking, patched('k', 4, 'a', { e: 1 }), hidden)).toEqual([]);
    expect(seen).toEqual([{ a: 'x' }, { c: 1, e: 1 }]);
    expect(judged(of(anything), patched('k', 4, 'a', { _schema: 3 }), gone)).toEqual([]);
  });
});
