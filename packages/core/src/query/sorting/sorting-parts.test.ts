import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { takeAll } from '../all-steps.js';
import { compileComparator } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import type { SortKey } from '../query.js';
import { orderDescending } from './order-numbers.js';
import { radixOrder, type SortKeys } from './radix-order.js';
import { numberKeys, sharedPrefix, textKeys, turnAround } from './sort-keys.js';
import { compileSort } from './sort-rows.js';

// What sorting is made of, each by itself, against the same said plainly: keys as whole numbers without halves, orders by comparison.

const whole = ({ high, low }: SortKeys): readonly bigint[] =>
  Array.from(high, (upper, i) => (BigInt(upper) << 32n) | BigInt(low[i]!));
const keysOf = (numbers: readonly bigint[]): SortKeys => ({
  high: Uint32Array.from(numbers, (number) => Number(number >> 32n)),
  low: Uint32Array.from(numbers, (number) => Number(number & 0xffff_ffffn)),
});
const sign = (n: number): number => (n > 0 ? 1 : n < 0 ? -1 : 0);
const side = (a: bigint, b: bigint): number => (a === b ? 0 : a < b ? -1 : 1);
/** The places of the items in order; of equal ones as they stand. */
const placesOf = <T>(items: readonly T[], compare: (a: T, b: T) => number): number[] =>
  items.map((_, i) => i).sort((i, j) => compare(items[i]!, items[j]!) || i - j);

describe('QU-3: keys in order, without comparing', () => {
  const orderOf = (numbers: readonly bigint[]): number[] => [...takeAll(radixOrder(keysOf(numbers)))];

  test('as by comparing, equal ones as they stand', () => {
    const few = fc.bigInt(0n, 3n).map((n) => n << 31n);
    const numbers = fc.array(fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), few), { maxLength: 80 });
    fc.assert(
      fc.property(numbers, (all) => {
        expect(orderOf(all)).toEqual(placesOf(all, side));
      }),
      { numRuns: 100 },
    );
  });

  test.each(Array.from({ length: 64 }, (_, bit) => bit))('that bit %i alone tells apart', (bit) => {
    const [one, other] = [2n ** BigInt(bit), 0n];
    expect(orderOf([one, other, one, other])).toEqual([1, 3, 0, 2]);
    const rest = 2n ** 64n - 1n - one;
    expect(orderOf([one + rest, rest])).toEqual([1, 0]);
    expect(orderOf([one, one - 1n])).toEqual([1, 0]);
  });

  test('none, one, and many that are all equal', () => {
    expect([orderOf([]), orderOf([5n]), orderOf(Array<bigint>(3_000).fill(2n ** 40n))]).toEqual([
      [],
      [0],
      Array.from({ length: 3_000 }, (_, i) => i),
    ]);
  });

  test('a step for the counting, and one for each digit in which they are not all equal', () => {
    const steps = (numbers: readonly bigint[]): number => [...radixOrder(keysOf(numbers))].length;
    expect(steps([1n, 1n])).toBe(1);
    for (const [digit, low] of [0n, 11n, 22n, 32n, 43n, 54n].entries()) {
      expect([digit, steps([0n, 1n << low])]).toEqual([digit, 2]);
      expect([digit, steps([0n, (1n << low) + 1n])]).toEqual([digit, digit === 0 ? 2 : 3]);
    }
    expect(steps([0n, 2n ** 64n - 1n])).toBe(7);
  });
});

const NUMBERS: readonly number[] = [
  Number.NEGATIVE_INFINITY,
  -Number.MAX_VALUE,
  -(2 ** 53),
  -2,
  -1 - Number.EPSILON,
  -1,
  -0.5,
  -(2 ** -1022),
  -Number.MIN_VALUE,
  0,
  Number.MIN_VALUE,
  2 ** -1022,
  0.5,
  1 - Number.EPSILON / 2,
  1,
  1 + Number.EPSILON,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  Number.MAX_VALUE,
  Number.POSITIVE_INFINITY,
];

