import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, test } from 'vitest';
import { defineSchema } from './define-schema.js';
import { validatorOf } from './pair-schema.arbitrary.js';
import type { SchemaIssue } from './schema-types.js';
import { issueAt, validateValue } from './validate-value.js';

const value = validatorOf((given) => ({ value: given }));
const issuesOf = (answer: unknown): readonly SchemaIssue[] => {
  const made = validateValue(
    validatorOf(() => answer as never),
    { a: 1 },
  );
  return made.ok ? [] : made.error;
};

describe('SC-2: the issues that are told', () => {
  test.each([
    [1, 1],
    [7, 7],
    [8, 8],
    [9, 8],
    [5_000, 8],
  ])('of %d are the first %d', (given, told) => {
    const issues = Array.from({ length: given }, (_, i) => ({ message: `m${i}`, path: [i] }));
    expect(issuesOf({ issues }).map(({ reason }) => reason)).toEqual(
      issues.slice(0, told).map(({ message }) => message),
    );
  });

  test.each([
    ['as long as may be', 256, 256],
    ['longer by one', 257, 257],
    ['much longer', 10_000, 257],
  ])('%s: cut, and marked as cut', (_what, length, told) => {
    const text = 'x'.repeat(length);
    const expected = length === told && length <= 256 ? text : `${'x'.repeat(256)}…`;
    expect(issuesOf({ issues: [{ message: text }] })).toEqual([{ field: null, path: '$', reason: expected }]);
    expect(issueAt([], text).reason).toBe(expected);
    expect(expected.length).toBe(told);
  });

  test('also what a validator throws', () => {
    const failing = validatorOf(() => {
      throw new Error('y'.repeat(1_000));
    });
    const made = validateValue(failing, 1);
    expect(made.ok ? '' : made.error[0]!.reason).toBe(`the validator failed: ${'y'.repeat(256 - 22)}…`);
  });

  test.each<[string, StandardSchemaV1.Issue['path'], string | null, string]>([
    ['no place', undefined, null, '$'],
    ['an empty place', [], null, '$'],
    ['a field', ['a'], 'a', '$.a'],
    ['a field within', ['a', 'b'], 'a', '$.a.b'],
    ['an element', ['a', 0], 'a', '$.a[0]'],
    ['an element of the record itself', [3], '3', '$[3]'],
    ['a segment', [{ key: 'a' }, { key: 1 }], 'a', '$.a[1]'],
    ['a name that is no identifier', ['a b'], 'a b', '$["a b"]'],
    ['a number as a text', ['3'], '3', '$["3"]'],
    ['a symbol', [Symbol('s')], 'Symbol(s)', '$["Symbol(s)"]'],
    ['a segment of a symbol', [{ key: Symbol('s') }], 'Symbol(s)', '$["Symbol(s)"]'],
  ])('at %s', (_what, path, field, text) => {
    expect(issuesOf({ issues: [{ message: 'odd', ...(path && { path }) }] })).toEqual([
      { field, path: text, reason: 'odd' },
    ]);
  });

  test.each<[string, unknown, RegExp]>([
    ['no answer', 1, /^the validator gave no answer$/],
    ['a function for an answer', () => ({}), /^the validator gave no answer$/],
    ['null for an answer', null, /^the validator gave no answer$/],
    ['no issues where it has some', { issues: [] }, /^the validator does not say why$/],
    ['what cannot be stored', { value: () => 1 }, /^the validator makes of it what cannot be stored: /],
    ['nothing at all', {}, /^the validator makes of it what cannot be stored: /],
  ])('of %s', (_what, answer, reason) => {
    expect(issuesOf(answer)).toEqual([{ field: null, path: '$', reason: expect.stringMatching(reason) }]);
  });

  test('none, where there are none, be they null', () => {
    expect(issuesOf({ value: 1, issues: null })).toEqual([]);
    expect(issuesOf({ value: null })).toEqual([]);
  });
});

const thenable = (then: unknown, name = 'then'): object => Object.fromEntries([[name, then]]);

