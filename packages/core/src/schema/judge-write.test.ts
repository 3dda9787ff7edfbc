import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { applyDecided, VERSION_FIELD, type LwwRecord, type Op } from '../crdt/index.js';
import { created, opIdAt, patched, removed } from '../crdt/small-ops.arbitrary.js';
import type { Value } from '../primitives/index.js';
import { defineSchema } from './define-schema.js';
import { findIssues, lookAt } from './find-issues.js';
import { judgeOpEffect, judgeWrite } from './judge-write.js';
import type { MapSchema } from './map-schema.js';
import { pairValidator, validatorOf } from './pair-schema.arbitrary.js';
import type { MapSchemaInput } from './schema-types.js';

const of = (given: MapSchemaInput): MapSchema => defineSchema({ m: given }).of('m')!;
const pair = of(pairValidator);
const todo = z.object({ text: z.string(), done: z.boolean().default(false) });
const todos = of(todo);
const keeping = of({ value: todo, unknown: 'keep' });

describe('SC-2: what keeps a value from being right', () => {
  const other = 'is stored as something else by the schema';
  test.each<[string, MapSchema, Value, readonly string[]]>([
    ['nothing', todos, { text: 'a', done: true }, []],
    ['a default that was not written', todos, { text: 'a' }, ['$.done is missing, and its default was not written']],
    ['a field that is unknown', todos, { text: 'a', done: true, odd: 1 }, ['$.odd is no field of this schema']],
    ['nothing, where unknown fields are kept', keeping, { text: 'a', done: true, odd: 1 }, []],
    ['a default all the same', keeping, { text: 'a', odd: 1 }, ['$.done is missing, and its default was not written']],
    ['a field in another form', of(z.object({ a: z.string().trim() })), { a: ' x' }, [`$.a ${other}`]],
    ['a value in another form', of(z.string().trim()), ' x', [`$ ${other}`]],
    ['a record that becomes a text', of(validatorOf(() => ({ value: 'x' }))), { a: 1 }, [`$ ${other}`]],
    ['a text that becomes a record', of(validatorOf(() => ({ value: { a: 1 } }))), 'x', [`$ ${other}`]],
    [
      'several of these, those of its own fields first',
      of(validatorOf(() => ({ value: { a: 2, c: 3, d: 4 } }))),
      { a: 1, b: 1 },
      [
        `$.a ${other}`,
        '$.b is no field of this schema',
        '$.c is missing, and its default was not written',
        '$.d is missing, and its default was not written',
      ],
    ],
    [
      'names that objects have of themselves',
      of(validatorOf(() => ({ value: { a: 1 } }))),
      { a: 1, constructor: 1 },
      ['$.constructor is no field of this schema'],
    ],
  ])('%s', (_what, schema, value, expected) => {
    expect(findIssues(schema, value).map(({ path, reason }) => `${path} ${reason}`)).toEqual(expected);
    expect(lookAt(schema, value).areRefused).toBe(false);
  });

  test('or its validator refuses it; and without one nothing is wrong', () => {
    expect(lookAt(pair, { a: 1 })).toEqual({ issues: [{ field: 'a', path: '$.a', reason: 'a' }], areRefused: true });
    expect(lookAt(of({ type: 'counter' }), 'anything')).toEqual({ issues: [], areRefused: false });
  });
});

describe('SC-5: whose doing it is', () => {
  const says = (schema: MapSchema, before: Value | undefined, after: Value, fields: readonly string[]) =>
    judgeWrite(schema, { before, after, fields }).map(({ path }) => path);

  test.each<[string, Value | undefined, Value, readonly string[], readonly string[]]>([
    ['nothing is wrong', { a: 'x' }, { a: 'xx' }, ['a'], []],
    ['there was no record', undefined, { a: 'x', b: 'y' }, [], ['$.b']],
    ['what it names is wrong', { a: 'x' }, { a: 'x', b: 'y' }, ['b'], ['$.b']],
    ['what it names was as wrong before', { a: 'x', b: 'y' }, { a: 'x', b: 'y' }, ['b'], ['$.b']],
    ['what it does not name was as wrong before', { a: 'x', b: 'y' }, { a: 'xx', b: 'y' }, ['a'], []],
    ['both are wrong only now', { a: 'xx', b: 2 }, { a: 'x', b: 2 }, ['a'], ['$']],
    ['both were wrong before', { a: 'x', b: 3 }, { a: 'x', b: 3, c: 1 }, ['c'], []],
    ['both are, where one was', { a: 'x', b: 'y' }, { a: 'x', b: 3 }, ['c'], ['$']],
    ['it is no record any more', { a: 'x' }, 'x', [''], ['$']],
    ['it was none before', 'x', 'y', ['a'], []],
  ])('%s', (_what, before, after, fields, expected) => {
    expect(says(pair, before, after, fields)).toEqual(expected);
  });

  test.each<[string, Value | undefined, Value, readonly string[], readonly string[]]>([
    ['a default was missing before', { text: 'a' }, { text: 'b' }, ['text'], []],
    ['a default is missing of a record that is new', undefined, { text: 'b' }, ['text'], ['$.done']],
    ['a default is missing only now', { text: 'a', done: true }, { text: 'a' }, [], ['$.done']],
    [
      'an odd field was there before',
      { text: 'a', done: true, odd: 1 },
      { text: 'b', done: true, odd: 1 },
      ['text'],
      [],
    ],
    [
      'an odd field is written',
      { text: 'a', done: true, odd: 1 },
      { text: 'a', done: true, odd: 1 },
      ['odd'],
      ['$.odd'],
    ],
    ['an odd field is new', { text: 'a', done: true }, { text: 'a', done: true, odd: 1 }, [], ['$.odd']],
    // What refuses a record does not come to say what else it would have made otherwise.
    [
      'an odd field of a record that was refused',
      { text: 1, odd: 1 },
      { text: 'a', odd: 1 },
      ['text'],
      ['$.done'].slice(1),
    ],
    [
      'and one that is another now',
      { text: 1, odd: 1, done: true },
      { text: 'a', odd: 2, done: true },
      ['text'],
      ['$.odd'],
    ],
  ])('%s', (_what, before, after, fields, expected) => {
    expect(says(todos, before, after, fields)).toEqual(expected);
  });
});

