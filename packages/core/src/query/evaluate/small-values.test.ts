import { describe, expect, test } from 'vitest';
import { canonicalJson, type Value } from '../../primitives/index.js';
import { compareStrings, compareValues } from '../compare-values.js';
import { compilePath } from '../compile-path.js';
import { literalValue, valueToLiteral } from '../literal.js';
import { objectOf } from '../query.arbitrary.js';
import type { Path } from '../query.js';
import { inOrder, kindOf, place, plain, same, textOrder } from './values.js';

/*
 * The oracle and the engine each have an order of values and a reader of paths, and share neither. Here both are held to what QU-1 and QU-3 say, on
 * every value of a small world, and so to each other.
 */

const SCALARS: readonly Value[] = [null, false, true, -1, 0, 1, '', '\0', 'a', 'b'];
const BYTES: readonly Value[] = [[], [0], [0, 0], [1], [255]].map((list) => Uint8Array.from(list));
/** What lists and objects are made of here: one of each kind that is not missing. */
const PARTS: readonly Value[] = [null, false, 0, 'a', new Uint8Array([0]), [], {}];
const LISTS: readonly Value[] = [
  [],
  ...PARTS.map((part) => [part]),
  ...PARTS.flatMap((one) => PARTS.map((other) => [one, other])),
];
const OBJECTS: readonly Value[] = [
  {},
  ...PARTS.flatMap((part) => ['', 'a', '__proto__'].map((name) => objectOf([[name, part]]))),
  ...[0, 'a'].flatMap((one) => [
    { a: one, b: 0 },
    { a: 0, c: one },
    { b: one, a: 0 },
  ]),
];
const KINDS: readonly (readonly [string, readonly (Value | undefined)[]])[] = [
  ['missing', [undefined]],
  ['null', [null]],
  ['boolean', SCALARS.slice(1, 3)],
  ['number', SCALARS.slice(3, 6)],
  ['string', SCALARS.slice(6)],
  ['bytes', BYTES],
  ['array', LISTS],
  ['object', OBJECTS],
];
const WORLD: readonly (Value | undefined)[] = KINDS.flatMap(([, values]) => values);

describe('QU-3: in a small world of values', () => {
  test('every value is of one kind', () => {
    for (const [kind, values] of KINDS)
      for (const value of values) expect([value, kindOf(value)]).toEqual([value, kind]);
    expect(WORLD.length).toBeGreaterThan(100);
  });

  test('the oracle and the engine put every two in the same order, and equal are those of one text', () => {
    const text = (value: Value | undefined): string => (value === undefined ? 'missing' : canonicalJson(value));
    const wrong = WORLD.flatMap((a) =>
      WORLD.filter((b) => {
        const side = Math.sign(inOrder(a, b));
        return (
          side !== Math.sign(compareValues(a, b)) ||
          side + Math.sign(inOrder(b, a)) !== 0 ||
          (side === 0) !== (text(a) === text(b))
        );
      }).map((b) => [a, b]),
    );
    expect(wrong).toEqual([]);
  });

  test('what is between is between: no three go round in a circle', () => {
    const sorted = WORLD.map((value) => ({ value })).toSorted((a, b) => inOrder(a.value, b.value));
    const wrong = sorted.flatMap(({ value: lower }, i) =>
      sorted.slice(i).filter(({ value: upper }) => inOrder(lower, upper) > 0 || compareValues(lower, upper) > 0),
    );
    expect(wrong).toEqual([]);
  });

  test('kinds lie apart, in the order that the rule names', () => {
    for (const [i, [lower, lowers]] of KINDS.entries()) {
      for (const [upper, uppers] of KINDS.slice(i + 1)) {
        // Of booleans, `false` before `true`; of all others it is the kinds alone that decide.
        const wrong = lowers.flatMap((a) => uppers.filter((b) => inOrder(a, b) >= 0 || compareValues(a, b) >= 0));
        expect([lower, upper, wrong]).toEqual([lower, upper, []]);
      }
    }
  });

  test.each<[string, string, number]>([
    ['', '', 0],
    ['', 'a', -1],
    ['a', 'ab', -1],
    ['ab', 'b', -1],
    ['Z', 'a', -1],
    ['a', 'á', -1],
    ['\u{1F600}', '\uFFFD', -1],
    ['\uD83D', '\u{1F600}', -1],
    ['10', '9', -1],
    ['\0', '', 1],
  ])('texts by code unit: %j beside %j', (a, b, side) => {
    expect([Math.sign(textOrder(a, b)), Math.sign(compareStrings(a, b)), Math.sign(compareValues(a, b))]).toEqual([
      side,
      side,
      side,
    ]);
    expect([textOrder(b, a), compareStrings(b, a)].map((order) => Math.sign(order) + 0)).toEqual(
      [0 - side, 0 - side].map((n) => n + 0),
    );
  });
});

