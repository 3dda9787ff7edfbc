import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { takeAll } from '../all-steps.js';
import type { Entry } from '../entry.js';
import { inOrder, textOrder } from '../evaluate/values.js';
import type { Direction, SortKey } from '../query.js';
import { orderDescending } from './order-numbers.js';
import { radixOrder } from './radix-order.js';
import { numberKeys, sharedPrefix, textKeys } from './sort-keys.js';
import { compileSort } from './sort-rows.js';

/*
 * What decides how two rows are sorted when they are many: every two of a ladder of values, each of them often enough that they are not simply
 * compared. The judge is the order of the oracle, which shares nothing with the engine's comparator.
 */

/** Ascending. */
const LADDER: readonly (Value | undefined)[] = [
  undefined,
  null,
  false,
  true,
  -Number.MAX_VALUE,
  -(2 ** 32),
  -1,
  -Number.MIN_VALUE,
  0,
  Number.MIN_VALUE,
  1,
  1 + Number.EPSILON,
  2 ** 21,
  2 ** 53,
  Number.MAX_VALUE,
  '',
  '\0',
  '\0\0',
  'a',
  'a\0',
  'a\0\0\0\0',
  'a\0b',
  'aaaa',
  'aaaaa',
  'aaaab',
  'ab',
  '\ud83d\ude00',
  '\uffff',
  new Uint8Array([]),
  new Uint8Array([1]),
  [],
  [1],
  ['a'],
  {},
  { a: 1 },
];
const WAYS: readonly Direction[] = ['asc', 'desc'];
/** As often as is more than are compared, and less. */
const MANY = 40;

const rowOf = (key: string, ...values: readonly (Value | undefined)[]): Entry => {
  const value: Record<string, Value> = {};
  for (const [i, one] of values.entries()) if (one !== undefined) value[['a', 'b'][i] as string] = one;
  return { key, value };
};
const at = (row: Entry, name: string): Value | undefined => (row.value as { readonly [name: string]: Value })[name];
const sorted = (sort: readonly SortKey[], rows: readonly Entry[]): Entry[] => takeAll(compileSort({ sort })(rows));

/** The places at which two neighbours are the wrong way round. */
function faults(sort: readonly SortKey[], rows: readonly Entry[]): number[] {
  return rows.slice(1).flatMap((row, i) => {
    const before = rows[i] as Entry;
    for (const [[name], way] of sort) {
      const side = inOrder(at(before, name as string), at(row, name as string));
      if (side !== 0) return side > 0 === (way === 'asc') ? [i] : [];
    }
    return textOrder(before.key, row.key) >= 0 ? [i] : [];
  });
}

describe('QU-3: every two values of a ladder, in many rows', () => {
  test('the ladder is one', () => {
    expect(LADDER.slice(1).filter((value, i) => inOrder(LADDER[i], value) >= 0)).toEqual([]);
  });

  test.each(WAYS)('lie apart, and rows of one value are in the order of their keys; %s', (way) => {
    const sort: readonly SortKey[] = [[['a'], way]];
    const wrong: unknown[] = [];
    for (const [i, one] of LADDER.entries()) {
      for (const other of LADDER.slice(i)) {
        const rows = Array.from({ length: 2 * MANY }, (_, n) => rowOf(`k${(n * 37) % 101}`, n % 2 === 0 ? one : other));
        const result = sorted(sort, rows);
        if (new Set(result).size !== rows.length || faults(sort, result).length > 0) wrong.push([one, other]);
      }
    }
    expect(wrong).toEqual([]);
  });

  test.each(WAYS.flatMap((one) => WAYS.map((other) => [one, other] as const)))(
    'of one and then another; %s, %s',
    (one, other) => {
      const sort: readonly SortKey[] = [
        [['a'], one],
        [['b'], other],
      ];
      for (const step of [1, 7, 11]) {
        const rows = Array.from({ length: 2_000 }, (_, n) =>
          rowOf(`k${(n * 389) % 2_003}`, LADDER[(n * step) % 5], LADDER[(n * 13) % LADDER.length]),
        );
        expect(faults(sort, sorted(sort, rows))).toEqual([]);
        const turned = Array.from({ length: 2_000 }, (_, n) =>
          rowOf(`k${(n * 389) % 2_003}`, LADDER[(n * 13) % LADDER.length], LADDER[(n * step) % 5]),
        );
        expect(faults(sort, sorted(sort, turned))).toEqual([]);
      }
    },
  );

  test('all of them at once, in every turn of the list', () => {
    for (let turn = 0; turn < LADDER.length; turn += 5) {
      const values = [...LADDER.slice(turn), ...LADDER.slice(0, turn)];
      const rows = values.flatMap((value, i) => [0, 1, 2].map((n) => rowOf(`k${n}${i}`, value)));
      expect(sorted([[['a'], 'asc']], rows).map((row) => LADDER.indexOf(at(row, 'a')))).toEqual(
        LADDER.flatMap((_, i) => [i, i, i]),
      );
    }
  });

  test('what is sorted is given in a new list, and twice the same', () => {
    const rows = Array.from({ length: 200 }, (_, n) => rowOf(`k${n}`, n % 7));
    const sort = compileSort({ sort: [[['a'], 'desc']] });
    const [one, other] = [takeAll(sort(rows)), takeAll(sort(rows))];
    expect(one).toEqual(other);
    expect(one).not.toBe(other);
    expect(rows.map(({ key }) => key)).toEqual(Array.from({ length: 200 }, (_, n) => `k${n}`));
    // Sorted already, or the wrong way round, they come out the same.
    expect(takeAll(sort(one))).toEqual(one);
    expect(takeAll(sort(one.toReversed()))).toEqual(one);
  });
});