describe('QU-3: keys of numbers', () => {
  test('are in the order of the numbers, for every two of them', () => {
    const keys = whole(takeAll(numberKeys(NUMBERS)));
    for (const [i, a] of keys.entries())
      for (const [j, b] of keys.entries())
        expect([NUMBERS[i], NUMBERS[j], side(a, b)]).toEqual([NUMBERS[i], NUMBERS[j], sign(i - j)]);
    const [zero, minus] = whole(takeAll(numberKeys([0, -0])));
    expect(zero).toBe(minus);
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        const [one, other] = whole(takeAll(numberKeys([a, b])));
        expect(side(one!, other!)).toBe(a === b ? 0 : a < b ? -1 : 1);
      }),
    );
  });

  test('turned around they are in the other order, and turned around again as they were', () => {
    const keys = takeAll(numberKeys(NUMBERS));
    const before = whole(keys);
    takeAll(turnAround(keys));
    expect(whole(keys)).toEqual(before.map((key) => 2n ** 64n - 1n - key));
    takeAll(turnAround(keys));
    expect(whole(keys)).toEqual(before);
  });

  test('the greatest first, of equal ones as they stand', () => {
    const some = fc.array(fc.oneof(fc.constantFrom(...NUMBERS, -0), fc.integer({ min: -2, max: 2 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(some, fc.constantFrom(1, 600), (few, times) => {
        // Some are compared, many are not.
        const numbers = Array.from({ length: times }, (_, i) =>
          few.map((number) => (i === 0 ? number : number + (i % 7))),
        ).flat();
        const order = [...takeAll(orderDescending(numbers))];
        expect(order).toEqual(placesOf(numbers, (a, b) => (a === b ? 0 : a > b ? -1 : 1)));
      }),
      { numRuns: 100 },
    );
  });
});

const texts = fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\uffff', '\ud83d'), maxLength: 7 });

describe('QU-3: keys of texts', () => {
  test('are in the order of four code units, with zeros behind the end', () => {
    fc.assert(
      fc.property(texts, texts, fc.nat(4), (a, b, skipped) => {
        const units = (text: string): bigint =>
          [0, 1, 2, 3].reduce((key, i) => key * 65_536n + BigInt(text.charCodeAt(skipped + i) || 0), 0n);
        expect(whole(takeAll(textKeys([a, b], skipped)))).toEqual([units(a), units(b)]);
      }),
      { numRuns: 150 },
    );
  });

  test('behind what all of them begin with', () => {
    fc.assert(
      fc.property(texts, fc.array(texts, { minLength: 1, maxLength: 5 }), (begin, ends) => {
        const all = ends.map((end) => begin + end);
        let shared = 0;
        while (all.every((text) => text.length > shared && text[shared] === all[0]![shared])) shared += 1;
        const isAll = all.every((text) => text.length === shared);
        expect(takeAll(sharedPrefix(all))).toEqual({ shared, isAll });
      }),
      { numRuns: 150 },
    );
    expect(takeAll(sharedPrefix(['', 'a']))).toEqual({ shared: 0, isAll: false });
    expect(takeAll(sharedPrefix(['abc']))).toEqual({ shared: 3, isAll: true });
  });
});

describe('QU-3: rows at the sizes at which they are sorted otherwise', () => {
  const ways: readonly (readonly SortKey[])[] = [
    [[['a'], 'asc']],
    [[['a'], 'desc']],
    [
      [['a'], 'desc'],
      [['b'], 'asc'],
    ],
  ];
  const rowsOf = (count: number, valueOf: (i: number) => Value): Entry[] =>
    Array.from({ length: count }, (_, i) => ({
      key: `k${(i * 31) % 1_009}`,
      value: { a: valueOf(i), b: (i * 17) % 5 },
    }));

  test.each([0, 1, 2, 63, 64, 65, 66, 128, 129, 200])('%i of them', (count) => {
    const shapes: readonly ((i: number) => Value)[] = [
      (i) => (i * 7) % 11,
      (i) => `t${(i * 7) % 11}`,
      (i) => (i % 2 === 0 ? i : `t${i}`),
      // One run as long as all but one of them, and runs of 64 and 65.
      (i) => (i === 3 ? 0 : 1),
      (i) => Math.floor(i / 65),
      (i) => `${'x'.repeat(30)}${Math.floor(i / 64)}`,
      (i) => (i % 3 === 0 ? [i % 4] : { n: i % 4 }),
    ];
    for (const shape of shapes) {
      for (const sort of ways) {
        const rows = rowsOf(count, shape);
        const sorted = takeAll(compileSort({ sort })(rows));
        expect(sorted.map(({ key }) => key)).toEqual(rows.toSorted(compileComparator({ sort })).map(({ key }) => key));
      }
    }
  });

  test('texts that begin alike again and again, each time for a few letters more, are all told apart', () => {
    const rows = Array.from({ length: 1_200 }, (_, i) => {
      const level = i % 20;
      return { key: `k${(i * 31) % 1_201}`, value: { a: `${'abcdef'.repeat(level)}${(i * 7) % 60}` } };
    });
    for (const sort of ways.slice(0, 2)) {
      const sorted = takeAll(compileSort({ sort })(rows));
      expect(sorted).toEqual(rows.toSorted(compileComparator({ sort })));
    }
  });
});
