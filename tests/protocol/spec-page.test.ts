import { readFileSync } from 'node:fs';
import path from 'node:path';

import { DEFAULT_LIMITS, ERROR_CODES, REJECTION_CODES } from '@topgun/core/protocol';
import * as z from 'zod/mini';
import { describe, expect, test } from 'vitest';

import { helloSchema } from '../../packages/core/src/protocol/hello.js';
import { clientMessageSchema, serverMessageSchema } from '../../packages/core/src/protocol/messages.js';
import { fieldsOf, limitsOf, messagesOf } from './schema-fields.js';
import { codeTable, messageSections } from './spec-page.js';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/spec/protocol.md'), 'utf8');
const sections = messageSections(page);
const documented = new Map(sections.map(({ name, rows }) => [name, rows]));
const textOf = (message: string, field: string): string =>
  sections.find(({ name }) => name === message)?.texts.get(field) ?? '';

const schemas = new Map<string, object>([
  ['hello', z.toJSONSchema(helloSchema())],
  ...messagesOf(z.toJSONSchema(clientMessageSchema())),
  ...messagesOf(z.toJSONSchema(serverMessageSchema())),
]);

test('the page describes every message, and no other', () => {
  expect([...documented.keys()].sort()).toEqual([...schemas.keys()].sort());
});

describe('the page names every field of a message, and no other', () => {
  test.each([...schemas])('%s', (name, schema) => {
    expect([...(documented.get(name) ?? [])].sort()).toEqual([...fieldsOf(schema)].sort());
  });
});

const limits = [...schemas].flatMap(([name, schema]) =>
  limitsOf(schema).map(([field, limit]) => [name, field, limit.toLocaleString('en-US')] as const),
);

test.each(limits)('the page says of %s how much its `%s` may be: %s', (message, field, limit) => {
  expect(textOf(message, field)).toContain(limit);
});

test.each(Object.entries(DEFAULT_LIMITS))(
  'PT-7: the page says what the protocol limits by default: %s',
  (name, limit) => {
    expect(textOf('welcome', `limits.${name}`)).toContain(`by default ${limit.toLocaleString('en-US')}`);
  },
);

test('the page names every code, and no other', () => {
  expect(codeTable(page, 'Rejection codes say')).toEqual(REJECTION_CODES);
  expect(codeTable(page, 'Error codes say')).toEqual(ERROR_CODES);
});

test('a field, a message and a code that are missing would be found', () => {
  const [section] = messageSections('### `x`\n\n| field | |\n|---|---|\n| `a` | b |\n| `c[].d` | e |\n');
  expect(section).toMatchObject({ name: 'x', rows: ['a', 'c[].d'] });
  expect(section?.texts.get('a')).toContain('b');
  const schema = {
    properties: { type: { const: 'x' }, a: {}, c: { type: 'array', items: { properties: { d: {} } } } },
  };
  expect(fieldsOf(schema)).toEqual(['a', 'c', 'c[].d']);
  const limited = {
    properties: { a: { maxLength: 3 }, c: { maxItems: 4, items: { properties: { d: { maximum: 5 } } } } },
  };
  expect(limitsOf(limited)).toEqual([
    ['a', 3],
    ['c', 4],
    ['c[].d', 5],
  ]);
  expect(codeTable('Codes say:\n\n| code | |\n|---|---|\n| `a-b` | c |\n\nmore', 'Codes say')).toEqual(['a-b']);
});
