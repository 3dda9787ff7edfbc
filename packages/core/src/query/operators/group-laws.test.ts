import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareValues } from '../compare-values.js';
import type { Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { entries } from '../query.arbitrary.js';
import type { GroupBy, Path } from '../query.js';
import { createGroup, type Group } from './group.js';

/*
 * What holds of groups whatever the rows, said without computing one: finer groups add up to coarser ones, rows that are apart are grouped apart, and
 * names and turns of rows are nothing to them.
 */

const aggregates: GroupBy['aggregates'] = [
  ['count', 'count', null],
  ['max', 'max', ['n']],
  ['min', 'min', ['n']],
  ['some', 'count', ['n']],
  ['sum', 'sum', ['n']],
];
interface Said {
  readonly count: number;
  readonly some: number;
  readonly sum: number | null;
  readonly min: Value;
  readonly max: Value;
}
const groupsBy = (by: readonly Path[], rows: readonly Entry[]): ReadonlyMap<string, Said> =>
  new Map(
    createGroup({ by, aggregates })
      .load(rows)
      .map(({ key, value }) => [key, value as unknown as Said]),
  );
/** What one key of groups begins with, of a key of finer ones: both are lists of lists. */
const coarser = (key: string): string => JSON.stringify((JSON.parse(key) as unknown[]).slice(0, -1));

/** Sums of these are exact in any turn. */
const rows = fc.uniqueArray(
  fc.record({
    key: fc.integer({ min: 0, max: 60 }).map((n) => `k${n}`),
    value: fc.record(
      {
        a: fc.constantFrom<Value>(1, 2, 'x', null),
        b: fc.constantFrom<Value>(true, false, [1]),
        n: fc.constantFrom<Value>(0, 1, 5, -3, 'text', null),
      },
      { requiredKeys: [] },
    ),
  }),
  { selector: ({ key }) => key, maxLength: 30 },
) as fc.Arbitrary<Entry[]>;

/** `null` is no value, and so neither the least nor the greatest. */
const extreme = (sign: 1 | -1, a: Value, b: Value): Value =>
  a === null || b === null ? (a ?? b) : compareValues(a, b) * sign > 0 ? a : b;

describe('QU-13: groups', () => {
  test('by one path more add up to those without it', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const coarse = groupsBy([['a']], all);
        const added = new Map<string, Said>();
        for (const [key, one] of groupsBy([['a'], ['b']], all)) {
          const name = coarser(key);
          const sum = added.get(name);
          added.set(
            name,
            sum === undefined
              ? one
              : {
                  count: sum.count + one.count,
                  some: sum.some + one.some,
                  sum: (sum.sum as number) + (one.sum as number),
                  min: extreme(-1, sum.min, one.min),
                  max: extreme(1, sum.max, one.max),
                },
          );
        }
        expect([...added.keys()].toSorted()).toEqual([...coarse.keys()].toSorted());
        for (const [key, { count, some, sum, min, max }] of coarse)
          expect(added.get(key)).toMatchObject({ count, some, sum, min, max });
      }),
      { numRuns: 150 },
    );
  });

  test('have every row once, and as many are there as there are keys', () => {
    fc.assert(
      fc.property(entries, (all) => {
        for (const by of [[], [['a']], [['a'], ['b', 'n']]]) {
          const group = createGroup({ by, aggregates });
          const shown = group.load(all);
          expect(shown.reduce((sum, { value }) => sum + (value as unknown as Said).count, 0)).toBe(all.length);
          expect([group.size, new Set(shown.map(({ key }) => key)).size]).toEqual([shown.length, shown.length]);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('by the key are the rows, each by itself', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const shown = createGroup({ by: [['_key']], aggregates: [] }).load(all);
        expect(shown.map(({ key, value }) => [key, value])).toEqual(
          all.map(({ key }) => [JSON.stringify([[key]]), { _key: key }]),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('say the same of rows under other keys and in another turn', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const others = all.toReversed().map(({ key, value }): Entry => ({ key: `other ${key}`, value }));
        const [one, other] = [all, others].map((list) => [...groupsBy([['a'], ['b']], list)].toSorted(byKey));
        expect(other).toEqual(one);
      }),
      { numRuns: 80 },
    );
  });

  test('of some rows are those of all, once the others have gone', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 2, max: 4 }), (all, part) => {
        const group = createGroup({ by: [['a']], aggregates });
        group.load(all);
        const stay = all.filter((_, i) => i % part === 0);
        for (const before of all) if (!stay.includes(before)) group.take({ before, after: undefined });
        group.flush(() => undefined);
        expect(shownBy(group, all)).toEqual(shownBy(loaded(stay), all));
      }),
      { numRuns: 100 },
    );
  });

  test('of rows that came in parts are those of all at once, however they were parted', () => {
    fc.assert(
      fc.property(rows, fc.array(fc.nat(30), { maxLength: 3 }), (all, cuts) => {
        const group = createGroup({ by: [['a']], aggregates });
        const [first = 0, ...others] = [...cuts, all.length].map((cut) => Math.min(cut, all.length)).toSorted(bySize);
        group.load(all.slice(0, first));
        let from = first;
        for (const to of others) {
          for (const after of all.slice(from, to)) group.take({ before: undefined, after });
          group.flush(() => undefined);
          from = to;
        }
        expect(shownBy(group, all)).toEqual(shownBy(loaded(all), all));
      }),
      { numRuns: 100 },
    );
  });
});

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
const bySize = (a: number, b: number): number => a - b;

function loaded(all: readonly Entry[]): Group {
  const group = createGroup({ by: [['a']], aggregates });
  group.load(all);
  return group;
}
/** What a group says under every key that any of the rows has. */
function shownBy(group: Group, all: readonly Entry[]): unknown {
  const keys = [...groupsBy([['a']], all).keys()].toSorted();
  return [group.size, keys.map((key) => [key, group.get(key)?.value])];
}
