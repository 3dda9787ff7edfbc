import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { OpBody } from '../crdt/index.js';
import type { Value } from '../primitives/index.js';
import { completeValue, completeWrite } from './complete-write.js';
import { defineSchema } from './define-schema.js';
import { findIssues } from './find-issues.js';
import type { MapSchema } from './map-schema.js';
import type { MapSchemaInput, UnknownFields } from './schema-types.js';
import { validatorOf } from './pair-schema.arbitrary.js';

const of = (given: MapSchemaInput): MapSchema => defineSchema({ m: given }).of('m')!;
const fieldsOf = (fields: Readonly<Record<string, Value | undefined>>) =>
  Object.entries(fields).map(([name, value]) => ({ name, value }));
const create = (fields: Readonly<Record<string, Value | undefined>>): OpBody => ({
  kind: 'create',
  fields: fieldsOf(fields),
  restart: false,
});
const patch = (fields: Readonly<Record<string, Value | undefined>>): OpBody => ({
  kind: 'patch',
  fields: fieldsOf(fields),
});

/** What is written in the end, by field; or what is wrong, by place. */
function written(schema: MapSchema, shown: Value | undefined, body: OpBody): unknown {
  const completed = completeWrite(schema, shown, body);
  if (!completed.ok) return completed.error.map(({ path }) => path);
  const { value } = completed;
  if (value === null || (value.kind !== 'create' && value.kind !== 'patch')) return value;
  return Object.fromEntries(value.fields.map((field) => [field.name, field.value]));
}

const libraries = [
  ['zod', z.object({ text: z.string().min(1), done: z.boolean().default(false), note: z.optional(z.string()) })],
  [
    'valibot',
    v.object({
      text: v.pipe(v.string(), v.minLength(1)),
      done: v.optional(v.boolean(), false),
      note: v.optional(v.string()),
    }),
  ],
] as const;

describe.each(libraries)('SC-3: with %s', (_name, validator) => {
  const todos = of(validator);

  test('a create is written with its defaults, once', () => {
    expect(written(todos, undefined, create({ text: 'a' }))).toEqual({ text: 'a', done: false });
    expect(written(todos, undefined, create({ text: 'a', done: true }))).toEqual({ text: 'a', done: true });
  });

  test('an edit writes what it names and nothing else, even where the record lacks a default', () => {
    expect(written(todos, { text: 'a' }, patch({ note: 'n' }))).toEqual({ note: 'n' });
    expect(written(todos, { text: 'a', done: true }, patch({ text: 'b' }))).toEqual({ text: 'b' });
  });

  test('a field that is unset gets its default, and one that has none goes', () => {
    expect(written(todos, { text: 'a', done: true, note: 'n' }, patch({ done: undefined, note: undefined }))).toEqual({
      done: false,
      note: undefined,
    });
    expect(written(todos, { text: 'a', done: true }, patch({ text: undefined }))).toEqual(['$.text']);
  });

  test('what does not fit is refused by its place', () => {
    expect(written(todos, undefined, create({ done: false }))).toEqual(['$.text']);
    expect(written(todos, { text: 'a', done: true }, patch({ done: 'yes', text: '' }))).toEqual(
      expect.arrayContaining(['$.text', '$.done']),
    );
    expect(written(todos, undefined, create({ '': 'one value' }))).toEqual(['$']);
  });

  test('what is written has no issues, and completing it again changes nothing', () => {
    const first = completeWrite(todos, undefined, create({ text: 'a' }));
    if (!first.ok || first.value === null) throw new Error('refused');
    expect(completeWrite(todos, undefined, first.value)).toEqual(first);
    expect(findIssues(todos, { text: 'a', done: false })).toEqual([]);
  });

  test('what a removal does is no matter of the schema', () => {
    expect(written(todos, { anything: 1 }, { kind: 'remove' })).toEqual({ kind: 'remove' });
  });
});

