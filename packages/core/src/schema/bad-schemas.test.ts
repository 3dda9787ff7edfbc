import { describe, expect, test } from 'vitest';
import { defineSchema } from './define-schema.js';
import { validatorOf } from './pair-schema.arbitrary.js';
import { SchemaError, schemaViolationText } from './schema-error.js';
import { validateValue } from './validate-value.js';

const value = validatorOf((given) => ({ value: given }));
const step = (record: object) => record as never;
const BAD = expect.objectContaining({ code: 'bad-schema' });

describe('SC-1: what can mean nothing is refused where it is written', () => {
  test.each(['', ' ', 'a b', 'ä', 'a*', 'a\u0000b', 'a\n', 'x'.repeat(129), '\ud800'])(
    'the name %j of a map',
    (map) => {
      expect(() => defineSchema({ [map]: value })).toThrow(BAD);
    },
  );

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'string'],
    ['a list', [value]],
    ['a function', () => value],
    ['a date', new Date(0)],
    ['an empty object', {}],
    ['a list as its validator', { value: [] }],
    ['an object as its validator', { value: {} }],
    ['a validator without a way to ask it', { '~standard': { version: 1 } }],
    ['a validator whose way is no function', { '~standard': { version: 1, validate: {} } }],
    ['a validator of no version', { '~standard': { validate: () => ({}) } }],
    ['a validator of a version in text', { '~standard': { version: '1', validate: () => ({}) } }],
    ['a null in the place of a validator', { '~standard': null }],
  ])('%s as what is said of a map, or of its records', (_what, given) => {
    expect(() => defineSchema({ m: given } as never)).toThrow(BAD);
    for (const type of ['record', 'set'])
      expect(() => defineSchema({ m: { type, value: given } } as never), type).toThrow(BAD);
  });

  test.each<readonly [string, object]>([
    ...[null, 1, 'Record', 'list', ['set'], ''].map((type) => [`the type ${JSON.stringify(type)}`, { type }] as const),
    ...[null, true, 'drop', 'Keep', ''].map(
      (unknown) => [`unknown fields ${JSON.stringify(unknown)}`, { unknown }] as const,
    ),
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '2', null].map(
      (version) => [`the version ${String(version)}`, { version }] as const,
    ),
    ['migrations that are null', { migrate: null }],
    ['migrations that are a function', { version: 2, migrate: step }],
    ['a migration to version 1', { migrate: { 1: step } }],
    ['a migration to no version', { version: 2, migrate: { 2: step, two: step } }],
    ['a migration to a version with a zero before it', { version: 2, migrate: { 2: step, '02': step } }],
    ['a migration to half a version', { version: 2, migrate: { 2: step, 1.5: step } }],
    ['a gap between migrations', { version: 4, migrate: { 2: step, 4: step } }],
    ['an inherited migration', { version: 2, migrate: Object.create({ 2: step }) as object }],
    ['a name that means nothing', { validate: value }],
    ['a misspelt name', { unkown: 'keep' }],
  ])('%s', (_what, said) => {
    expect(() => defineSchema({ m: { value, ...said } } as never)).toThrow(BAD);
  });

  test.each(['unknown', 'version', 'migrate'])('%s of sets and counters', (name) => {
    const said = { unknown: 'keep', version: 2, migrate: { 2: step } }[name];
    for (const type of ['set', 'counter'])
      expect(() => defineSchema({ m: { type, value, [name]: said } } as never), type).toThrow(BAD);
  });

  test('and the message names the map', () => {
    expect(() => defineSchema({ fine: value, odd: {} } as never)).toThrow(/odd/);
  });
});

describe('SC-2: answers of a validator that no library gives', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  let deep: unknown = 1;
  for (let i = 0; i < 10_000; i += 1) deep = [deep];

  test.each<[string, unknown]>([
    ['a text', 'fine'],
    ['null', null],
    ['nothing', undefined],
    ['a function', () => ({})],
    ['an object without anything', {}],
    ['a cycle', { value: cyclic }],
    ['ten thousand lists in each other', { value: deep }],
    ['a big integer', { value: 1n }],
    ['a symbol', { value: Symbol('x') }],
    ['half a character', { value: { a: () => '\ud800' } }],
    ['NaN', { value: Number.NaN }],
    ['issues that are not to be counted', { issues: [] }],
    ['an issue that says nothing', { issues: [{}] }],
    ['an issue whose path is empty', { issues: [{ message: 'odd', path: [] }] }],
    ['an issue with a path of nothing', { issues: [{ message: 'odd', path: [undefined, null] }] }],
    ['an issue whose message is an object', { issues: [{ message: { toString: () => 'odd' } }] }],
  ])('%s is an issue of the value, told in a few words', (_what, answer) => {
    const made = validateValue(
      validatorOf(() => answer as never),
      { a: 1 },
    );
    expect(made.ok).toBe(false);
    if (made.ok) return;
    expect(made.error.length).toBe(1);
    expect(made.error[0]!.reason.length).toBeLessThan(300);
    expect(made.error[0]!.path.startsWith('$')).toBe(true);
  });

  test('of a value in which nothing is wrong issues may be null or not there', () => {
    for (const issues of [undefined, null]) {
      const answer = { value: 1, issues } as never;
      expect(
        validateValue(
          validatorOf(() => answer),
          1,
        ),
      ).toEqual({ ok: true, value: 1 });
    }
  });
});

describe('SC-3: a refusal in words', () => {
  const issue = (field: string | null, path: string) => ({ field, path, reason: 'odd' });

  test.each([
    [[issue(null, '$')], 'The schema of m refuses this: the record: odd.'],
    [[issue('a', '$.a')], 'The schema of m refuses this: a: odd.'],
    [[issue('a b', '$["a b"]')], 'The schema of m refuses this: ["a b"]: odd.'],
    [[issue('a', '$.a[3].b'), issue('c', '$.c')], 'The schema of m refuses this: a[3].b: odd; c: odd.'],
  ])('%j', (issues, text) => {
    expect(schemaViolationText('m', issues)).toBe(text);
    const error = new SchemaError('m', 'k', issues);
    expect([error.message, error.field, error.issues, error instanceof Error]).toEqual([
      text,
      issues[0]!.field,
      issues,
      true,
    ]);
  });
});
