import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { LeadOrder } from '../compile-comparator.js';
import { compareStrings } from '../compare-values.js';
import { createFirstEntries } from './first-entries.js';

/**
 * An order that is made up while it is asked for: it makes every pivot as bad as one can be, and contradicts nothing that it has said (M. D. McIlroy, "A
 * Killer Adversary for Quicksort", 1999). What is settled stays so, and at the end all of it is an order of numbers.
 */
function adversary(count: number) {
  const settled = Array<number>(count).fill(Number.POSITIVE_INFINITY);
  let next = 0;
  let candidate = 0;
  let comparisons = 0;
  const isOpen = (i: number): boolean => settled[i] === Number.POSITIVE_INFINITY;
  const compare = (a: number, b: number): number => {
    comparisons += 1;
    if (isOpen(a) && isOpen(b)) settled[a === candidate ? a : b] = next++;
    if (isOpen(a)) candidate = a;
    else if (isOpen(b)) candidate = b;
    const [x, y] = [settled[a] as number, settled[b] as number];
    return x === y ? 0 : x - y;
  };
  return { compare, settled, comparisons: () => comparisons };
}

describe('CL-25: the first rows in an order that is out to make finding them slow', () => {
  test.each([16, 512, 2_048])(
    'of %i that are wanted: those that the order came to have first, in far fewer comparisons than squares',
    (count) => {
      const rows = 3 * Math.max(count, 512);
      const { compare, settled, comparisons } = adversary(rows);
      const order: LeadOrder = {
        path: ['n'],
        direction: 'asc',
        read: (_key: string, value: Value) => value,
        compareLeads: (a, b) => compare(a as number, b as number),
        breakTie: (a, b) => compareStrings(a.key, b.key),
      };
      const first = createFirstEntries({ count, order, matches: () => true });
      for (let i = 0; i < rows; i += 1) first.offer(`k${String(i).padStart(6, '0')}`, i);
      const found = first.take().map(({ value }) => value as number);
      // What was never settled is equal, and the key decides.
      const wanted = Array.from({ length: rows }, (_, i) => i).sort((a, b) => {
        const [x, y] = [settled[a] as number, settled[b] as number];
        return x === y ? a - b : x - y;
      });
      expect(found).toEqual(wanted.slice(0, count));
      expect(first.isCut()).toBe(true);
      expect(comparisons()).toBeLessThan(rows * (64 + 4 * Math.log2(rows)));
    },
  );
});
