import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, type Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { entries, objectOf, value } from '../query.arbitrary.js';
import type { Aggregate, Path } from '../query.js';
import { groupsOf, shapeOf } from './groups.js';
import { inOrder } from './values.js';

const rowsOf = (...values: readonly Value[]): Entry[] => values.map((value, i) => ({ key: `k${i}`, value }));
const COUNT: Aggregate = ['n', 'count', null];

describe('QU-13: which rows are one group', () => {
  test.each<[string, readonly Path[], readonly Value[], readonly (readonly [string, Value])[]]>([
    ['no rows', [['a']], [], []],
    ['no path: all rows', [], [{ a: 1 }, 7], [['[]', { n: 2 }]]],
    ['no path, and no rows', [], [], []],
    [
      'equal numbers',
      [['a']],
      [{ a: 1 }, { a: 2 }, { a: 1 }],
      [
        ['[[1]]', { a: 1, n: 2 }],
        ['[[2]]', { a: 2, n: 1 }],
      ],
    ],
    [
      'a number and its text',
      [['a']],
      [{ a: 1 }, { a: '1' }],
      [
        ['[[1]]', { a: 1, n: 1 }],
        ['[["1"]]', { a: '1', n: 1 }],
      ],
    ],
    [
      'nothing and null',
      [['a']],
      [{}, { a: null }, {}],
      [
        ['[[]]', { n: 2 }],
        ['[[null]]', { a: null, n: 1 }],
      ],
    ],
    [
      'null and an empty list',
      [['a']],
      [{ a: null }, { a: [] }],
      [
        ['[[null]]', { a: null, n: 1 }],
        ['[[[]]]', { a: [], n: 1 }],
      ],
    ],
    [
      'objects by content, in whatever order of fields',
      [['a']],
      [{ a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }],
      [['[[{"x":1,"y":2}]]', { a: { x: 1, y: 2 }, n: 2 }]],
    ],
    ['0 and −0', [['a']], [{ a: 0 }, { a: -0 }], [['[[0]]', { a: 0, n: 2 }]]],
    [
      'two paths, one of them inside',
      [['a'], ['b', 'c']],
      [
        { a: 1, b: { c: 2 } },
        { a: 1, b: 3 },
        { a: 1, b: { c: 2, d: 4 } },
      ],
      [
        ['[[1],[2]]', { a: 1, b: { c: 2 }, n: 2 }],
        ['[[1],[]]', { a: 1, n: 1 }],
      ],
    ],
    ['records without fields', [['a']], [null, 7, 'a'], [['[[]]', { n: 3 }]]],
  ])('%s', (_what, by, values, groups) => {
    expect(groupsOf({ by, aggregates: [COUNT] }, rowsOf(...values))).toEqual(
      groups.map(([key, value]) => ({ key, value })),
    );
  });

  const path = fc.constantFrom<Path>(['a'], ['b'], ['n'], ['a', 'b'], ['__proto__']);
  const paths = fc.uniqueArray(path, { maxLength: 2, selector: (names) => names.join(' ') });

  test('each row is in one group, whatever the rows are grouped by, and no group is empty', () => {
    fc.assert(
      fc.property(paths, entries, (by, rows) => {
        const groups = groupsOf({ by, aggregates: [COUNT] }, rows);
        const counts = groups.map(({ value }) => (value as { readonly n: number }).n);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rows.length);
        expect(counts.every((count) => count > 0)).toBe(true);
        expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length);
      }),
    );
  });

  test('more paths make parts of the groups of fewer', () => {
    fc.assert(
      fc.property(paths, path, entries, (by, another, rows) => {
        const [few, many] = [by, [...by, another]].map((paths) => groupsOf({ by: paths, aggregates: [] }, rows));
        const begins = new Set(few!.map(({ key }) => key.slice(0, -1)));
        const outer = new Set(many!.map(({ key }) => [...begins].find((begin) => key.startsWith(begin))));
        expect(many!.length).toBeGreaterThanOrEqual(few!.length);
        expect([...outer].every((begin) => begin !== undefined)).toBe(true);
      }),
    );
  });

  test('the order of the rows says in which order groups come, and nothing else', () => {
    fc.assert(
      fc.property(paths, entries, (by, rows) => {
        const sorted = (list: readonly Entry[]): string[] =>
          groupsOf({ by, aggregates: [COUNT, ['least', 'min', ['n']], ['all', 'sum', ['n']]] }, list)
            .map(({ key, value }) => key + canonicalJson(value))
            .toSorted();
        expect(sorted(rows.toReversed())).toEqual(sorted(rows));
      }),
    );
  });
});