describe('QU-1: constants', () => {
  test('every value is itself once it was written as one, and equals no other', () => {
    const values = WORLD.filter((value) => value !== undefined);
    for (const value of values) {
      const literal = valueToLiteral(value);
      expect([plain(literal), literalValue(literal)]).toEqual([value, value]);
      expect(same(undefined, literal)).toBe(false);
      const equal = values.filter((other) => same(other, literal));
      expect(equal.map((other) => canonicalJson(other))).toEqual(equal.map(() => canonicalJson(value)));
      expect(equal).toContain(value);
    }
  });

  test.each(['{', '', '{"$bytes":7}', '[{"$bytes":"*"}]'])(
    'a text that is no value, %j, is a fault of who made it',
    (json) => {
      expect(() => plain({ json })).toThrow(/JSON|literal/);
      expect(() => literalValue({ json })).toThrow(/JSON|literal/);
    },
  );
});

describe('QU-1: paths', () => {
  const record: Value = {
    a: 1,
    'a.b': 2,
    b: { c: { d: 3 }, n: null, list: [{ d: 4 }], text: 'abc', bytes: new Uint8Array([5]) },
    _key: 'field',
    '': { '': 6 },
  };
  const hidden = objectOf([['__proto__', objectOf([['toString', 7]])]]) as Value;
  const table: readonly (readonly [Path, Value, Value | undefined])[] = [
    [['a'], record, 1],
    [['a.b'], record, 2],
    [['a', 'b'], record, undefined],
    [['b', 'c', 'd'], record, 3],
    [['b', 'c'], record, { d: 3 }],
    [['b', 'n'], record, null],
    [['b', 'n', 'x'], record, undefined],
    [['b', 'none', 'x'], record, undefined],
    [['b', 'list'], record, [{ d: 4 }]],
    [['b', 'list', '0'], record, undefined],
    [['b', 'list', 'length'], record, undefined],
    [['b', 'text', 'length'], record, undefined],
    [['b', 'bytes', '0'], record, undefined],
    [['b', 'bytes', 'length'], record, undefined],
    [['_key'], record, 'k'],
    [['_key', 'x'], record, undefined],
    [['b', '_key'], record, undefined],
    [[''], record, { '': 6 }],
    [['', ''], record, 6],
    [['__proto__'], record, undefined],
    [['constructor'], record, undefined],
    [['__proto__', 'toString'], hidden, 7],
    [['__proto__', 'valueOf'], hidden, undefined],
    [['a'], 'abc', undefined],
    [['length'], 'abc', undefined],
    [['0'], ['x'], undefined],
    [['a'], null, undefined],
    [['_key'], null, 'k'],
    [['_key'], 7, 'k'],
  ];

  test.each(table)('%j of %j leads to %j', (path, value, found) => {
    expect(place(path, { key: 'k', value })).toEqual(found);
    expect(compilePath(path)('k', value)).toEqual(found);
  });

  test('a path of no names is the whole record', () => {
    expect(compilePath([])('k', record)).toBe(record);
    expect(place([], { key: 'k', value: record })).toBe(record);
  });
});