describe('SC-3: fields that the schema does not know', () => {
  const todos = (unknown?: UnknownFields) => of({ value: z.object({ text: z.string() }), ...(unknown && { unknown }) });
  const odd = create({ text: 'a', odd: 1 });

  test.each([
    [undefined, { text: 'a' }],
    ['strip', { text: 'a' }],
    ['keep', { text: 'a', odd: 1 }],
    ['refuse', ['$.odd']],
  ] as const)('with %s', (unknown, expected) => {
    expect(written(todos(unknown), undefined, odd)).toEqual(expected);
  });

  test('an edit of nothing else is no write; with a time to live it is that', () => {
    expect(written(todos(), { text: 'a' }, patch({ odd: 1 }))).toBeNull();
    const body = { kind: 'patch', fields: [{ name: 'odd', value: 1 }], ttlMs: 5 } as const;
    expect(completeWrite(todos(), { text: 'a' }, body)).toEqual({
      ok: true,
      value: { kind: 'patch', fields: [], ttlMs: 5 },
    });
  });

  test('those that a record has already are a newer client’s: they stay as they are, whatever an edit says of them, unless it unsets them', () => {
    const record = { text: 'a', newer: 1 };
    expect(written(todos(), record, patch({ text: 'b' }))).toEqual({ text: 'b' });
    for (const newer of [1, 2, null]) {
      expect(written(todos(), record, patch({ text: 'b', newer }))).toEqual({ text: 'b' });
      expect(written(todos(), record, patch({ newer }))).toBeNull();
      expect(written(todos('keep'), record, patch({ newer }))).toEqual({ newer });
      expect(written(todos('refuse'), record, patch({ newer }))).toEqual(['$.newer']);
    }
    expect(written(todos(), { text: 'a', newer: 1 }, patch({ newer: 2, text: 5 }))).toEqual(['$.text']);
    expect(written(todos(), { text: 'a', newer: 1 }, patch({ newer: undefined }))).toEqual({ newer: undefined });
  });

  test('a validator that keeps them keeps them, and one that is strict refuses them, whatever is said', () => {
    expect(written(of({ value: z.looseObject({ text: z.string() }), unknown: 'refuse' }), undefined, odd)).toEqual({
      text: 'a',
      odd: 1,
    });
    expect(written(of({ value: v.strictObject({ text: v.string() }), unknown: 'keep' }), undefined, odd)).toEqual([
      '$.odd',
    ]);
  });

  test('inside a field the validator’s own way counts', () => {
    const nested = of({ value: z.object({ at: z.object({ x: z.number() }) }) });
    expect(written(nested, undefined, create({ at: { x: 1, y: 2 } }))).toEqual({ at: { x: 1 } });
  });
});

describe('SC-2: what the validator makes is what is written', () => {
  test('a text that is trimmed is stored trimmed, on creates and on edits', () => {
    const trimmed = of(z.object({ text: z.string().trim() }));
    expect(written(trimmed, undefined, create({ text: ' a ' }))).toEqual({ text: 'a' });
    expect(written(trimmed, { text: 'b' }, patch({ text: ' a ' }))).toEqual({ text: 'a' });
    expect(findIssues(trimmed, { text: ' a ' })[0]?.path).toBe('$.text');
  });

  test('one that does not take what it has made is refused', () => {
    const lengths = of(z.object({ text: z.string().transform((text) => text.length) }));
    expect(written(lengths, undefined, create({ text: 'abc' }))).toEqual(['$.text']);
    const grows = of(validatorOf((value) => ({ value: { n: ((value as { n?: number }).n ?? 0) + 1 } })));
    expect(written(grows, undefined, create({ n: 1 }))).toEqual(['$.n']);
  });

  test.each<[string, unknown]>([
    ['a list', []],
    ['a text', 'record'],
    ['a function', () => 1],
    ['a date', new Date(0)],
    ['nothing', undefined],
  ])('one that makes %s of a record is refused', (_what, made) => {
    expect(written(of(validatorOf(() => ({ value: made }))), undefined, create({ text: 'a' }))).toEqual(['$']);
  });

  test('a record that is one value', () => {
    const words = of(z.string().trim());
    expect(written(words, undefined, create({ '': ' a ' }))).toEqual({ '': 'a' });
    expect(written(words, 'a', patch({ '': 5 }))).toEqual(['$']);
    expect(written(words, 'a', patch({ text: 'a' }))).toEqual(['$']);
  });
});

describe('SC-4: sets and counters', () => {
  test('each value of a set is what the schema says', () => {
    const tags = of({ type: 'set', value: z.object({ name: z.string(), rank: z.number().default(1) }) });
    expect(completeValue(tags, { name: 'a' })).toEqual({ ok: true, value: { name: 'a', rank: 1 } });
    expect(completeValue(tags, { name: 1 }).ok).toBe(false);
    expect(written(tags, undefined, { kind: 'add', value: { name: 'a' }, tags: [] })).toEqual(['$.rank']);
    expect(written(tags, undefined, { kind: 'discard', value: { odd: 1 }, tags: [] })).toMatchObject({
      kind: 'discard',
    });
  });

  test('what a counter comes to is what it says', () => {
    const stock = of({ type: 'counter', value: z.number().min(0) });
    expect(written(stock, 3, { kind: 'count', delta: -3 })).toMatchObject({ delta: -3 });
    expect(written(stock, 3, { kind: 'count', delta: -4 })).toEqual(['$']);
    expect(written(stock, undefined, { kind: 'count', delta: -1 })).toEqual(['$']);
    expect(written(of({ type: 'counter' }), undefined, { kind: 'count', delta: -1 })).toMatchObject({ delta: -1 });
  });
});