describe('QU-14: what is shown of a group', () => {
  const shown = (aggregate: Aggregate, ...values: readonly (Value | undefined)[]): Value | undefined => {
    const rows = values.map((v, i): Entry => ({ key: `k${i}`, value: v === undefined ? {} : { v } }));
    const [group] = groupsOf({ by: [], aggregates: [aggregate] }, rows);
    return (group?.value as { readonly [name: string]: Value } | undefined)?.['x'];
  };
  const big = Number.MAX_VALUE;

  test.each<[readonly (Value | undefined)[], Readonly<Record<'count' | 'sum' | 'avg' | 'min' | 'max', Value>>]>([
    [[undefined], { count: 0, sum: 0, avg: null, min: null, max: null }],
    [[null, null], { count: 0, sum: 0, avg: null, min: null, max: null }],
    [[3], { count: 1, sum: 3, avg: 3, min: 3, max: 3 }],
    [[1, 2, 6], { count: 3, sum: 9, avg: 3, min: 1, max: 6 }],
    [[1, null, 2, undefined], { count: 2, sum: 3, avg: 1.5, min: 1, max: 2 }],
    [[-1, 1], { count: 2, sum: 0, avg: 0, min: -1, max: 1 }],
    [[0.1, 0.2, 0.3], { count: 3, sum: 0.6, avg: 0.2, min: 0.1, max: 0.3 }],
    [['b', 'a'], { count: 2, sum: 0, avg: null, min: 'a', max: 'b' }],
    [['10', 9], { count: 2, sum: 9, avg: 9, min: 9, max: '10' }],
    [[true, false], { count: 2, sum: 0, avg: null, min: false, max: true }],
    [[[2], [1, 1]], { count: 2, sum: 0, avg: null, min: [1, 1], max: [2] }],
    [[{}, [], 'z', 5, true], { count: 5, sum: 5, avg: 5, min: true, max: {} }],
    [[big, big], { count: 2, sum: null, avg: big, min: big, max: big }],
    [[big, big, -big], { count: 3, sum: big, avg: big / 3, min: -big, max: big }],
    [[1e308, 1, -1e308], { count: 3, sum: 1, avg: 1 / 3, min: -1e308, max: 1e308 }],
  ])('of %j', (values, wanted) => {
    for (const [fn, result] of Object.entries(wanted)) {
      expect([fn, shown(['x', fn as 'count', ['v']], ...values)]).toEqual([fn, result]);
    }
    expect(shown(['x', 'count', null], ...values)).toBe(values.length);
  });

  test('the least and the greatest are of the values, and no value is beyond them', () => {
    const some = fc.array(value, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(some, (values) => {
        const held = values.filter((one) => one !== null);
        const [least, greatest] = (['min', 'max'] as const).map((fn) => shown(['x', fn, ['v']], ...values));
        if (held.length === 0) {
          expect([least, greatest]).toEqual([null, null]);
          return;
        }
        expect(held.some((one) => inOrder(one, least) === 0)).toBe(true);
        expect(held.some((one) => inOrder(one, greatest) === 0)).toBe(true);
        expect(held.every((one) => inOrder(least, one) <= 0 && inOrder(one, greatest) <= 0)).toBe(true);
      }),
    );
  });

  test('an aggregate under any name is shown beside what the group is made by', () => {
    const rows = rowsOf({ a: { b: 1 } }, { a: { b: 1 } });
    const [group] = groupsOf(
      {
        by: [['a', 'b']],
        aggregates: [
          ['__proto__', 'count', null],
          ['constructor', 'max', ['a', 'b']],
        ],
      },
      rows,
    );
    expect(group?.value).toEqual(
      objectOf([
        ['a', { b: 1 }],
        ['__proto__', 2],
        ['constructor', 1],
      ]),
    );
    expect(Object.keys(group?.value as object)).toEqual(['a', '__proto__', 'constructor']);
  });
});

describe('QU-15: the values at some paths', () => {
  const record: Value = { a: { b: 1, c: { d: null } }, 'a.b': 2, list: [{ x: 1 }] };
  test.each<[readonly Path[], unknown]>([
    [[], {}],
    [[['a', 'b']], { a: { b: 1 } }],
    [[['a.b']], { 'a.b': 2 }],
    [[['a', 'c', 'd']], { a: { c: { d: null } } }],
    [
      [
        ['a', 'b'],
        ['a', 'c', 'd'],
      ],
      { a: { b: 1, c: { d: null } } },
    ],
    [
      [
        ['a', 'c', 'd'],
        ['a', 'b'],
      ],
      { a: { b: 1, c: { d: null } } },
    ],
    [[['a']], { a: { b: 1, c: { d: null } } }],
    [[['a', 'no']], {}],
    [[['a', 'b', 'c']], {}],
    [[['list']], { list: [{ x: 1 }] }],
    [[['list', 'x']], {}],
    [[['no'], ['a', 'b']], { a: { b: 1 } }],
  ])('%j are %j', (paths, shape) => {
    expect(shapeOf(paths, { key: 'k', value: record })).toEqual(shape);
  });

  test('of names that a prototype has are fields like any other, and the record stays as it is', () => {
    const inner = objectOf([['__proto__', 1]]);
    const value = objectOf([['__proto__', inner]]) as Value;
    const shape = shapeOf([['__proto__', '__proto__']], { key: 'k', value });
    expect(shape).toEqual(value);
    expect(Object.getPrototypeOf(shape)).toBe(Object.prototype);
    expect(({} as { readonly __proto__?: unknown }).__proto__).toBe(Object.prototype);
    const whole: Value = { a: { b: 1, c: 2 } };
    shapeOf(
      [
        ['a', 'b'],
        ['a', 'c'],
      ],
      { key: 'k', value: whole },
    );
    expect(whole).toEqual({ a: { b: 1, c: 2 } });
  });
});
