import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { ERROR_CODES, REJECTION_CODES } from './codes.js';
import { PROTOCOL_VERSION, SUPPORTED_PROTOCOLS } from './hello.js';
import { issueText } from './issue-text.js';
import { DEFAULT_LIMITS, limitsOf, toldLimits, type Limits } from './limits.js';
import { checkRowChange } from './row-change.js';
import { checkVerdict } from './submission.js';

describe('versions and codes', () => {
  test('a server speaks its own version', () => {
    expect(SUPPORTED_PROTOCOLS).toContain(PROTOCOL_VERSION);
  });

  test.each([
    ['rejections', REJECTION_CODES],
    ['errors', ERROR_CODES],
  ])('CL-7: the codes of %s are names, each once', (_what, codes) => {
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });
});

describe('limits', () => {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[];
  /** Every set of limits that differs from the default ones in some of the names. */
  const all = Array.from({ length: 2 ** names.length }, (_, bits): Limits => {
    const changed = names.filter((_name, i) => ((bits >> i) & 1) === 1);
    return { ...DEFAULT_LIMITS, ...Object.fromEntries(changed.map((name) => [name, DEFAULT_LIMITS[name] + 1])) };
  });

  test('PT-7: the default ones are those that the specification says', () => {
    const spec = readFileSync(new URL('../../../../docs/spec/protocol.md', import.meta.url), 'utf8');
    const said = [...spec.matchAll(/^\| `limits\.(\w+)` \| .*by default ([\d,]+)/gm)];
    expect(Object.fromEntries(said.map(([, name, number]) => [name, Number(number!.replaceAll(',', ''))]))).toEqual(
      DEFAULT_LIMITS,
    );
  });

  test('PT-8: whatever is told of them, the client knows them all', () => {
    for (const limits of all) expect(limitsOf(toldLimits(limits))).toEqual(limits);
  });

  test('PT-8: no more is told than differs, and of default ones nothing', () => {
    expect(toldLimits(DEFAULT_LIMITS)).toBeUndefined();
    for (const limits of all) {
      const told = Object.keys(toldLimits(limits) ?? {});
      expect(told.sort()).toEqual(names.filter((name) => limits[name] !== DEFAULT_LIMITS[name]).sort());
    }
  });
});

describe('what a schema found wrong, as a sentence', () => {
  const told = (schema: z.ZodMiniType, input: unknown): string => {
    const read = z.safeParse(schema, input);
    return read.success ? '' : issueText(read.error.issues[0]);
  };

  test.each<[string, z.ZodMiniType, unknown, string]>([
    ['a wrong type', z.string(), 1, 'expected string'],
    ['a missing part', z.object({ a: z.exactOptional(z.string()) }), { a: undefined }, 'expected string'],
    ['another literal', z.literal('x'), 'y', 'expected "x"'],
    ['none of several', z.enum(['x', 'y']), 'z', 'expected "x" or "y"'],
    ['too small', z.number().check(z.gte(3)), 2, 'expected at least 3'],
    ['too big', z.number().check(z.lte(3)), 4, 'expected at most 3'],
    ['text of another form', z.string().check(z.regex(/^a$/)), 'b', 'expected text of the form /^a$/'],
    ['none of some forms', z.union([z.string(), z.number()]), true, 'none of the forms expected here'],
    [
      'an unknown message',
      z.discriminatedUnion('type', [z.object({ type: z.literal('a') })]),
      { type: 'b' },
      'a message of no known type',
    ],
  ])('%s', (_what, schema, input, text) => expect(told(schema, input)).toBe(text));

  test('where nothing was found it says so', () => expect(issueText(undefined)).toBe('not understood'));

  test('it repeats nothing of the input', () => {
    for (const schema of [z.string(), z.enum(['x']), z.literal(1)]) {
      expect(told(schema, { '<script>': '<script>' })).not.toContain('script');
    }
  });
});

describe('the form of a verdict', () => {
  test.each([[[1, 'applied']], [[2 ** 53 - 1, 'superseded']]])('%j is one', (verdict) =>
    expect(checkVerdict(verdict)).toBeNull(),
  );

  test.each<[unknown, string]>([
    [null, ''],
    [1, ''],
    [[1], ''],
    [[1, 'applied', 1], ''],
    [[0, 'applied'], '[0]'],
    [[1.5, 'applied'], '[0]'],
    [['1', 'applied'], '[0]'],
    [[2 ** 53, 'applied'], '[0]'],
    [[1, 'refused'], '[1]'],
    [[1, 1], '[1]'],
    [[1, null], '[1]'],
  ])('%j is none, at %j', (verdict, at) => expect(checkVerdict(verdict)?.at).toBe(at));
});

describe('the form of a row change', () => {
  const RECORD = ['-------5---a.0', 1, '', []];

  test.each([[['gone', 'k']], [['enter', '', RECORD]], [['update', 'k', ['', 0, '', []]]], [['out', 'k', RECORD]]])(
    'SY-1: %j is one',
    (change) => expect(checkRowChange(change)).toBeNull(),
  );

  test.each<[unknown, string]>([
    [null, ''],
    ['gone', ''],
    [{ 0: 'gone', 1: 'k' }, ''],
    [[], '[1]'],
    [['gone'], '[1]'],
    [['gone', 1], '[1]'],
    [['gone', 'k', RECORD], '[2]'],
    [['left', 'k'], '[0]'],
    [['left', 'k', RECORD], '[0]'],
    [['enter', 'k'], '[2]'],
    [['update', 'k', RECORD, 1], '[2]'],
    [['out', 'k', null], '[2]'],
    [['enter', 'k', ['-------5---a.0', 9, '', []]], '[2][1]'],
    [['enter', 'k', ['-------5---a.0', 1, '', [['a']]]], '[2][3][0]'],
  ])('SY-1: %j is none, at %j', (change, at) => expect(checkRowChange(change)?.at).toBe(at));
});
