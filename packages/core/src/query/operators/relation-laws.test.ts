import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { takeAll } from '../all-steps.js';
import type { Change, Entry } from '../entry.js';
import { ALWAYS, type Predicate, type Relation, type SortKey } from '../query.js';
import { Join } from './join.js';
import type { RowChange } from './operator.js';

/*
 * QU-16: relations that have something to do with each other, side by side in one row: one related row is the first of the list, a limit cuts it, a
 * condition thins it out, an order turned around turns it around. It holds when rows are loaded, and after every batch.
 */

const ON = [['v'], ['v']] as const;
const relation = (name: string, part: Partial<Relation['query']>, one = false): Relation => ({
  name,
  map: 'children',
  on: ON,
  one,
  query: { where: ALWAYS, sort: BY_N, limit: one ? 1 : null, ...part },
});
const BY_N: readonly SortKey[] = [[['n'], 'asc']];
const IS_ODD: Predicate = { type: 'in', path: ['n'], values: [1, 3] };

const RELATIONS: readonly Relation[] = [
  relation('all', {}),
  relation('even', { where: { type: 'not', of: IS_ODD } }),
  relation('fewer', { limit: 1 }),
  relation('keys', { sort: [] }),
  relation('never', { where: { type: 'or', of: [] } }),
  relation('odd', { where: IS_ODD }),
  relation('one', {}, true),
  relation('short', { fields: [['n']] }),
  relation('some', { limit: 3 }),
  relation('turned', {
    sort: [
      [['n'], 'desc'],
      [['_key'], 'desc'],
    ],
  }),
];

interface Row {
  readonly _key: string;
  readonly n?: number;
}
type Lists = Readonly<
  Record<'all' | 'even' | 'fewer' | 'keys' | 'never' | 'odd' | 'short' | 'some' | 'turned', Row[]>
> & {
  readonly one: Row | null;
};
const isOdd = ({ n }: Row): boolean => n === 1 || n === 3;
const keysOf = (rows: readonly Row[]): string[] => rows.map(({ _key }) => _key);

/** What in this row does not fit together, by name. */
function faults({ all, even, fewer, keys, never, odd, one, short, some, turned }: Lists): string[] {
  const checks: Readonly<Record<string, boolean>> = {
    one: one === (all[0] ?? null) || JSON.stringify(one) === JSON.stringify(all[0] ?? null),
    fewer: keysOf(fewer).join() === keysOf(all.slice(0, 1)).join(),
    some: keysOf(some).join() === keysOf(all.slice(0, 3)).join(),
    odd: keysOf(odd).join() === keysOf(all.filter(isOdd)).join(),
    even: keysOf(even).join() === keysOf(all.filter((row) => !isOdd(row))).join(),
    never: never.length === 0,
    turned: keysOf(turned.toReversed()).join() === keysOf(all).join(),
    keys: keysOf(keys).join() === keysOf(all).toSorted().join(),
    short:
      JSON.stringify(short) === JSON.stringify(all.map(({ n, _key }) => ({ ...(n === undefined ? {} : { n }), _key }))),
    order: all.every((row, i) => i === 0 || (all[i - 1]?.n ?? -1) <= (row.n ?? -1)),
  };
  return Object.keys(checks).filter((name) => checks[name] !== true);
}

const value: fc.Arbitrary<Value> = fc.record(
  { v: fc.constantFrom<Value>(1, 2, null), n: fc.integer({ min: 0, max: 3 }), t: fc.constantFrom('x', 'y') },
  { requiredKeys: ['t'] },
) as fc.Arbitrary<Value>;
const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
const records = fc.uniqueArray(fc.record({ key, value }), { selector: (entry) => entry.key, maxLength: 7 });
const writes = fc.uniqueArray(fc.tuple(key, fc.option(value, { nil: undefined })), {
  selector: ([name]) => name,
  maxLength: 3,
});

type Records = Map<string, Entry>;
function put(
  map: Records,
  batch: readonly (readonly [string, Value | undefined])[],
): { rows: RowChange[]; changes: Change[] } {
  const rows: RowChange[] = [];
  const changes: Change[] = [];
  for (const [name, after] of batch) {
    const before = map.get(name);
    const entry = after === undefined ? undefined : { key: name, value: after };
    if (entry === undefined) map.delete(name);
    else map.set(name, entry);
    if (before !== undefined || entry !== undefined) rows.push({ before, after: entry });
    changes.push({ key: name, before: before?.value, after });
  }
  return { rows, changes };
}

/** By what a row relates; `null` where it relates to nothing. */
const valueAt = (row: Entry | undefined): Value => (row?.value as { readonly v?: Value } | undefined)?.v ?? null;

describe('QU-16: relations of one map, side by side', () => {
  test('fit together, loaded and after every batch', () => {
    fc.assert(
      fc.property(records, records, fc.array(fc.tuple(writes, writes), { maxLength: 4 }), (first, second, batches) => {
        const [parents, children]: [Records, Records] = [new Map(), new Map()];
        put(
          parents,
          first.map((entry) => [entry.key, entry.value]),
        );
        put(
          children,
          second.map((entry) => [entry.key, entry.value]),
        );
        const join = new Join({ include: RELATIONS }, { load: () => children.values() });
        takeAll(join.add([...parents.values()]));
        const check = (): void => {
          for (const name of parents.keys()) {
            const row = join.get(name)?.value as unknown as Lists;
            expect([name, faults(row)]).toEqual([name, []]);
            // The list itself is short enough to be looked for.
            const v = valueAt(parents.get(name));
            const wanted = [...children.values()].filter((child) => v !== null && valueAt(child) === v);
            expect(keysOf(row.keys)).toEqual(wanted.map((child) => child.key).toSorted());
          }
        };
        check();
        for (const [one, other] of batches) {
          const { rows } = put(parents, one);
          const { changes } = put(children, other);
          join.take(rows, new Map([['children', changes]]));
          check();
        }
      }),
      { numRuns: 40 },
    );
  });

  test('parents of one value show the very same lists, whichever came first', () => {
    fc.assert(
      fc.property(records, records, writes, (first, second, batch) => {
        const [parents, children]: [Records, Records] = [new Map(), new Map()];
        put(
          parents,
          first.map((entry) => [entry.key, entry.value]),
        );
        put(
          children,
          second.map((entry) => [entry.key, entry.value]),
        );
        const join = new Join({ include: RELATIONS }, { load: () => children.values() });
        takeAll(join.add([...parents.values()]));
        const { changes } = put(children, batch);
        join.take([], new Map([['children', changes]]));
        const byValue = new Map<unknown, unknown>();
        for (const { key: name, value: own } of parents.values()) {
          const v = valueAt({ key: name, value: own });
          const { all } = (join.get(name) as Entry).value as unknown as Lists;
          const held = byValue.get(v) ?? all;
          expect(all).toBe(held);
          byValue.set(v, held);
        }
      }),
      { numRuns: 30 },
    );
  });
});
