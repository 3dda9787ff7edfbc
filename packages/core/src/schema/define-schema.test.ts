import * as v from 'valibot';
import { describe, expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import { defineSchema, type SchemaDefinition } from './define-schema.js';
import { validatorOf } from './pair-schema.arbitrary.js';
import { SchemaError } from './schema-error.js';

const value = z.object({ text: z.string() });
const step = (record: object) => record as never;

describe('SC-1: a schema', () => {
  test('says of each map what it holds, with what is left out filled in', () => {
    const schema = defineSchema({
      todos: value,
      tags: { type: 'set', value: v.string() },
      likes: { type: 'counter' },
      notes: { value, unknown: 'keep', version: 3, migrate: { 2: step, 3: step } },
    });
    expect([...schema.maps.keys()]).toEqual(['todos', 'tags', 'likes', 'notes']);
    expect(schema.of('todos')).toMatchObject({ type: 'record', unknown: 'strip', version: 1, migrations: [] });
    expect(schema.of('tags')).toMatchObject({ type: 'set' });
    expect(schema.of('likes')).toMatchObject({ type: 'counter', validator: null });
    expect(schema.of('notes')).toMatchObject({ unknown: 'keep', version: 3, migrations: [step, step] });
    expect(schema.of('others')).toBeUndefined();
    expect(schema.of('toString')).toBeUndefined();
  });

  test('takes validators that are functions, as some libraries’ are', () => {
    const callable = Object.assign(
      () => {},
      validatorOf((given) => ({ value: given })),
    );
    expect(defineSchema({ todos: callable }).of('todos')?.validator).toBe(callable);
  });

  test.each<[string, unknown]>([
    ['a map that has no such name', { 'no map': value }],
    ['no validator', { todos: {} }],
    ['something else', { todos: 5 }],
    ['a validator of another standard', { todos: { '~standard': { version: 2, validate: () => ({}) } } }],
    ['a type that there is not', { todos: { type: 'list', value } }],
    ['a name that means nothing', { todos: { value, unkown: 'keep' } }],
    ['a way with unknown fields that there is not', { todos: { value, unknown: 'drop' } }],
    ['a version that is none', { todos: { value, version: 0 } }],
    ['a version and no way to it', { todos: { value, version: 3, migrate: { 3: step } } }],
    ['a way to a version beyond its own', { todos: { value, version: 2, migrate: { 2: step, 3: step } } }],
    ['a way that is no function', { todos: { value, version: 2, migrate: { 2: 'rename' } } }],
    ['a version of a set', { tags: { type: 'set', value, version: 2 } }],
  ])('refuses %s where it is written', (_what, input) => {
    expect(() => defineSchema(input as never)).toThrow(expect.objectContaining({ code: 'bad-schema' }));
  });
});

test('SC-7: types of records, and of what may be written, are those of the validators', () => {
  const schema = defineSchema({
    todos: z.object({ text: z.string(), done: z.boolean().default(false) }),
    users: v.object({ name: v.string(), role: v.optional(v.picklist(['admin', 'user']), 'user') }),
    tags: { type: 'set', value: z.string() },
    likes: { type: 'counter' },
    notes: { value: z.object({ at: z.number() }), version: 2, migrate: { 2: (note) => ({ at: note['at'] }) } },
  });
  type Of<D> = D extends SchemaDefinition<infer S, infer W> ? { records: S; writes: W } : never;
  type Records = Of<typeof schema>['records'];
  type Writes = Of<typeof schema>['writes'];
  expectTypeOf<Records['todos']>().toEqualTypeOf<{ text: string; done: boolean }>();
  expectTypeOf<Writes['todos']>().toEqualTypeOf<{ text: string; done?: boolean | undefined }>();
  expectTypeOf<Records['users']['role']>().toEqualTypeOf<'admin' | 'user'>();
  expectTypeOf<Writes['users']['role']>().toEqualTypeOf<'admin' | 'user' | undefined>();
  expectTypeOf<Records['tags']>().toEqualTypeOf<string>();
  expectTypeOf<Records['likes']>().toEqualTypeOf<number>();
  expectTypeOf<Records['notes']>().toEqualTypeOf<{ at: number }>();
  expect(schema.maps.size).toBe(5);
});

test('SC-3: a refusal names map, key, fields and reasons', () => {
  const error = new SchemaError('todos', 't1', [
    { field: 'text', path: '$.text', reason: 'too short' },
    { field: null, path: '$', reason: 'odd' },
  ]);
  expect(error).toMatchObject({
    code: 'schema-violation',
    name: 'SchemaError',
    map: 'todos',
    key: 't1',
    field: 'text',
  });
  expect(error.message).toBe('The schema of todos refuses this: text: too short; the record: odd.');
});
