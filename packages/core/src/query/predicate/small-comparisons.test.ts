import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { valueToLiteral } from '../literal.js';
import { objectOf } from '../query.arbitrary.js';
import type { Literal, Predicate, RangeLiteral, RangeType } from '../query.js';
import { compilePredicate } from './compile-predicate.js';

/*
 * QU-1 between every two values of a small world. Each value has a place written beside it: its type, and what is compared within that type. Equal are
 * those of one type and one place; a range is between those of one type that has an order, and between no others.
 */

interface Placed {
  readonly value: Value;
  readonly type: 'null' | 'boolean' | 'number' | 'string' | 'bytes' | 'array' | 'object';
  /** Equal values have the same; in the types with a range, greater ones a greater. */
  readonly place: number;
}

const placed = (type: Placed['type'], ...values: readonly Value[]): Placed[] =>
  values.map((value, place) => ({ value, type, place }));
/** The same value once more, in another form. */
const again = (type: Placed['type'], place: number, value: Value): Placed => ({ value, type, place });

const BYTES = (...list: readonly number[]): Value => Uint8Array.from(list);
const WORLD: readonly Placed[] = [
  ...placed('null', null),
  ...placed('boolean', false, true),
  ...placed('number', -1e300, -1, 0, Number.MIN_VALUE, 1, 2 ** 53, 1e300),
  again('number', 2, -0),
  // By code unit: capitals before small letters, and what has two units before what is close to the end of all.
  ...placed('string', '', '\0', '1', '10', '9', 'A', 'a', 'a\0', 'aa', 'b', 'é', '\u{1F600}', '\uFFFD'),
  ...placed('bytes', BYTES(), BYTES(0), BYTES(0, 0), BYTES(0, 1), BYTES(1), BYTES(1, 0), BYTES(255)),
  again('bytes', 4, new Uint8Array([9, 1, 9]).subarray(1, 2)),
  ...placed('array', [], [null], [0], ['0'], [[0]], [0, 1], [1, 0], [BYTES(0)], [{ a: 1, b: 2 }]),
  again('array', 8, [{ b: 2, a: 1 }]),
  ...placed(
    'object',
    {},
    { a: null },
    { a: 1 },
    { b: 1 },
    { a: 1, b: 2 },
    { a: { a: 1 } },
    objectOf([['__proto__', 1]]),
    { $bytes: 'AA' },
  ),
  again('object', 4, { b: 2, a: 1 }),
  again('object', 2, Object.assign(Object.create(null) as object, { a: 1 }) as Value),
];
const HAVE_RANGES: ReadonlySet<Placed['type']> = new Set(['boolean', 'number', 'string', 'bytes']);

const isEqual = (a: Placed, b: Placed): boolean => a.type === b.type && a.place === b.place;
const path = ['v'];
const holds = (predicate: Predicate, value: Value | undefined): boolean =>
  compilePredicate(predicate)('k', value === undefined ? {} : { v: value });

/** What a predicate of each constant says wrongly of which values. */
function wrongOf(
  predicateOf: (wanted: Placed) => Predicate,
  expected: (held: Placed, wanted: Placed) => boolean,
): unknown[] {
  return WORLD.flatMap((wanted) => {
    const test = compilePredicate(predicateOf(wanted));
    return WORLD.filter((held) => test('k', { v: held.value }) !== expected(held, wanted)).map((held) => [
      wanted,
      held,
    ]);
  });
}

