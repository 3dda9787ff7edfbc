import { compilePredicate, type Literal, type Predicate } from '@topgun/core/query';
import type { Value } from '@topgun/core/primitives';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { predicate, predicateOf, recordKey, recordValue } from '../../testing/equality-queries.arbitrary.js';
import { coversOf, MAX_COVER_VALUES, type Cover } from './equality-covers.js';

/** Whether the row meets one of the demands, by the query engine's own equality. */
const meets = (cover: Cover, key: string, value: Value): boolean =>
  cover.some(({ path, values }) =>
    values.some((literal) => compilePredicate({ type: 'eq', path, value: literal })(key, value)),
  );

/** A row that matches and that some cover says nothing of. */
function findMissed(covers: (where: Predicate) => readonly Cover[], numRuns: number): unknown {
  const property = fc.property(predicate, recordKey, recordValue, (where, key, value) => {
    if (!compilePredicate(where)(key, value)) return;
    for (const cover of covers(where)) expect(meets(cover, key, value)).toBe(true);
  });
  return fc.check(property, { numRuns }).counterexample;
}

test('PI-8: every row that matches meets every cover', () => {
  expect(findMissed(coversOf, 3_000)).toBeNull();
});

test('PI-8: a cover of an or that leaves out a part is found out', () => {
  const broken = (where: Predicate): readonly Cover[] =>
    where.type === 'or' && where.of.length > 0 ? coversOf(where.of[0]!) : coversOf(where);
  expect(findMissed(broken, 3_000)).not.toBeNull();
});

const names = (covers: readonly Cover[]): unknown =>
  covers.map((cover) => cover.map(({ path, values }) => [path.join('.'), ...values]));

test.each<[string, Parameters<typeof predicateOf>[0], unknown]>([
  ['equality', { a: 1 }, [[['a', 1]]]],
  ['equality with the key', { _key: 'k' }, [[['_key', 'k']]]],
  ['one of some', { a: { $in: [1, 2] } }, [[['a', 1, 2]]]],
  ['two of them: each is enough', { a: 1, 'b.c': 'x' }, [[['a', 1]], [['b.c', 'x']]]],
  ['equality beside something else', { a: 1, b: { $gt: 1 } }, [[['a', 1]]]],
  [
    'alternatives: all of them together',
    { $or: [{ a: 1 }, { b: 2, c: { $in: [1, 2] } }] },
    [
      [
        ['b', 2],
        ['a', 1],
      ],
    ],
  ],
  ['alternatives, of which one demands nothing', { $or: [{ a: 1 }, { b: { $gt: 2 } }] }, []],
  ['nothing matches', { $or: [] }, [[]]],
  ['inequality', { a: { $ne: 1 } }, []],
  ['not', { $not: { a: 1 } }, []],
  ['everything', {}, []],
])('PI-8: %s', (_case, input, expected) => {
  expect(names(coversOf(predicateOf(input)))).toEqual(expected);
});

test('PI-8: what would list too many values is no cover', () => {
  const half = Array.from({ length: MAX_COVER_VALUES / 2 }, (_, i): Literal => i);
  const either = (second: readonly Literal[]): Predicate => ({
    type: 'or',
    of: [
      { type: 'in', path: ['a'], values: half },
      { type: 'in', path: ['b'], values: second },
    ],
  });
  expect(coversOf(either(half))).toHaveLength(1);
  expect(coversOf(either([...half, 'one more']))).toEqual([]);
  const many = [...half, ...half.map((_, i) => `v${i}`)];
  expect(coversOf({ type: 'in', path: ['a'], values: many })).toHaveLength(1);
  expect(coversOf({ type: 'in', path: ['a'], values: [...many, 'one more'] })).toEqual([]);
});
