import { describe, expect, test } from 'vitest';
import { canonicalJson, type Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { holds } from '../evaluate/holds.js';
import { compilePredicate } from '../predicate/compile-predicate.js';
import { pinnedEqualities } from '../predicate/pinned-equalities.js';
import { ALWAYS, NEVER, type Literal, type Predicate } from '../query.js';
import { canonicalPredicate } from './canonical-predicate.js';

/*
 * The canonical form of every small condition, beside what it means: the records of a small world that meet it. Two conditions may say the same and
 * have two texts; one text never means two things, and what the rule names as one has one.
 */

const VALUES: readonly (Value | undefined)[] = [
  undefined,
  null,
  1,
  2,
  'a',
  'A',
  'ab',
  '',
  '%',
  [1],
  [],
  ['a', 1],
  { x: 1 },
];
const WORLD: readonly Entry[] = VALUES.map((a, i) => ({ key: `k${i}`, value: a === undefined ? {} : { a } }));
const path = ['a'];

const list = (type: 'in' | 'nin' | 'containsAny' | 'containsAll', ...values: readonly Literal[]): Predicate => ({
  type,
  path,
  values,
});
const like = (pattern: string, caseInsensitive = false): Predicate => ({
  type: 'like',
  path,
  pattern,
  caseInsensitive,
});
const eq = (value: Literal): Predicate => ({ type: 'eq', path, value });
const ne = (value: Literal): Predicate => ({ type: 'ne', path, value });
const not = (of: Predicate): Predicate => ({ type: 'not', of });
const and = (...of: readonly Predicate[]): Predicate => ({ type: 'and', of });
const or = (...of: readonly Predicate[]): Predicate => ({ type: 'or', of });

const LEAVES: readonly Predicate[] = [
  eq(1),
  eq('a'),
  eq(null),
  eq({ json: '[1]' }),
  ne(1),
  { type: 'gt', path, value: 1 },
  { type: 'lte', path, value: 1 },
  list('in', 1, 'a'),
  list('in', 1, 1),
  list('in'),
  list('nin', 2),
  list('nin'),
  { type: 'exists', path, exists: true },
  { type: 'isNull', path, isNull: true },
  { type: 'startsWith', path, prefix: 'a' },
  like('a'),
  like('a%'),
  like('%'),
  like('a', true),
  like('_b%', true),
  { type: 'regex', path, pattern: '^a', caseInsensitive: true },
  { type: 'contains', path, value: 1 },
  list('containsAny', 1, 'b'),
  list('containsAny'),
  list('containsAll'),
  list('containsAll', 'a'),
  { type: 'match', path, text: 'ab' },
  ALWAYS,
  NEVER,
];

const SMALL: readonly Predicate[] = [
  ...LEAVES,
  ...LEAVES.map(not),
  ...LEAVES.map((leaf) => not(not(leaf))),
  ...LEAVES.flatMap((one) => LEAVES.flatMap((other) => [and(one, other), or(one, other)])),
  ...LEAVES.flatMap((one) => LEAVES.map((other) => not(and(one, other)))),
  ...LEAVES.flatMap((one) => [
    and(or(one, eq(2)), eq(1)),
    or(and(one, eq(2)), eq(1)),
    and(and(one), or(eq(2), or(one))),
  ]),
];

const met = (predicate: Predicate): string => WORLD.map((entry) => (holds(predicate, entry) ? 1 : 0)).join('');
const sizeOf = (predicate: Predicate): number => {
  if (predicate.type === 'not') return 1 + sizeOf(predicate.of);
  return (
    1 +
    (predicate.type === 'and' || predicate.type === 'or'
      ? predicate.of.reduce((sum, part) => sum + sizeOf(part), 0)
      : 0)
  );
};
const depthOf = (predicate: Predicate): number => {
  if (predicate.type === 'not') return 1 + depthOf(predicate.of);
  return 1 + (predicate.type === 'and' || predicate.type === 'or' ? Math.max(0, ...predicate.of.map(depthOf)) : 0);
};
const textOf = (predicate: Predicate): string => canonicalJson(canonicalPredicate(predicate));

describe('QU-2: the canonical form of every small condition', () => {
  test('is met by the records that meet the condition, compiled or not', () => {
    const wrong = SMALL.filter((predicate) => {
      const canonical = canonicalPredicate(predicate);
      const compiled = [predicate, canonical].map((one) => compilePredicate(one));
      const wanted = met(predicate);
      return (
        met(canonical) !== wanted ||
        compiled.some((test) => WORLD.map(({ key, value }) => (test(key, value) ? 1 : 0)).join('') !== wanted)
      );
    });
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(SMALL.length).toBeGreaterThan(2_500);
  });

  test('is its own, and neither larger nor deeper', () => {
    const wrong = SMALL.filter((predicate) => {
      const canonical = canonicalPredicate(predicate);
      return (
        textOf(canonical) !== canonicalJson(canonical) ||
        sizeOf(canonical) > sizeOf(predicate) ||
        depthOf(canonical) > depthOf(predicate)
      );
    });
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test('has one text, one meaning', () => {
    const meanings = new Map<string, string>();
    for (const predicate of SMALL) {
      const text = textOf(predicate);
      expect([text, meanings.get(text) ?? met(predicate)]).toEqual([text, met(predicate)]);
      meanings.set(text, met(predicate));
    }
  });

  test.each<[string, (one: Predicate, other: Predicate) => readonly [Predicate, Predicate]]>([
    ['the order of the parts', (one, other) => [and(one, other), and(other, one)]],
    ['the order of alternatives', (one, other) => [or(one, other), or(other, one)]],
    ['repetition', (one, other) => [and(one, other, one), and(one, other)]],
    ['nesting of what is alike', (one, other) => [and(one, and(other, eq(2))), and(and(one, other), eq(2))]],
    ['nesting of alternatives', (one, other) => [or(or(one), or(other, or(eq(2)))), or(one, other, eq(2))]],
    ['a part that always holds', (one, other) => [and(one, ALWAYS, other), and(one, other)]],
    ['an alternative that never holds', (one, other) => [or(one, NEVER, other), or(one, other)]],
    ['what else is asked where one part never holds', (one, other) => [and(one, NEVER, other), NEVER]],
    ['what else is enough where one always is', (one, other) => [or(one, other, ALWAYS), ALWAYS]],
    ['denying it twice', (one, other) => [not(not(and(one, other))), and(one, other)]],
    ['a connective around one part', (one, other) => [and(or(one), other), or(and(one, other))]],
  ])('does not depend on %s', (_what, ways) => {
    for (const one of LEAVES) {
      for (const other of LEAVES) {
        const [a, b] = ways(one, other);
        if (textOf(a) !== textOf(b)) expect([a, textOf(a)]).toEqual([b, textOf(b)]);
      }
    }
  });

  test.each<[Predicate, Predicate]>([
    [not(eq(1)), ne(1)],
    [not(ne(1)), eq(1)],
    [not(list('in', 2, 1)), list('nin', 1, 2)],
    [not({ type: 'exists', path, exists: true }), { type: 'exists', path, exists: false }],
    [not({ type: 'isNull', path, isNull: false }), { type: 'isNull', path, isNull: true }],
    [not(ALWAYS), NEVER],
    [not(NEVER), ALWAYS],
    [list('in', 1), eq(1)],
    [list('nin', 1), ne(1)],
    [list('in', 'b', 'a', 'b'), list('in', 'a', 'b')],
    [list('in', { json: '[1]' }, { json: '[1]' }), eq({ json: '[1]' })],
    [list('in', 1, '1'), list('in', '1', 1)],
    [list('in'), NEVER],
    [list('nin'), ALWAYS],
    [list('containsAny'), NEVER],
    [list('containsAny', 1), { type: 'contains', path, value: 1 }],
    [list('containsAll', 1), { type: 'contains', path, value: 1 }],
    [list('containsAll', 1, 1), { type: 'contains', path, value: 1 }],
    [list('containsAll'), list('containsAll')],
    [like('abc'), eq('abc')],
    [like(''), eq('')],
    [like('a\\%'), eq('a%')],
    [like('abc%'), { type: 'startsWith', path, prefix: 'abc' }],
    [like('abc%%'), { type: 'startsWith', path, prefix: 'abc' }],
    [like('%'), { type: 'startsWith', path, prefix: '' }],
    [like('%', true), { type: 'startsWith', path, prefix: '' }],
    [like('a\\_%'), { type: 'startsWith', path, prefix: 'a_' }],
    [like('%_'), like('_%')],
    [like('%_%_%'), like('__%')],
    [like('\\a_'), like('a_')],
    [like('ABC', true), like('abc', true)],
    [like('Ab%', true), like('ab%', true)],
    [like('a%b'), like('a%b')],
    [not({ type: 'gt', path, value: 1 }), not({ type: 'gt', path, value: 1 })],
    [and(eq(1)), eq(1)],
    [and(), ALWAYS],
    [or(), NEVER],
  ])('%j is written %j', (predicate, canonical) => {
    expect(canonicalPredicate(predicate)).toEqual(canonical);
  });
});

describe('QU-17: values that every small condition pins', () => {
  test('no record that meets it has another value there, and what may be there is as little as the parts say', () => {
    const values = WORLD.map(({ value }) => (value as { readonly a?: Value }).a);
    const texts = values.map((value) => (value === undefined ? 'missing' : canonicalJson(value)));
    for (const predicate of SMALL) {
      const pins = pinnedEqualities({ where: predicate });
      expect(pins.length).toBeLessThan(2);
      for (const pin of pins) {
        const allowed = pin.values.map((value) =>
          typeof value === 'object' && value !== null ? value.json : canonicalJson(value),
        );
        const outside = WORLD.filter((entry, i) => holds(predicate, entry) && !allowed.includes(texts[i] as string));
        expect([predicate, outside]).toEqual([predicate, []]);
      }
    }
  });

  test.each<[Predicate, readonly (readonly [readonly string[], readonly Literal[]])[]]>([
    [ALWAYS, []],
    [eq(1), [[path, [1]]]],
    [list('in', 1, 2), [[path, [1, 2]]]],
    [and(eq(1), list('in', 1, 2)), [[path, [1]]]],
    [and(list('in', 1, 2, 3), list('in', 3, 2)), [[path, [2, 3]]]],
    [and(eq(1), eq(2)), [[path, []]]],
    [and(eq(1), and(eq(1), ne(2))), [[path, [1]]]],
    [or(eq(1), eq(2)), []],
    [not(ne(1)), []],
    [ne(1), []],
    [and(eq({ json: '[1]' }), list('in', { json: '[1]' }, 1)), [[path, [{ json: '[1]' }]]]],
    [
      and(eq(1), { type: 'eq', path: ['b', 'c'], value: null }),
      [
        [path, [1]],
        [['b', 'c'], [null]],
      ],
    ],
    [
      and(eq(1), { type: 'eq', path: ['a', 'b'], value: 2 }),
      [
        [path, [1]],
        [['a', 'b'], [2]],
      ],
    ],
  ])('%j pins %j', (where, pins) => {
    expect(pinnedEqualities({ where })).toEqual(pins.map(([at, values]) => ({ path: at, values })));
  });
});