describe('QU-1: between every two values of a small world', () => {
  test('equal are those of one type that have the same in them', () => {
    expect(wrongOf(({ value }) => ({ type: 'eq', path, value: valueToLiteral(value) }), isEqual)).toEqual([]);
    const unequal = (held: Placed, wanted: Placed): boolean => !isEqual(held, wanted);
    expect(wrongOf(({ value }) => ({ type: 'ne', path, value: valueToLiteral(value) }), unequal)).toEqual([]);
  });

  test('a list of one has what equals it, and one of two what equals either', () => {
    const inList = (...values: readonly Value[]): Predicate => ({
      type: 'in',
      path,
      values: values.map(valueToLiteral),
    });
    expect(wrongOf(({ value }) => inList(value), isEqual)).toEqual([]);
    const other = WORLD[5] as Placed;
    const either = (held: Placed, wanted: Placed): boolean => isEqual(held, wanted) || isEqual(held, other);
    expect(wrongOf(({ value }) => inList(value, other.value), either)).toEqual([]);
    const neither = (held: Placed, wanted: Placed): boolean => !either(held, wanted);
    const notIn = (wanted: Placed): Predicate => ({ ...inList(wanted.value, other.value), type: 'nin' }) as Predicate;
    expect(wrongOf(notIn, neither)).toEqual([]);
  });

  test('all of them in one list are found, each, and none of them outside of it', () => {
    const values = WORLD.map(({ value }) => valueToLiteral(value));
    const [all, none] = (['in', 'nin'] as const).map((type) => compilePredicate({ type, path, values }));
    expect(WORLD.filter(({ value }) => !all!('k', { v: value }) || none!('k', { v: value }))).toEqual([]);
    expect([all!('k', { v: 'no such' }), all!('k', {}), none!('k', {}), all!('k', { v: [2] })]).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  test.each<[RangeType, (held: number, wanted: number) => boolean]>([
    ['gt', (held, wanted) => held > wanted],
    ['gte', (held, wanted) => held >= wanted],
    ['lt', (held, wanted) => held < wanted],
    ['lte', (held, wanted) => held <= wanted],
  ])('%s compares within one type, and nowhere else', (type, compare) => {
    const bounds = WORLD.filter((wanted) => HAVE_RANGES.has(wanted.type));
    const wrong = bounds.flatMap((wanted) => {
      const test = compilePredicate({ type, path, value: valueToLiteral(wanted.value) as RangeLiteral });
      return WORLD.filter((held) => {
        const expected = held.type === wanted.type && compare(held.place, wanted.place);
        return test('k', { v: held.value }) !== expected;
      }).map((held) => [wanted.value, held.value]);
    });
    expect(wrong).toEqual([]);
    expect(bounds.length).toBeGreaterThan(25);
  });

  test('of one type, one of less, equal and greater holds; of two types, none', () => {
    const bounds = WORLD.filter(({ type }) => HAVE_RANGES.has(type));
    for (const bound of bounds) {
      const value = valueToLiteral(bound.value) as RangeLiteral;
      for (const held of WORLD) {
        const met = [
          holds({ type: 'lt', path, value }, held.value),
          holds({ type: 'eq', path, value }, held.value),
          holds({ type: 'gt', path, value }, held.value),
        ].filter(Boolean).length;
        expect([bound.value, held.value, met]).toEqual([bound.value, held.value, held.type === bound.type ? 1 : 0]);
      }
    }
  });

  test('what is missing equals nothing, is in no range, and is unlike everything', () => {
    for (const { value, type } of WORLD) {
      const literal = valueToLiteral(value);
      expect([value, holds({ type: 'eq', path, value: literal }, undefined)]).toEqual([value, false]);
      expect([value, holds({ type: 'ne', path, value: literal }, undefined)]).toEqual([value, true]);
      expect([value, holds({ type: 'in', path, values: [literal] }, undefined)]).toEqual([value, false]);
      expect([value, holds({ type: 'nin', path, values: [literal] }, undefined)]).toEqual([value, true]);
      if (!HAVE_RANGES.has(type)) continue;
      for (const range of ['gt', 'gte', 'lt', 'lte'] as const) {
        const predicate: Predicate = { type: range, path, value: literal as RangeLiteral };
        expect([value, range, holds(predicate, undefined)]).toEqual([value, range, false]);
        expect(holds({ type: 'not', of: predicate }, undefined)).toBe(true);
      }
    }
  });

  test('whether there is something, and whether it is null, is asked of what it is and not of what it counts for', () => {
    for (const { value, type } of WORLD) {
      const answers = [true, false].flatMap((asked) => [
        holds({ type: 'exists', path, exists: asked }, value),
        holds({ type: 'isNull', path, isNull: asked }, value),
      ]);
      expect([value, answers]).toEqual([value, [true, type === 'null', false, type !== 'null']]);
    }
  });
});

describe('QU-1: a broken constant', () => {
  test.each<[string, Literal]>([
    ['no JSON', { json: '{' }],
    ['no value', { json: '{"$bytes":1}' }],
    ['an escape that is none', { json: '{"$x":1}' }],
  ])('%s is a fault of whoever made the query, found before any row is looked at', (_what, value) => {
    for (const predicate of [
      { type: 'eq', path, value },
      { type: 'ne', path, value },
      { type: 'contains', path, value },
      { type: 'containsAny', path, values: [1, value] },
    ] as const) {
      expect(() => compilePredicate(predicate)).toThrow(/literal|JSON/);
    }
  });
});
