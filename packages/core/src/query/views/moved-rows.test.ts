import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileComparator } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import { hasMoved, type SilentMove } from './moved-rows.js';

const compare = compileComparator({ sort: [[['n'], 'asc']] });
const row = (key: string, n: number): Entry => ({ key, value: { n } });

/** Rows with what they were sorted by before; of those with the same number nothing moved. */
const rows = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    from: fc.nat(9),
    to: fc.nat(9),
    moves: fc.boolean(),
  }),
  { selector: ({ key }) => key },
);

type Check = typeof hasMoved;

function search(check: Check, seed?: number): string | null {
  const property = fc.property(rows, (list) => {
    const now = list.map(({ key, from, to, moves }) => row(key, moves ? to : from)).sort(compare);
    const before = list.map(({ key, from }) => row(key, from)).sort(compare);
    const moves: SilentMove[] = list
      .filter((one) => one.moves)
      .map(({ key, from }) => ({ before: row(key, from), after: now.find((entry) => entry.key === key) as Entry }));
    const isElsewhere = now.some(({ key }, i) => before[i]?.key !== key);
    if (check(now, moves, compare) !== isElsewhere) throw new Error(isElsewhere ? 'a move is missed' : 'nothing moved');
  });
  const { failed, errorInstance } = fc.check(property, { numRuns: 2000, ...(seed !== undefined && { seed }) });
  return failed ? String(errorInstance) : null;
}

describe('QU-22: whether rows moved among each other', () => {
  test('is whether they come in another order than before', () => {
    expect(search(hasMoved)).toBeNull();
  });

  test.each<readonly [string, RegExp, Check]>([
    ['never', /a move is missed/, () => false],
    [
      'always when sorted by something else',
      /nothing moved/,
      (_rows, moves) => moves.some(({ before, after }) => compare(before, after) !== 0),
    ],
    ['of the first alone', /a move is missed/, (list, moves, order) => hasMoved(list, moves.slice(0, 1), order)],
  ])('said %s is found out', (_what, fault, check) => {
    expect(search(check, 1)).toMatch(fault);
  });

  test('sees two that change places with nothing between them', () => {
    const [a, b] = [row('a', 5), row('b', 1)];
    expect(hasMoved([b, a], [{ before: row('a', 1), after: a }, { before: row('b', 5), after: b }], compare)).toBe(true); // prettier-ignore
    expect(hasMoved([b, a], [{ before: row('a', 9), after: a }, { before: row('b', 5), after: b }], compare)).toBe(false); // prettier-ignore
  });
});
