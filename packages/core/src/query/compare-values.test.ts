import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, type Value } from '../primitives/index.js';
import { compareStrings, compareValues } from './compare-values.js';
import { objectOf, value } from './query.arbitrary.js';

const maybeValue = fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constant(undefined) });

/** Strictly ascending. */
const LADDER: readonly (Value | undefined)[] = [
  undefined,
  null,
  false,
  true,
  -Number.MAX_VALUE,
  -1,
  0,
  Number.MIN_VALUE,
  1,
  Number.MAX_VALUE,
  '',
  'A',
  'a',
  'aa',
  'b',
  '\u{1F600}',
  '\uFFFD',
  new Uint8Array([]),
  new Uint8Array([0]),
  new Uint8Array([0, 0]),
  new Uint8Array([200]),
  [],
  [null],
  [1],
  [1, 1],
  [2],
  ['1'],
  [[]],
  [{}],
  {},
  objectOf([['__proto__', 1]]),
  { a: 1 },
  { a: 1, b: 0 },
  { a: 2 },
  { a: 'x' },
  { b: 0 },
];

describe('QU-3: the order of values', () => {
  test('is missing < null < false < true < numbers < strings < bytes < arrays < objects', () => {
    LADDER.forEach((lower, i) => {
      LADDER.forEach((upper, j) => {
        expect([i, j, Math.sign(compareValues(lower, upper))]).toEqual([i, j, Math.sign(i - j)]);
      });
    });
  });

  test('compares strings by code unit, not by code point or locale', () => {
    // U+1F600 is the pair D83D DE00, which comes before U+FFFD.
    expect(compareStrings('\u{1F600}', '\uFFFD')).toBeLessThan(0);
    expect(compareStrings('Z', 'a')).toBeLessThan(0);
    expect(compareStrings('é', 'z')).toBeGreaterThan(0);
    expect(compareStrings('é', 'é')).toBe(0);
  });

  test('takes -0 for 0, inside arrays too', () => {
    expect(compareValues(-0, 0)).toBe(0);
    expect(compareValues([-0], [0])).toBe(0);
  });

  test('does not mind the order in which fields were set', () => {
    expect(compareValues({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(0);
  });

  test('reads own fields only: a field named like a prototype member is plain data', () => {
    expect(compareValues(objectOf([['__proto__', { a: 1 }]]), { a: 1 })).not.toBe(0);
    expect(compareValues({}, objectOf([['toString', 1]]))).toBeLessThan(0);
    expect(compareValues(objectOf([['__proto__', 1]]), objectOf([['__proto__', 2]]))).toBeLessThan(0);
  });

  test('is antisymmetric', () => {
    fc.assert(
      fc.property(maybeValue, maybeValue, (a, b) => {
        expect(Math.sign(compareValues(a, b))).toBe(0 - Math.sign(compareValues(b, a)));
      }),
      { numRuns: 2000 },
    );
  });

  test('is transitive', () => {
    fc.assert(
      fc.property(fc.array(maybeValue, { minLength: 3, maxLength: 3 }), (three) => {
        // Boxed, for sort puts bare `undefined` last whatever the comparator says.
        const [a, b, c] = three
          .map((item) => ({ item }))
          .sort((x, y) => compareValues(x.item, y.item))
          .map(({ item }) => item);
        expect(compareValues(a, b)).toBeLessThanOrEqual(0);
        expect(compareValues(b, c)).toBeLessThanOrEqual(0);
        expect(compareValues(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 3000 },
    );
  });

  test('calls equal exactly what has one canonical encoding', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(compareValues(a, b) === 0).toBe(canonicalJson(a) === canonicalJson(b));
        expect(compareValues(a, structuredClone(a))).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });
});