describe('SC-2: an answer by a promise', () => {
  test.each<[string, unknown]>([
    ['that will be', Promise.resolve({ value: 1 })],
    ['of another library', thenable(() => undefined)],
    ['that answers as well', { ...thenable(() => undefined), value: 1 }],
  ])('%s is no answer', (_what, answer) => {
    expect(() => issuesOf(answer)).toThrow(
      expect.objectContaining({
        code: 'async-validator',
        message: 'A validator answered by a promise. Writes do not wait: validators are synchronous.',
      }),
    );
  });

  test('what merely has something by that name has answered', () => {
    expect(issuesOf({ ...thenable('later'), value: 1 })).toEqual([]);
  });

  test('is found where the schema is defined, with the name of the map and what was thrown', () => {
    const asked: unknown[] = [];
    const never = validatorOf((given) => {
      asked.push(given);
      return Promise.resolve({ value: given });
    });
    expect(() => defineSchema({ fine: value, notes: never })).toThrow(
      expect.objectContaining({
        code: 'async-validator',
        message: expect.stringContaining('The schema of "notes": A validator answered by a promise.'),
        cause: expect.objectContaining({ code: 'async-validator' }),
      }),
    );
    expect(asked).toEqual([{}]);
  });
});

describe('SC-1: what is said of a schema that can mean nothing', () => {
  const step = (record: object) => record as never;
  test.each<[string, unknown, string]>([
    ['a b', value, 'The schema of "a b" is of no map: that is no name of one.'],
    ['m', 1, 'The schema of "m" is a validator (Standard Schema), or an object with one in `value`.'],
    ['m', { type: 'list', value }, 'The schema of "m" has the type "list"; there is record, set, counter.'],
    ['m', { type: undefined }, 'The schema of "m" has no validator (Standard Schema) in `value`.'],
    ['m', { typ: 'set', value }, 'The schema of "m" has no "typ"; there is type, value, unknown, version, migrate.'],
    ['m', { type: 'set', value, version: 1 }, 'The schema of "m" has no "version"; there is type, value.'],
    ['m', { type: 'counter', value, unknown: 'keep' }, 'The schema of "m" has no "unknown"; there is type, value.'],
    ['m', { value, unknown: 'drop' }, 'The schema of "m" says of unknown fields "drop"; there is strip, refuse, keep.'],
    ['m', { value: 1 }, 'The schema of "m" has no validator (Standard Schema) in `value`.'],
    ['m', { type: 'set' }, 'The schema of "m" has no validator (Standard Schema) in `value`.'],
    ['m', { type: 'counter', value: 1 }, 'The schema of "m" has no validator (Standard Schema) in `value`.'],
    ['m', { value, version: 0 }, 'The schema of "m" has the version 0; versions are whole numbers from 1.'],
    ['m', { value, version: () => 1 }, 'The schema of "m" has the version () => 1; versions are whole numbers from 1.'],
    ['m', { value, migrate: 1 }, 'The schema of "m" has `migrate`, which is an object of functions by version.'],
    ['m', { value, version: 2 }, 'The schema of "m" has version 2, and no migration to version 2.'],
    [
      'm',
      { value, version: 3, migrate: { 2: step, 3: 1 } },
      'The schema of "m" has version 3, and no migration to version 3.',
    ],
    ['m', { value, migrate: { 2: step } }, 'The schema of "m" has a migration to "2", and is of version 1.'],
    [
      'm',
      { value, version: 2, migrate: { 2: step, x: step } },
      'The schema of "m" has a migration to "x", and is of version 2.',
    ],
    [
      'm',
      { value, version: 2, migrate: { 2: step, 1: step } },
      'The schema of "m" has a migration to "1", and is of version 2.',
    ],
  ])('%s: %o', (map, given, message) => {
    expect(() => defineSchema({ [map]: given } as never)).toThrow(
      expect.objectContaining({ code: 'bad-schema', message }),
    );
  });

  test('and what may be left out, or said as it is by itself', () => {
    expect(defineSchema({ m: value }).of('m')).toEqual(
      defineSchema({ m: { type: 'record', value, unknown: 'strip', version: 1, migrate: {} } }).of('m'),
    );
    expect(defineSchema({ m: { type: 'counter', value: value as never } }).of('m')!.validator).toBe(value);
    expect(
      defineSchema({
        m: { value, version: 10, migrate: Object.fromEntries([2, 3, 4, 5, 6, 7, 8, 9, 10].map((to) => [to, step])) },
      }).of('m')!.migrations.length,
    ).toBe(9);
  });
});
