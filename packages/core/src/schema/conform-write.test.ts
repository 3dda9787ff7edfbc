import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { VERSION_FIELD, type FieldWrite, type OpBody } from '../crdt/index.js';
import { opIdAt } from '../crdt/small-ops.arbitrary.js';
import { conformValue, conformWrite } from './conform-write.js';
import { defineSchema } from './define-schema.js';
import { SchemaError } from './schema-error.js';

const schema = defineSchema({
  todos: { value: z.object({ text: z.string(), done: z.boolean().default(false) }) },
  notes: {
    value: z.object({ title: z.string() }),
    version: 3,
    migrate: { 2: (record) => record as never, 3: (record) => record as never },
  },
  tags: { type: 'set', value: z.string().trim() },
  likes: { type: 'counter' },
});

const mark = (value: number): FieldWrite => ({ name: VERSION_FIELD, value });
const create = (...fields: readonly FieldWrite[]): OpBody => ({ kind: 'create', fields, restart: false });
const patch = (...fields: readonly FieldWrite[]): OpBody => ({ kind: 'patch', fields });
const title: FieldWrite = { name: 'title', value: 'a' };

describe('SC-3: a write', () => {
  test.each<[string, string, OpBody | null]>([
    ['of a map that the schema says nothing of', 'other', create({ name: 'anything', value: 1 }, mark(7))],
    ['of nothing', 'todos', null],
    ['that removes', 'todos', { kind: 'remove' }],
    ['that counts', 'likes', { kind: 'count', delta: 2 }],
    [
      'that takes a value away, be it no right one',
      'tags',
      { kind: 'discard', value: 1, tags: [opIdAt(1, 'a').stamp] },
    ],
  ])('%s stays as it is', (_what, map, body) => {
    expect(conformWrite(schema, map, 'k', undefined, body)).toBe(body);
    expect(conformWrite(null, map, 'k', undefined, body)).toBe(body);
  });

  test('gets the defaults of its map, in the place of what is there', () => {
    expect(conformWrite(schema, 'todos', 'k', undefined, create({ name: 'text', value: 'a' }))).toEqual(
      create({ name: 'text', value: 'a' }, { name: 'done', value: false }),
    );
    expect(
      conformWrite(schema, 'todos', 'k', { text: 'a', done: true }, patch({ name: 'done', value: undefined })),
    ).toEqual(patch({ name: 'done', value: false }));
  });

  test('of which nothing is left is none', () => {
    expect(conformWrite(schema, 'todos', 'k', { text: 'a' }, patch({ name: 'odd', value: 1 }))).toBeNull();
  });

  test('that the schema refuses throws: map, key, and what is wrong', () => {
    const refusal = (): OpBody | null =>
      conformWrite(schema, 'todos', 'k1', { text: 'a' }, patch({ name: 'text', value: 5 }));
    expect(refusal).toThrow(SchemaError);
    expect(refusal).toThrow(
      expect.objectContaining({ code: 'schema-violation', map: 'todos', key: 'k1', field: 'text' }),
    );
  });
});

describe('SC-10: a write is marked as of the version of its map', () => {
  test.each<[string, OpBody, OpBody]>([
    ['a create', create(title), create(title, mark(3))],
    ['an edit', patch(title), patch(title, mark(3))],
    ['an edit of nothing', patch(), patch()],
    ['one that an app has marked itself', create(mark(9), title), create(title, mark(3))],
    ['an edit of the mark alone', patch(mark(9)), patch()],
  ])('%s', (_what, body, expected) => {
    expect(conformWrite(schema, 'notes', 'k', { title: 'b' }, body)).toEqual(expected);
  });

  test('but for one that only says when it ends: it names no field', () => {
    const body: OpBody = { kind: 'patch', fields: [], ttlMs: 5 };
    expect(conformWrite(schema, 'notes', 'k', { title: 'b' }, body)).toEqual(body);
    const idle: OpBody = { kind: 'patch', fields: [{ name: 'odd', value: 1 }], ttlMs: 5 };
    expect(conformWrite(schema, 'notes', 'k', { title: 'b' }, idle)).toEqual(body);
  });

  test('and of version 1 not at all', () => {
    const text: FieldWrite = { name: 'text', value: 'a' };
    expect(conformWrite(schema, 'todos', 'k', { text: 'b', done: true }, patch(text, mark(2)))).toEqual(patch(text));
  });
});

describe('SC-4: a value of a set', () => {
  test('is what the validator makes of it; of another map, or without a schema, what it is', () => {
    expect(conformValue(schema, 'tags', 'k', ' a ')).toBe('a');
    expect(conformValue(schema, 'others', 'k', ' a ')).toBe(' a ');
    expect(conformValue(null, 'tags', 'k', ' a ')).toBe(' a ');
    expect(conformValue(schema, 'likes', 'k', ' a ')).toBe(' a ');
  });

  test('that the schema refuses throws', () => {
    expect(() => conformValue(schema, 'tags', 'k1', 5)).toThrow(
      expect.objectContaining({ code: 'schema-violation', map: 'tags', key: 'k1', field: null }),
    );
  });
});
