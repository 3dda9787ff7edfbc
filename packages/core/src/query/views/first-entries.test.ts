import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlainObject, Value } from '../../primitives/index.js';
import { compileComparator, compileLead, type LeadOrder } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import type { RowTest } from '../predicate/compile-predicate.js';
import { findCounterexample } from '../query.arbitrary.js';
import type { SortKey } from '../query.js';
import { createFirstEntries, type FirstEntriesOptions } from './first-entries.js';

const SORTS: readonly (readonly SortKey[])[] = [
  [],
  [[['n'], 'asc']],
  [[['n'], 'desc']],
  [[['n'], 'desc'], [['m'], 'asc']],
  [[['m'], 'asc'], [['_key'], 'desc']],
]; // prettier-ignore

const isEven: RowTest = (_key, value) => ((value as PlainObject)['n'] as number) % 2 === 0;
const isAny: RowTest = () => true;

/** Many, of which many are equal in what they are sorted by, some without a value: more than are gathered before they are parted. */
const rows: fc.Arbitrary<Entry[]> = fc
  .tuple(fc.integer({ min: 0, max: 2_500 }), fc.integer({ min: 1, max: 400 }), fc.nat(2 ** 20))
  .map(([size, different, seed]) =>
    Array.from({ length: size }, (_, i) => {
      const n = ((i + seed) * 7919) % different;
      return { key: `k${(i * 389) % size}-${i}`, value: n % 7 === 0 ? { m: n } : { n, m: i % 3 } };
    }),
  );

function taken(entries: readonly Entry[], options: FirstEntriesOptions): { first: Entry[]; isCut: boolean } {
  const first = createFirstEntries(options);
  for (const { key, value } of entries) first.offer(key, value);
  return { first: first.take(), isCut: first.isCut() };
}

describe('CL-25: the first of many entries', () => {
  function searchFault(spoil: (options: FirstEntriesOptions) => FirstEntriesOptions, numRuns: number): string | null {
    const property = fc.property(
      rows,
      fc.constantFrom(...SORTS),
      fc.integer({ min: 1, max: 300 }),
      fc.constantFrom(isAny, isEven),
      (entries, sort, count, matches) => {
        const { first, isCut } = taken(entries, spoil({ count, order: compileLead({ sort }), matches }));
        const all = entries.filter(({ key, value }) => matches(key, value)).toSorted(compileComparator({ sort }));
        if (isCut !== all.length > count) throw new Error('it is wrong about others');
        for (const [i, entry] of all.slice(0, count).entries()) {
          if (first[i]?.key !== entry.key || first[i].value !== entry.value) throw new Error('another one is there');
        }
        if (first.length > count) throw new Error('there are too many');
      },
    );
    return findCounterexample(property, numRuns, 1);
  }

  test('are those that sorting all would give, in order, and it is known whether there are others', () => {
    expect(searchFault((options) => options, 400)).toBeNull();
  });

  test.each<readonly [string, (options: FirstEntriesOptions) => FirstEntriesOptions]>([
    ['ties are not broken', ({ order, ...rest }) => ({ ...rest, order: { ...order, breakTie: () => 0 } })],
    [
      'direction is set aside',
      ({ order, ...rest }) => ({ ...rest, order: { ...order, compareLeads: (a, b) => order.compareLeads(b, a) } }),
    ],
    ['conditions are set aside', (options) => ({ ...options, matches: isAny })],
    ['one too few is kept', ({ count, ...rest }) => ({ ...rest, count: Math.max(1, count - 1) })],
  ])('that %s is found out', (_what, spoil) => {
    expect(searchFault(spoil, 400)).toMatch(/another one|wrong about/);
  });

  describe('cost, counted', () => {
    const COUNT = 164;
    const SIZES = [1_000, 10_000, 100_000];

    function costOf(values: readonly Value[]): { reads: number; comparisons: number; tests: number } {
      const cost = { reads: 0, comparisons: 0, tests: 0 };
      const plain = compileLead({ sort: [[['n'], 'asc']] });
      const order: LeadOrder = {
        ...plain,
        read: (key, value) => (cost.reads++, plain.read(key, value)),
        compareLeads: (a, b) => (cost.comparisons++, plain.compareLeads(a, b)),
      };
      const first = createFirstEntries({ count: COUNT, order, matches: () => (cost.tests++, true) });
      for (const [i, n] of values.entries()) first.offer(`k${i}`, { n });
      first.take();
      return cost;
    }

    const scattered = (size: number): number[] => Array.from({ length: size }, (_, i) => (i * 7919) % size);

    test.each(SIZES)('one read and about one comparison for each of %i, and a test for few of them', (size) => {
      const { reads, comparisons, tests } = costOf(scattered(size));
      expect(reads).toBe(size);
      // Beside: those that are gathered, parted and sorted. Their number grows with the logarithm of the size.
      expect(tests).toBeLessThanOrEqual(1_000 * (1 + Math.log2(size / 1_000)));
      expect(comparisons).toBeLessThanOrEqual(size + 20 * tests);
    });

    test.each<readonly [string, (size: number) => number[]]>([
      ['in reverse order', (size) => Array.from({ length: size }, (_, i) => size - i)],
      ['in reverse order, more or less', (size) => scattered(100).flatMap((far) => Array.from({ length: size / 100 }, (_, i) => size - i * 100 - far))], // prettier-ignore
      ['to and fro', (size) => Array.from({ length: size }, (_, i) => (i % 2 === 0 ? size - i : i - size))],
      ['all alike', (size) => Array.from({ length: size }, () => 7)],
    ])('a few comparisons for each that comes %s', (_how, valuesOf) => {
      for (const size of SIZES) expect(costOf(valuesOf(size)).comparisons).toBeLessThanOrEqual(12 * size);
    });

    test('no order of theirs makes more of it than a logarithm does', () => {
      fc.assert(
        fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 12 }), fc.nat(1_000), (steps, from) => {
          const values: number[] = [from];
          while (values.length < 6_000) values.push((values.at(-1) as number) - (steps[values.length % steps.length] as number) + 4); // prettier-ignore
          expect(costOf(values).comparisons).toBeLessThanOrEqual(6_000 * 80);
        }),
        { numRuns: 50 },
      );
    });
  });
});
