import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { takeAll } from '../all-steps.js';
import { compileComparator } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import type { Direction, SortKey } from '../query.js';
import { compileSort } from './sort-rows.js';

/** What is shared by many, and what parts few. */
const number = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, -Number.MIN_VALUE, 2 ** 53, 2 ** -1074),
);
const text = fc.oneof(
  fc.constantFrom('', '\0', 'a', 'a\0', 'a\0\0', 'a\0b', 'ab', '\uffff', '\ud83d\ude00', '\ud83d', 'ä'),
  fc.string({ maxLength: 4 }).map((end) => `an item of the list, ${end}`),
  fc.string({ unit: fc.constantFrom('a', '\0', '\uffff'), maxLength: 12 }),
);
const mixed: fc.Arbitrary<Value | undefined> = fc.oneof(
  number,
  text,
  fc.constantFrom(undefined, null, true, false),
  fc.constantFrom<Value>([], [1], [1, 'a'], {}, { a: 1 }, new Uint8Array([1]), new Uint8Array([1, 2])),
);

/** Rows of a seed, since a property over hundreds of rows would take its time to make each. */
function rowsOf(a: readonly (Value | undefined)[], b: readonly (Value | undefined)[], count: number): Entry[] {
  return Array.from({ length: count }, (_, i) => {
    const value: Record<string, Value> = {};
    const [first, second] = [a[(i * 7) % a.length], b[(i * 13) % b.length]];
    if (first !== undefined) value['a'] = first;
    if (second !== undefined) value['b'] = second;
    // Keys that come in no order.
    return { key: `key ${(i * 7_919) % 10_007}`, value };
  });
}

const direction = fc.constantFrom<Direction>('asc', 'desc');
const orders: fc.Arbitrary<readonly SortKey[]> = fc
  .tuple(
    fc.constantFrom<readonly string[]>([], ['a'], ['a', 'b'], ['b', 'a'], ['a', '_key'], ['_key']),
    direction,
    direction,
  )
  .map(([names, one, other]) => names.map((name, i) => [[name], i === 0 ? one : other]));

const keysOf = (rows: readonly Entry[]): string[] => rows.map(({ key }) => key);

describe('QU-3: many rows are sorted', () => {
  const values: readonly (readonly [string, fc.Arbitrary<Value | undefined>])[] = [
    ['numbers', number],
    ['texts', text],
    ['values of all types', mixed],
  ];

  test.each(values)('as the comparator orders them, by %s', (_what, value) => {
    const some = fc.array(value, { minLength: 1, maxLength: 150 });
    fc.assert(
      fc.property(some, some, fc.integer({ min: 0, max: 700 }), orders, (a, b, count, sort) => {
        const rows = rowsOf(a, b, count);
        const given = rows.slice();
        expect(keysOf(takeAll(compileSort({ sort })(rows)))).toEqual(
          keysOf(rows.toSorted(compileComparator({ sort }))),
        );
        expect(rows).toEqual(given);
      }),
      { numRuns: 120 },
    );
  });

  /** Each makes one branch of it work: what is equal throughout, what never parts, and what parts late. */
  const shapes: readonly (readonly [string, (i: number) => Value])[] = [
    ['one number', () => 1],
    ['one text', () => 'the same for all'],
    ['what only zeros tell apart', (i) => 'a'.padEnd(1 + (i % 3), '\0')],
    ['texts that go on and on', (i) => 'ab'.repeat(i % 200)],
    ['dates', (i) => new Date(1_700_000_000_000 + ((i * 7_919) % 5_000) * 60_000).toISOString()],
    ['runs of equal numbers', (i) => i % 5],
    ['numbers that only the last bit tells apart', (i) => 1 + ((i * 31) % 500) * Number.EPSILON],
    ['huge and tiny ones of both signs', (i) => (i % 2 === 0 ? -1 : 1) * 2 ** (((i * 37) % 1_000) - 500)],
  ];

  test.each(shapes)('by %s, either way', (_what, valueOf) => {
    const rows = Array.from({ length: 2_000 }, (_, i) => ({
      key: `k${(i * 7_919) % 2_003}`,
      value: { a: valueOf(i) },
    }));
    for (const way of ['asc', 'desc'] as const) {
      const sort: readonly SortKey[] = [[['a'], way]];
      expect(keysOf(takeAll(compileSort({ sort })(rows)))).toEqual(keysOf(rows.toSorted(compileComparator({ sort }))));
    }
  });

  test('QU-8: reads each value once for each level, and as often again as texts begin alike', () => {
    let reads = 0;
    const rows = Array.from({ length: 5_000 }, (_, i) => ({
      key: `k${i}`,
      value: Object.defineProperty({}, 'a', { enumerable: true, get: () => (reads++, (i * 7_919) % 5_003) }) as Value,
    }));
    takeAll(compileSort({ sort: [[['a'], 'asc']] })(rows));
    expect(reads).toBe(5_000);
  });

  test('in steps of some thousand rows', () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => ({ key: `k${(i * 7_919) % 40_009}`, value: { a: i % 7 } }));
    const steps = compileSort({ sort: [[['a'], 'desc']] })(rows);
    let count = 0;
    while (steps.next().done !== true) count++;
    expect(count).toBeGreaterThan(20);
  });

  test('QU-8: of numbers and texts no step goes through all of them, be it to read, to make keys or to sort by a digit', () => {
    const stepsOf = (count: number, valueOf: (i: number) => Value): number => {
      const rows = Array.from({ length: count }, (_, i) => ({ key: 'k', value: { a: valueOf(i) } }));
      const steps = compileSort({ sort: [[['a'], 'desc']] })(rows);
      let taken = 0;
      while (steps.next().done !== true) taken++;
      return taken;
    };
    for (const valueOf of [(i: number) => (i * 7_919) % 100_003, (i: number) => `t${(i * 7_919) % 100_003}`]) {
      const [few, many] = [stepsOf(32_768, valueOf), stepsOf(98_304, valueOf)];
      // Reading and placing take four and eight more steps of 8,192 each; the rest, of 32,768 keys a step, at least two more each.
      expect(many - few).toBeGreaterThanOrEqual(8 + 8 + 8 + 2 * 6);
    }
  });
});