const held = (...ops: readonly Op[]): LwwRecord => ops.slice(1).reduce(applyDecided, applyDecided(undefined, ops[0]!));
const judged = (schema: MapSchema, before: LwwRecord | undefined, op: Op): readonly string[] =>
  judgeOpEffect(schema, op, before, applyDecided(before, op)).map(({ path }) => path);
const id = { ...opIdAt(5, 'a'), key: 'k' };

describe('SC-4: what an op makes wrong', () => {
  const right = held(created('k', 1, 'a', { a: 'xx', b: 2 }));
  test.each<[string, LwwRecord | undefined, Op, readonly string[]]>([
    ['a create that is right', undefined, created('k', 5, 'a', { a: 'x' }), []],
    ['a create that is not', undefined, created('k', 5, 'a', { a: 1 }), ['$.a']],
    ['a create of nothing', undefined, created('k', 5, 'a', {}), ['$.a']],
    ['an edit that is right', right, patched('k', 5, 'a', { b: 1 }), []],
    ['an edit that is not', right, patched('k', 5, 'a', { b: 'y' }), ['$.b']],
    [
      'an edit that is too late to do anything',
      held(created('k', 9, 'a', { a: 'x', b: 1 })),
      patched('k', 5, 'a', { b: 'y' }),
      [],
    ],
    ['an edit that unsets what is needed', right, patched('k', 5, 'a', { a: undefined }), ['$.a']],
    ['a removal', right, removed('k', 5, 'a'), []],
    ['a removal of nothing', undefined, removed('k', 5, 'a'), []],
    [
      'a removal too late to end it, that takes away what it needs',
      held(created('k', 1, 'a', { a: 'xx' }), created('k', 7, 'b', { b: 2 })),
      removed('k', 5, 'a'),
      ['$.a'],
    ],
  ])('%s', (_what, before, op, expected) => {
    expect(judged(pair, before, op)).toEqual(expected);
  });

  test('of sets each value that comes is judged, of counters what they come to', () => {
    const tags = of({ type: 'set', value: z.string() });
    expect(judged(tags, undefined, { ...id, kind: 'add', value: 'x', tags: [] })).toEqual([]);
    expect(judged(tags, undefined, { ...id, kind: 'add', value: 1, tags: [] })).toEqual(['$']);
    expect(judged(tags, undefined, { ...id, kind: 'discard', value: 1, tags: [] })).toEqual([]);
    const stock = of({ type: 'counter', value: z.number().min(0).max(5) });
    const three = held({ ...opIdAt(1, 'a'), key: 'k', kind: 'count', delta: 3 });
    expect(judged(stock, three, { ...id, kind: 'count', delta: 2 })).toEqual([]);
    expect(judged(stock, three, { ...id, kind: 'count', delta: 3 })).toEqual(['$']);
    const op: Op = { ...id, kind: 'count', delta: 1 };
    expect(judgeOpEffect(of({ type: 'counter', value: z.literal(0) }), op, undefined, three, () => undefined)).toEqual(
      [],
    );
  });

  test('what shows is said by whoever asks', () => {
    const op = patched('k', 5, 'a', { b: 1 });
    const after = applyDecided(right, op);
    expect(judgeOpEffect(pair, op, right, after, () => ({ a: 1 })).map(({ path }) => path)).toEqual([]);
    expect(judgeOpEffect(pair, op, undefined, after, () => ({ a: 1 })).map(({ path }) => path)).toEqual(['$.a']);
    expect(judgeOpEffect(pair, op, undefined, after, () => undefined).map(({ path }) => path)).toEqual(['$']);
  });
});

describe('SC-6: what does not show', () => {
  const gone = held(created('k', 1, 'a', { a: 'xx', b: 2 }), removed('k', 2, 'a'));
  test.each<[string, LwwRecord | undefined, Op, readonly string[]]>([
    ['an edit of a removed record that is right', gone, patched('k', 5, 'a', { a: 'x' }), []],
    ['one that is not', gone, patched('k', 5, 'a', { a: 1 }), ['$.a']],
    ['one that lacks what it does not name', gone, patched('k', 5, 'a', { b: 1 }), []],
    ['one that unsets', gone, patched('k', 5, 'a', { a: undefined }), []],
    ['one that only says its version', gone, patched('k', 5, 'a', { [VERSION_FIELD]: 2 }), []],
    ['one of no record', undefined, patched('k', 5, 'a', { b: 'y', a: 'x' }), ['$.b']],
    ['one value', gone, patched('k', 5, 'a', { '': 'text' }), ['$']],
    ['one that what is hidden makes wrong', held(patched('k', 1, 'a', { a: 1 })), patched('k', 5, 'a', { b: 1 }), []],
  ])('%s', (_what, before, op, expected) => {
    expect(judged(pair, before, op)).toEqual(expected);
  });
});
