import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import type { Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { ALWAYS, type GroupBy } from '../query.js';
import { createGroup } from './group.js';

/*
 * QU-14 as a table: what is at the path in each row, and what is said of it, written by hand from the rule. Each line is asked of a group that was loaded,
 * of one whose rows came one by one, of one from which others have gone, and of the evaluation from scratch.
 */

const GROUPS: GroupBy = {
  by: [],
  aggregates: [
    ['avg', 'avg', ['at', 'n']],
    ['every', 'count', null],
    ['max', 'max', ['at', 'n']],
    ['min', 'min', ['at', 'n']],
    ['some', 'count', ['at', 'n']],
    ['sum', 'sum', ['at', 'n']],
  ],
};

type Said = Readonly<Record<'every' | 'some' | 'sum' | 'avg' | 'min' | 'max', Value>>;
const said = (every: number, some: number, sum: Value, avg: Value, min: Value, max: Value): Said => ({
  every,
  some,
  sum,
  avg,
  min,
  max,
});

const { MAX_VALUE: MAX, MIN_VALUE: LEAST } = Number;
const BYTES = new Uint8Array([9]);
const EXACT = 2 ** 53;
const NOTHING = undefined;

const TABLE: readonly (readonly [what: string, values: readonly (Value | undefined)[], Said])[] = [
  // Of none the sum is 0, and all else is null.
  ['a row without a value', [NOTHING], said(1, 0, 0, null, null, null)],
  ['a row with null', [null], said(1, 0, 0, null, null, null)],
  ['rows without values', [NOTHING, null, NOTHING], said(3, 0, 0, null, null, null)],
  // Numbers.
  ['one number', [7], said(1, 1, 7, 7, 7, 7)],
  ['zero is a number', [0], said(1, 1, 0, 0, 0, 0)],
  ['two that come to nothing', [5, -5], said(2, 2, 0, 0, -5, 5)],
  ['numbers beside rows without one', [1, null, 2, NOTHING], said(4, 2, 3, 1.5, 1, 2)],
  ['equal ones count each time', [2, 2, 2], said(3, 3, 6, 2, 2, 2)],
  ['a third', [1, 0, 0], said(3, 3, 1, 1 / 3, 0, 1)],
  // Other values: counted, in the order of values, and no part of a sum.
  ['a text', ['x'], said(1, 1, 0, null, 'x', 'x')],
  ['a text of digits is no number', ['5', 1], said(2, 2, 1, 1, 1, '5')],
  ['false is a value', [false], said(1, 1, 0, null, false, false)],
  ['booleans stand before numbers', [true, 0, false], said(3, 3, 0, 0, false, 0)],
  ['texts by code unit', ['b', 'B', 'é'], said(3, 3, 0, null, 'B', 'é')],
  ['texts stand before bytes', [BYTES, 'z'], said(2, 2, 0, null, 'z', BYTES)],
  ['bytes stand before lists', [[], BYTES], said(2, 2, 0, null, BYTES, [])],
  ['lists stand before objects', [{}, [1, 2], [1]], said(3, 3, 0, null, [1], {})],
  ['objects by their fields', [{ b: 1 }, { a: 2 }], said(2, 2, 0, null, { a: 2 }, { b: 1 })],
  ['one of each', [{}, [], BYTES, 'x', 3, true, null, NOTHING], said(8, 6, 3, 3, true, {})],
  // The exact sum, rounded once.
  ['what doubles lose', [1e16, 1, -1e16], said(3, 3, 1, 1 / 3, -1e16, 1e16)],
  ['a tie goes to the even neighbour, down', [EXACT, 1], said(2, 2, EXACT, EXACT / 2, 1, EXACT)],
  ['a tie goes to the even neighbour, up', [EXACT + 2, 1], said(2, 2, EXACT + 4, EXACT / 2 + 2, 1, EXACT + 2)],
  ['two halves of the last place are one', [EXACT, 1, 1], said(3, 3, EXACT + 2, (EXACT + 2) / 3, 1, EXACT)],
  ['ten tenths', Array(10).fill(0.1) as number[], said(10, 10, 1, 0.1, 0.1, 0.1)],
  ['the least number twice', [LEAST, LEAST], said(2, 2, 2 * LEAST, LEAST, LEAST, LEAST)],
  ['half of the least is a tie with zero', [LEAST, 0], said(2, 2, LEAST, 0, 0, LEAST)],
  ['one and a half of the least is a tie', [3 * LEAST, 0], said(2, 2, 3 * LEAST, 2 * LEAST, 0, 3 * LEAST)],
  ['below zero as above', [-3 * LEAST, 0], said(2, 2, -3 * LEAST, -2 * LEAST, -3 * LEAST, 0)],
  // A sum that is out of range is none; an average of it may be there.
  ['twice the greatest', [MAX, MAX], said(2, 2, null, MAX, MAX, MAX)],
  ['twice the least of all', [-MAX, -MAX], said(2, 2, null, -MAX, -MAX, -MAX)],
  ['out of range and back', [MAX, MAX, -MAX], said(3, 3, MAX, MAX / 3, -MAX, MAX)],
  ['too little to make a difference', [MAX, 1], said(2, 2, MAX, MAX / 2, 1, MAX)],
  ['the greatest and the least', [MAX, LEAST, -MAX], said(3, 3, LEAST, 0, -MAX, MAX)],
];

const rowsOf = (values: readonly (Value | undefined)[]): Entry[] =>
  values.map((n, i) => ({ key: `r${i}`, value: { at: n === undefined ? {} : { n } } }));
const STRANGERS = rowsOf([MAX, LEAST, -1e300, 'stranger', { zzz: 1 }, false, null]).map(({ key, value }): Entry => ({
  key: `s${key}`,
  value,
}));
const comes = (after: Entry) => ({ before: undefined, after });
const goes = (before: Entry) => ({ before, after: undefined });
const ignore = (): void => undefined;

const WAYS: readonly (readonly [string, (rows: readonly Entry[]) => Value | undefined])[] = [
  ['loaded', (rows) => createGroup(GROUPS).load(rows)[0]?.value],
  [
    'come one by one, the last first',
    (rows) => {
      const group = createGroup(GROUPS);
      group.load([]);
      for (const row of rows.toReversed()) group.push(comes(row), ignore);
      return group.get('[]')?.value;
    },
  ],
  [
    'left behind by others',
    (rows) => {
      const group = createGroup(GROUPS);
      group.load([...STRANGERS, ...rows]);
      for (const row of STRANGERS) group.push(goes(row), ignore);
      return group.get('[]')?.value;
    },
  ],
  [
    'put in the place of others in one batch',
    (rows) => {
      const group = createGroup(GROUPS);
      group.load(STRANGERS);
      for (const row of STRANGERS) group.take(goes(row));
      for (const row of rows) group.take(comes(row));
      group.flush(ignore);
      return group.get('[]')?.value;
    },
  ],
  [
    'changed to what they are',
    (rows) => {
      const group = createGroup(GROUPS);
      const former = rows.map(({ key }, i): Entry => ({ key, value: { at: { n: [7, 'x', null][i % 3] as Value } } }));
      group.load(former);
      for (const [i, after] of rows.entries()) group.push({ before: former[i], after }, ignore);
      return group.get('[]')?.value;
    },
  ],
  ['from scratch', (rows) => evaluate({ where: ALWAYS, sort: [], limit: null, groupBy: GROUPS }, rows)[0]?.value],
];

describe.each(WAYS)('QU-14: what is said of rows that are %s', (_way, of) => {
  test.each(TABLE)('%s', (_what, values, wanted) => {
    expect(of(rowsOf(values))).toStrictEqual(wanted);
  });
});

describe('QU-13: the group of no paths', () => {
  test('is there while it has rows, and has the key of no values', () => {
    const group = createGroup(GROUPS);
    expect([group.load([]), group.size, group.get('[]')]).toEqual([[], 0, undefined]);
    const [row] = rowsOf([1]) as [Entry];
    const told: unknown[] = [];
    group.push(comes(row), ({ before, after }) => told.push([before?.key, after?.key]));
    group.push(goes(row), ({ before, after }) => told.push([before?.key, after?.key]));
    expect(told).toEqual([
      [undefined, '[]'],
      ['[]', undefined],
    ]);
    expect(group.size).toBe(0);
  });
});
