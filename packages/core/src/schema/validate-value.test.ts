import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { setOwn, type Value } from '../primitives/index.js';
import { completeWrite } from './complete-write.js';
import { defineSchema } from './define-schema.js';
import { validatorOf } from './pair-schema.arbitrary.js';
import { SchemaError } from './schema-error.js';
import { validateValue } from './validate-value.js';

const reasons = (value: Value, validate: Parameters<typeof validatorOf>[0]) => {
  const result = validateValue(validatorOf(validate), value);
  return result.ok ? result.value : result.error.map(({ path, reason }) => `${path} ${reason}`);
};

describe('SC-2: a validator is somebody else’s code', () => {
  test('one that throws refuses, and says what it threw', () => {
    expect(
      reasons({}, () => {
        throw new Error('no table');
      }),
    ).toEqual(['$ the validator failed: no table']);
    expect(
      reasons({}, () => {
        throw 'a text';
      }),
    ).toEqual(['$ the validator failed: a text']);
    expect(
      reasons({}, () => {
        throw {
          toString: () => {
            throw new Error('twice');
          },
        };
      }),
    ).toEqual(['$ the validator failed: what it threw cannot be shown']);
  });

  test('one that changes what it is given changes a copy', () => {
    const record = { tags: ['a'], bytes: new Uint8Array([1]), at: { x: 1 } };
    reasons(record, (value) => {
      const given = value as { tags: string[]; bytes: Uint8Array; at: { x: number } };
      given.tags.push('b');
      given.bytes[0] = 9;
      given.at.x = 9;
      return { value };
    });
    expect(record).toEqual({ tags: ['a'], bytes: new Uint8Array([1]), at: { x: 1 } });
  });

  test('what it keeps of what it made cannot be changed later', () => {
    const shared = { text: 'a' };
    const result = validateValue(
      validatorOf(() => ({ value: shared })),
      {},
    );
    shared.text = 'b';
    expect(result).toEqual({ ok: true, value: { text: 'a' } });
  });

  test.each([
    ['no object', undefined, '$ the validator gave no answer'],
    ['issues without any', { issues: [] }, '$ the validator does not say why'],
    ['an issue without a place', { issues: [{ message: 'odd' }] }, '$ odd'],
    ['an issue in a list', { issues: [{ message: 'odd', path: ['tags', { key: 3 }] }] }, '$.tags[3] odd'],
    ['an issue by a symbol', { issues: [{ message: 'odd', path: [Symbol('s')] }] }, '$["Symbol(s)"] odd'],
  ])('an answer that is %s', (_what, answer, said) => {
    expect(reasons({}, () => answer as never)).toEqual([said]);
  });

  test('what it says is cut: a few issues, each of a length that a person reads', () => {
    const many = Array.from({ length: 1_000 }, () => ({ message: 'x'.repeat(100_000) }));
    const said = reasons({}, () => ({ issues: many })) as string[];
    expect(said.length).toBe(8);
    expect(Math.max(...said.map(({ length }) => length))).toBeLessThan(300);
  });

  test('a promise is a typed error, where it is defined or where it is first used, and its rejection nobody’s', async () => {
    const never = validatorOf(() => Promise.reject(new Error('late')));
    expect(() => defineSchema({ m: never })).toThrow(expect.objectContaining({ code: 'async-validator' }));
    const sometimes = z.object({ text: z.string().refine(async (text) => text !== '') });
    const schema = defineSchema({ m: sometimes }).of('m')!;
    const body = { kind: 'create', fields: [{ name: 'text', value: 'a' }], restart: false } as const;
    expect(() => completeWrite(schema, undefined, body)).toThrow(expect.objectContaining({ code: 'async-validator' }));
    await new Promise((resolve) => setTimeout(resolve));
  });

  test('names that objects have of themselves are plain names of fields', () => {
    const record: Record<string, Value> = {};
    for (const name of ['__proto__', 'constructor', 'prototype', 'hasOwnProperty'])
      setOwn(record, name, { polluted: true });
    const made = validateValue(
      validatorOf((value) => ({ value })),
      record,
    );
    expect(made.ok && Object.keys(made.value as object)).toEqual([
      '__proto__',
      'constructor',
      'prototype',
      'hasOwnProperty',
    ]);
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
    const loose = defineSchema({ m: z.looseObject({}) }).of('m')!;
    const body = {
      kind: 'create',
      fields: Object.entries(record).map(([name, value]) => ({ name, value })),
      restart: false,
    } as const;
    expect(completeWrite(loose, undefined, body)).toBeDefined();
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
  });

  test('a value of a megabyte is judged like any other', () => {
    const schema = defineSchema({ m: z.object({ text: z.string().max(10) }) }).of('m')!;
    const body = {
      kind: 'create',
      fields: [{ name: 'text', value: 'x'.repeat(1024 * 1024) }],
      restart: false,
    } as const;
    const completed = completeWrite(schema, undefined, body);
    expect(completed.ok).toBe(false);
    if (!completed.ok) expect(new SchemaError('m', 'k', completed.error).message.length).toBeLessThan(400);
  });
});
