import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { takeAll } from '../all-steps.js';
import { orderDescending } from './order-numbers.js';
import { radixOrder, type SortKeys } from './radix-order.js';
import { numberKeys, textKeys, turnAround } from './sort-keys.js';

/*
 * QU-3: the keys of numbers are not only in their order: they count the doubles. Between two numbers there are as many keys as there are doubles, so
 * none is left out and no two share one.
 */

const whole = ({ high, low }: SortKeys): readonly bigint[] =>
  Array.from(high, (upper, i) => (BigInt(upper) << 32n) | BigInt(low[i] as number));
const keyOf = (number: number): bigint => whole(takeAll(numberKeys([number])))[0] as bigint;

/** How far two neighbouring doubles of this size are apart, from the definition of a double. */
function spacing(size: number): number {
  if (size < 2 ** -1021) return Number.MIN_VALUE;
  let exponent = Math.floor(Math.log2(size));
  while (2 ** exponent > size) exponent -= 1;
  while (exponent < 1023 && 2 ** (exponent + 1) <= size) exponent += 1;
  return 2 ** (exponent - 52);
}

const POSITIVE: readonly number[] = [
  Number.MIN_VALUE,
  2 * Number.MIN_VALUE,
  2 ** -1023,
  2 ** -1022 - Number.MIN_VALUE,
  2 ** -1022,
  2 ** -1021,
  1e-300,
  0.1,
  0.5,
  1 - Number.EPSILON / 2,
  1,
  1.5,
  2,
  Math.PI,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 52,
  2 ** 53 - 1,
  2 ** 53,
  1e300,
];

describe('QU-3: keys of numbers count the doubles', () => {
  test.each(POSITIVE)('the next one after %d has the next key, and so it is below zero', (number) => {
    const next = number + spacing(number);
    expect(next).toBeGreaterThan(number);
    expect(keyOf(next) - keyOf(number)).toBe(1n);
    expect(keyOf(-number) - keyOf(-next)).toBe(1n);
  });

  test('zero lies in the middle, has one key, and that of the other zero is nobody’s', () => {
    expect(keyOf(0)).toBe(2n ** 63n);
    expect(keyOf(-0)).toBe(keyOf(0));
    expect(keyOf(Number.MIN_VALUE) - keyOf(0)).toBe(1n);
    expect(keyOf(0) - keyOf(-Number.MIN_VALUE)).toBe(2n);
  });

  test('the greatest finite number stands one before infinity, at either end', () => {
    expect(keyOf(Infinity) - keyOf(Number.MAX_VALUE)).toBe(1n);
    expect(keyOf(-Number.MAX_VALUE) - keyOf(-Infinity)).toBe(1n);
    expect(keyOf(-Infinity)).toBeGreaterThan(0n);
    expect(keyOf(Infinity)).toBeLessThan(2n ** 64n);
  });

  test('from one power of two to the next there are as many as a double has fractions', () => {
    for (let exponent = -1022; exponent < 1023; exponent += 31) {
      const [low, high] = [2 ** exponent, 2 ** (exponent + 1)];
      expect(keyOf(high) - keyOf(low)).toBe(2n ** 52n);
      expect(keyOf(-low) - keyOf(-high)).toBe(2n ** 52n);
    }
    expect(keyOf(2 ** -1022) - keyOf(0)).toBe(2n ** 52n);
  });

  test('a number and its negative lie as far from the middle, but for the zero that is not there', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: Number.MIN_VALUE }), (number) => {
        expect(keyOf(number) + keyOf(-number)).toBe(2n ** 64n - 1n);
      }),
    );
  });

  test('many at once have the keys that each has by itself, turned around too', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 20 }), (numbers) => {
        const keys = takeAll(numberKeys(numbers));
        const alone = numbers.map(keyOf);
        expect(whole(keys)).toEqual(alone);
        takeAll(turnAround(keys));
        expect(whole(keys)).toEqual(alone.map((key) => 2n ** 64n - 1n - key));
      }),
      { numRuns: 60 },
    );
  });
});

describe('QU-3: keys of texts count the code units', () => {
  const textKey = (text: string, skipped = 0): bigint => whole(takeAll(textKeys([text], skipped)))[0] as bigint;

  test('a unit more in a place is worth all that may stand behind it', () => {
    for (let at = 0; at < 4; at += 1) {
      const begin = 'x'.repeat(at);
      const worth = 65_536n ** BigInt(3 - at);
      for (const unit of [0, 1, 0x7fff, 0x8000, 0xd7ff, 0xd800, 0xfffe]) {
        const [one, next] = [unit, unit + 1].map((code) => begin + String.fromCharCode(code));
        expect(textKey(next as string) - textKey(one as string)).toBe(worth);
      }
    }
  });

  const texts = fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\u00e9', '\ud83d', '\uffff'), maxLength: 9 });

  test('what stands behind the fourth unit is worth nothing, and what is skipped neither', () => {
    fc.assert(
      fc.property(texts, texts, (begin, text) => {
        expect(textKey(begin + text, begin.length)).toBe(textKey(text));
        expect(textKey(text)).toBe(textKey(text.slice(0, 4)));
      }),
      { numRuns: 100 },
    );
  });

  test('the least is that of no text, the greatest that of the four greatest units', () => {
    expect([textKey(''), textKey('\0\0\0\0\0'), textKey('\uffff'.repeat(4))]).toEqual([0n, 0n, 2n ** 64n - 1n]);
  });
});

describe('QU-3: places, the greatest first, written by hand', () => {
  test.each<[what: string, numbers: readonly number[], places: readonly number[]]>([
    ['in order already', [3, 2, 1], [0, 1, 2]],
    ['the other way round', [1, 2, 3], [2, 1, 0]],
    ['equal ones as they stand', [1, 2, 1, 2, 1], [1, 3, 0, 2, 4]],
    ['the zeros are equal', [0, -0, 0], [0, 1, 2]],
    ['below zero', [-1, -3, -2], [0, 2, 1]],
    ['of all sizes', [1e-300, -1e300, 1e300, 0, -1e-300], [2, 0, 3, 4, 1]],
    ['at the ends', [-Infinity, Number.MAX_VALUE, Infinity, -Number.MAX_VALUE], [2, 1, 3, 0]],
  ])('%s, few of them and a thousand of each', (_what, numbers, places) => {
    expect([...takeAll(orderDescending(numbers))]).toEqual(places);
    const times = 1_000;
    const long = numbers.flatMap((number) => Array<number>(times).fill(number));
    const inTurn = [...takeAll(orderDescending(long))].map((place) => long[place] as number);
    expect(inTurn).toEqual(places.flatMap((place) => Array<number>(times).fill(numbers[place] as number)));
  });
});

describe('QU-3: texts by their first four units, written by hand', () => {
  test.each<[what: string, texts: readonly string[], places: readonly number[]]>([
    ['a text before what it begins', ['ab', 'a', 'abc', ''], [3, 1, 0, 2]],
    ['equal beginnings as they stand', ['abcdx', 'abcd', 'abcda'], [0, 1, 2]],
    ['capitals before small letters', ['b', 'B', 'a', 'A'], [3, 1, 2, 0]],
    ['a pair of units before the private ones', ['\ue000', '\u{1f600}', '\uffff', 'z'], [3, 1, 0, 2]],
    ['a zero as no unit at all', ['a\0', 'a', 'a\0\0'], [0, 1, 2]],
  ])('%s', (_what, texts, places) => {
    expect([...takeAll(radixOrder(takeAll(textKeys(texts, 0))))]).toEqual(places);
  });
});
