import { describe, expect, test } from 'vitest';
import { sameValue, type Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { groupsOf } from '../evaluate/groups.js';
import type { Aggregate, AggregateFunction } from '../query.js';
import { compileAggregate, type RunningAggregate } from './aggregate.js';
import { compileProjection } from './project.js';
import { relatedValue, withFields } from './related-value.js';

const FUNCTIONS: readonly AggregateFunction[] = ['count', 'sum', 'avg', 'min', 'max'];
/** One of each kind, and two of those that are counted together. */
const VALUES: readonly (Value | undefined)[] = [undefined, null, 1, 1, -2.5, 1e300, 'a', true, [1], [1], { x: 1 }];
const ROWS: readonly Entry[] = VALUES.map((v, i) => ({ key: `k${i}`, value: v === undefined ? {} : { v } }));

const startOf = (aggregate: Aggregate): RunningAggregate => compileAggregate(aggregate)();
/** The same of the present rows, from scratch; a group is there only while it has rows, so of none it is what an empty one says. */
const wanted = (aggregate: Aggregate, rows: readonly Entry[]): Value => {
  const none: readonly Entry[] = [{ key: 'none', value: {} }];
  const [group] = groupsOf({ by: [], aggregates: [aggregate] }, rows.length === 0 ? none : rows);
  return ((group as Entry).value as { readonly [name: string]: Value })['x'] as Value;
};

describe('QU-20: an aggregate that is kept', () => {
  test.each(FUNCTIONS)('%s says after every row that comes or goes what is said of the rows from scratch', (fn) => {
    const aggregate: Aggregate = ['x', fn, ['v']];
    // Every three rows come, and go in every order.
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ] as const;
    const faults: (readonly Entry[])[] = [];
    for (const a of ROWS) {
      for (const b of ROWS) {
        for (const c of [ROWS[2]!, ROWS[6]!]) {
          for (const order of orders) {
            const running = startOf(aggregate);
            const present: Entry[] = [];
            const isRight = (of: RunningAggregate): boolean => sameValue(of.result(), wanted(aggregate, present));
            const three = [a, b, c];
            for (const row of three) {
              running.add(row);
              present.push(row);
              if (!isRight(running)) faults.push(present.slice());
            }
            for (const at of order) {
              running.remove(three[at]!);
              present.splice(present.indexOf(three[at]!), 1);
              if (!isRight(running)) faults.push(present.slice());
            }
          }
        }
      }
    }
    expect(faults).toEqual([]);
  });

  test('a count without a path counts every row, whatever is in it', () => {
    const running = startOf(['x', 'count', null]);
    for (const row of ROWS) running.add(row);
    running.add({ key: 'scalar', value: 7 });
    expect(running.result()).toBe(ROWS.length + 1);
    for (const row of ROWS) running.remove(row);
    expect(running.result()).toBe(1);
  });

  test('each group has one of its own', () => {
    for (const fn of FUNCTIONS) {
      const create = compileAggregate(['x', fn, ['v']]);
      const [one, other] = [create(), create()];
      one.add({ key: 'a', value: { v: 5 } });
      expect([fn, other.result()]).toEqual([fn, fn === 'count' || fn === 'sum' ? 0 : null]);
    }
  });

  test('the key may be what is counted, or the least of', () => {
    for (const [fn, result] of [
      ['count', 2],
      ['min', 'a'],
      ['max', 'b'],
      ['sum', 0],
      ['avg', null],
    ] as const) {
      const running = startOf(['x', fn, ['_key']]);
      for (const key of ['b', 'a']) running.add({ key, value: { _key: 7 } });
      expect([fn, running.result()]).toEqual([fn, result]);
    }
  });

  test('what leaves leaves nothing behind: a huge number that came and went is as if it never was', () => {
    for (const fn of ['sum', 'avg'] as const) {
      const running = startOf(['x', fn, ['v']]);
      const rows = [0.1, 1e300, -1e-300, 0.2].map((v, i): Entry => ({ key: `k${i}`, value: { v } }));
      for (const row of rows) running.add(row);
      running.remove(rows[1]!);
      running.remove(rows[2]!);
      expect(running.result()).toBe(fn === 'sum' ? 0.30000000000000004 : 0.15000000000000002);
    }
  });
});

describe('QU-22: what is shown of a record', () => {
  const project = (paths: readonly (readonly string[])[], value: Value): Value =>
    compileProjection(paths)({ key: 'k', value });
  test.each<[readonly (readonly string[])[], Value, Value]>([
    [[], { a: 1 }, {}],
    [[['a']], { a: 1, b: 2 }, { a: 1 }],
    [[['b'], ['a']], { a: 1, b: 2 }, { a: 1, b: 2 }],
    [[['a', 'b']], { a: { b: 1, c: 2 } }, { a: { b: 1 } }],
    [
      [
        ['a', 'b'],
        ['a', 'c'],
      ],
      { a: { b: 1, c: 2, d: 3 } },
      { a: { b: 1, c: 2 } },
    ],
    [[['a', 'b']], { a: 1 }, {}],
    [[['a']], { a: null }, { a: null }],
    [[['_key']], { a: 1 }, {}],
    [[['_key'], ['a']], { a: 1, _key: 'x' }, { a: 1 }],
    [[['_key', 'a']], { _key: { a: 1 } }, { _key: { a: 1 } }],
    [[['a']], 7, {}],
    [[['0']], ['x'], {}],
  ])('%j of %j is %j', (paths, value, shown) => {
    expect(project(paths, value)).toEqual(shown);
  });
});

describe('QU-25: a row as it stands in another one', () => {
  test.each<[Value, object]>([
    [{ a: 1 }, { a: 1, _key: 'k' }],
    [{}, { _key: 'k' }],
    [{ _key: 'other' }, { _key: 'k' }],
    [7, { value: 7, _key: 'k' }],
    [null, { value: null, _key: 'k' }],
    [[1], { value: [1], _key: 'k' }],
    [new Uint8Array([1]), { value: new Uint8Array([1]), _key: 'k' }],
  ])('%j is %j', (value, shown) => {
    expect(relatedValue({ key: 'k', value })).toEqual(shown);
  });

  test('more fields make a new object, and take the place of fields of their name', () => {
    const record = { a: 1, b: 2 };
    const joined = withFields(record, [
      ['b', 3],
      ['__proto__', 4],
    ]);
    expect(record).toEqual({ a: 1, b: 2 });
    expect(Object.entries(joined)).toEqual([
      ['a', 1],
      ['b', 3],
      ['__proto__', 4],
    ]);
    expect(withFields(record, [])).not.toBe(record);
  });
});
