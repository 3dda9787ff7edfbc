import { describe, expect, test } from 'vitest';
import { canonicalJson, type Value } from '../../primitives/index.js';
import { groupsOf } from '../evaluate/groups.js';
import { groupKey } from './group-key.js';
import { GroupTable } from './group-table.js';

/** Values that a careless key would take for each other. */
const VALUES: readonly (Value | undefined)[] = [
  undefined,
  null,
  false,
  0,
  1,
  '',
  '1',
  'null',
  '[]',
  '[[]]',
  [],
  [null],
  [[]],
  {},
  { a: 1 },
  { $bytes: 'AQ' },
  new Uint8Array([]),
  new Uint8Array([1]),
];
const textOf = (value: Value | undefined): string => (value === undefined ? 'nothing' : canonicalJson(value));

describe('QU-13: every two values, as one group and as two', () => {
  test('have one key exactly when they are equal, alone and beside another', () => {
    for (const one of VALUES) {
      for (const other of VALUES) {
        const isEqual = textOf(one) === textOf(other);
        expect([one, other, groupKey([one]) === groupKey([other])]).toEqual([one, other, isEqual]);
        expect(groupKey([one, other]) === groupKey([other, one])).toBe(isEqual);
        expect(groupKey([one, other])).not.toBe(groupKey([one]));
      }
    }
  });

  test('have the key that the oracle gives them, which is text that reads back as their list', () => {
    for (const a of VALUES) {
      for (const b of VALUES) {
        const value: Record<string, Value> = {};
        if (a !== undefined) value['a'] = a;
        if (b !== undefined) value['b'] = b;
        const [group] = groupsOf({ by: [['a'], ['b']], aggregates: [] }, [{ key: 'k', value }]);
        expect(groupKey([a, b])).toBe(group?.key);
        const lists = JSON.parse(groupKey([a, b])) as unknown[][];
        expect(lists.map((list) => list.length)).toEqual([a, b].map((one) => (one === undefined ? 0 : 1)));
      }
    }
  });
});

describe('QU-13: a table of groups', () => {
  test('holds one thing for each list, makes it once, and tells lists apart by their places', () => {
    const table = new GroupTable<string>(2);
    const made: string[] = [];
    const take = (a: Value | undefined, b: Value | undefined): string =>
      table.take(
        (place) => (place === 0 ? a : b),
        () => {
          made.push(`${textOf(a)} ${textOf(b)}`);
          return `${textOf(a)} ${textOf(b)}`;
        },
      );
    for (const a of VALUES) for (const b of VALUES) expect(take(a, b)).toBe(`${textOf(a)} ${textOf(b)}`);
    expect(made).toHaveLength(VALUES.length ** 2);
    // Equal ones are found, though they are other objects.
    for (const a of VALUES) for (const b of VALUES) take(structuredClone(a), structuredClone(b));
    expect(made).toHaveLength(VALUES.length ** 2);
  });

  test('of no depth holds one thing and asks for nothing', () => {
    const table = new GroupTable<object>(0);
    const only = {};
    const read = (): never => expect.unreachable('nothing is read');
    expect(table.take(read, () => only)).toBe(only);
    expect(table.take(read, () => ({}))).toBe(only);
  });

  test('reads each place once, in order', () => {
    const table = new GroupTable<object>(3);
    const read: number[] = [];
    table.take(
      (place) => {
        read.push(place);
        return place;
      },
      () => ({}),
    );
    expect(read).toEqual([0, 1, 2]);
  });
});
