import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlainObject } from '../../primitives/index.js';
import { compileComparator, compileLead } from '../compile-comparator.js';
import { compareStrings } from '../compare-values.js';
import type { Entry } from '../entry.js';
import { findCounterexample } from '../query.arbitrary.js';
import type { SortKey } from '../query.js';
import { firstInOrder, type FirstInOrderOptions } from './first-in-order.js';

const SORTS: readonly (readonly SortKey[])[] = [
  [[['n'], 'asc']],
  [
    [['n'], 'desc'],
    [['m'], 'desc'],
  ],
  [],
];

const rows: fc.Arbitrary<Entry[]> = fc
  .array(fc.record({ n: fc.nat(6), m: fc.nat(3) }, { requiredKeys: ['m'] }), { maxLength: 30 })
  .map((values) => values.map((value, i) => ({ key: `k${String(i).padStart(2, '0')}`, value })));

/** Counts what is read. */
function* counted(entries: readonly Entry[], count: () => void): Iterable<Entry> {
  for (const entry of entries) {
    count();
    yield entry;
  }
}

describe('CL-25: the first entries of those in order', () => {
  function searchFault(first: typeof firstInOrder, numRuns: number): string | null {
    const property = fc.property(
      rows,
      fc.constantFrom(...SORTS),
      fc.integer({ min: 1, max: 8 }),
      fc.nat(40).map((looks) => looks / 2),
      fc.boolean(),
      (entries, sort, count, maxLooks, isChoosy) => {
        const order = compileLead({ sort });
        const matches = (_key: string, value: unknown): boolean => !isChoosy || (value as PlainObject)['m'] !== 0;
        // As an index has them: by the first level, and then by key, whatever the other levels are.
        const inOrder = entries.toSorted(
          (a, b) =>
            order.compareLeads(order.read(a.key, a.value), order.read(b.key, b.value)) || compareStrings(b.key, a.key),
        );
        let looks = 0;
        const found = first({ entries: counted(inOrder, () => looks++), maxLooks }, { count, order, matches });
        const all = entries.filter(({ key, value }) => matches(key, value)).toSorted(compileComparator({ sort }));
        const last = all[count - 1];
        const isNeeded = (entry: Entry): boolean =>
          last === undefined || order.compareLeads(order.read(entry.key, entry.value), order.read(last.key, last.value)) <= 0; // prettier-ignore
        const needed = inOrder.filter(isNeeded).length;
        if (looks > Math.min(needed, Math.ceil(maxLooks)) + 1) throw new Error('it reads on');
        if (found === null) {
          if (needed <= maxLooks) throw new Error('it gave up');
          return;
        }
        if (found.entries.map((entry) => entry.key).join() !== all.slice(0, count).map((entry) => entry.key).join()) throw new Error('another one is there'); // prettier-ignore
        if (all.length > count && !found.isCut) throw new Error('it knows of no others');
        if (found.isCut && needed === inOrder.length && all.length <= count) throw new Error('it makes up others');
      },
    );
    return findCounterexample(property, numRuns, 1);
  }

  test('are those that sorting all would give, and no more is read than it takes', () => {
    expect(searchFault(firstInOrder, 2_000)).toBeNull();
  });

  const spoiled =
    (spoil: (options: FirstInOrderOptions) => FirstInOrderOptions): typeof firstInOrder =>
    (records, options) =>
      firstInOrder(records, spoil(options));

  test.each<readonly [string, RegExp, typeof firstInOrder]>([
    ['ties are not broken', /another one/, spoiled(({ order, ...rest }) => ({ ...rest, order: { ...order, breakTie: () => 0 } }))], // prettier-ignore
    ['conditions are set aside', /another one/, spoiled((options) => ({ ...options, matches: () => true }))],
    ['it stops at the first', /another one/, spoiled((options) => ({ ...options, count: 1 }))],
    ['it goes on to the end', /reads on/, (records, options) => firstInOrder({ ...records, entries: [...records.entries] }, options)], // prettier-ignore
    ['it never gives up', /reads on/, (records, options) => firstInOrder({ ...records, maxLooks: Infinity }, options)],
    ['it gives up too soon', /gave up/, (records, options) => firstInOrder({ ...records, maxLooks: records.maxLooks / 2 }, options)], // prettier-ignore
  ])('that %s is found out', (_what, message, first) => {
    expect(searchFault(first, 2_000)).toMatch(message);
  });
});