describe('QU-3: texts that begin alike', () => {
  test.each([0, 1, 3, 4, 5, 8, 60, 70, 500])(
    'with %i letters in common are told apart by what comes behind',
    (length) => {
      const begin = 'x'.repeat(length);
      const ends = ['', '\0', 'a', 'aaaa', 'aaaab', 'aaaaaaaab', 'b', '\uffff', '\ud83d\ude00'];
      const rows = Array.from({ length: 900 }, (_, n) => rowOf(`k${(n * 7) % 907}`, begin + ends[n % ends.length]));
      for (const way of WAYS) {
        const sort: readonly SortKey[] = [[['a'], way]];
        expect(faults(sort, sorted(sort, rows))).toEqual([]);
      }
    },
  );

  test('each of which begins with the one before', () => {
    const rows = Array.from({ length: 300 }, (_, n) => rowOf(`k${n}`, 'ab'.repeat((n * 77) % 300)));
    const lengths = sorted([[['a'], 'asc']], rows).map((row) => (at(row, 'a') as string).length);
    expect(lengths).toEqual(Array.from({ length: 300 }, (_, n) => 2 * n));
  });

  test('share as many letters as all of them have, of every three of a small alphabet', () => {
    const texts = ['', 'a', 'b', 'aa', 'ab', 'aab', 'aaa', '\0', 'a\0'];
    for (const one of texts) {
      for (const other of texts) {
        for (const third of texts) {
          const all = [one, other, third];
          let shared = 0;
          while (all.every((text) => text.length > shared && text[shared] === one[shared])) shared += 1;
          const isAll = all.every((text) => text.length === shared);
          expect([all, takeAll(sharedPrefix(all))]).toEqual([all, { shared, isAll }]);
        }
      }
    }
  });
});

describe('QU-3: places in order', () => {
  /** Every list of at most so many of these. */
  const lists = (of: readonly number[], length: number): number[][] =>
    length === 0
      ? [[]]
      : lists(of, length - 1).flatMap((list) =>
          list.length === length - 1 ? [list, ...of.map((n) => [...list, n])] : [list],
        );

  test('of every short list of numbers, by their keys, equal ones as they stand', () => {
    for (const numbers of lists([-1, 0, 0.5, 2 ** 40], 5)) {
      const order = [...takeAll(radixOrder(takeAll(numberKeys(numbers))))];
      const wanted = numbers.map((_, i) => i).sort((i, j) => numbers[i]! - numbers[j]! || i - j);
      if (order.join() !== wanted.join()) expect([numbers, order]).toEqual([numbers, wanted]);
    }
  });

  test('the greatest first, of lists that are compared and of those that are not', () => {
    for (const length of [0, 1, 2, 511, 512, 513, 2_000]) {
      const numbers = Array.from({ length }, (_, i) => [0, -0, 1, -1, 0.5, 1e9][(i * 5) % 6] as number);
      const order = [...takeAll(orderDescending(numbers))];
      const wanted = numbers.map((_, i) => i).sort((i, j) => numbers[j]! - numbers[i]! || i - j);
      expect([length, order]).toEqual([length, wanted]);
    }
  });

  test('keys of texts skip what they are told to, and stand for four units each', () => {
    const { high, low } = takeAll(textKeys(['xxabcd', 'xx', 'xxa', 'xx\uffff\uffff\uffff\uffff'], 2));
    expect([...high]).toEqual([0x0061_0062, 0, 0x0061_0000, 0xffff_ffff]);
    expect([...low]).toEqual([0x0063_0064, 0, 0, 0xffff_ffff]);
  });
});
