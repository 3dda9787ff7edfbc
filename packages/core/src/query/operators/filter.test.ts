import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { createFilter } from './filter.js';
import { searchBreach, operatorContract, type OperatorDefinition, type OperatorSubject } from './operator.contract.js';
import type { RowChange } from './operator.js';

/** Lets some of any kind of value pass. */
const passes = (key: string, value: Value): boolean => key.length < 3 || JSON.stringify(value).length % 2 === 0;

const filterSubject = (): OperatorSubject => {
  const filter = createFilter(passes);
  return {
    load: (rows) => filter.load(rows),
    push(change) {
      const emitted: RowChange[] = [];
      filter.push(change, (row) => emitted.push(row));
      return emitted;
    },
  };
};

const definition: OperatorDefinition = (records) => records.filter(({ key, value }) => passes(key, value));

operatorContract('filter', filterSubject, definition);

describe('the contract of an operator', () => {
  const broken: readonly (readonly [string, RegExp, () => OperatorSubject])[] = [
    [
      'forgets that rows leave',
      /output is not the definition’s/,
      () => {
        const inner = filterSubject();
        return {
          load: (rows) => inner.load(rows),
          push: (change) => inner.push(change).filter((row) => row.after !== undefined),
        };
      },
    ],
    [
      'emits a row again that did not change',
      /an unchanged row was emitted/,
      () => {
        const filter = createFilter(passes);
        return {
          load: (rows) => filter.load(rows),
          push(change) {
            const emitted: RowChange[] = [];
            filter.push(change, (row) => emitted.push(row));
            const held = filter.get(change.key);
            return emitted.length > 0 || held === undefined ? emitted : [{ before: held, after: held }];
          },
        };
      },
    ],
    [
      'gives a copy of the row as it was before',
      /before is not what was emitted last/,
      () => {
        const inner = filterSubject();
        return {
          load: (rows) => inner.load(rows),
          push: (change) => inner.push(change).map(({ before, after }) => ({ before: before && { ...before }, after })),
        };
      },
    ],
    [
      'loads nothing',
      /load: the output is not/,
      () => {
        const inner = filterSubject();
        return { load: () => [], push: (change) => inner.push(change) };
      },
    ],
  ];

  test.each(broken)('is not met by one that %s', (_what, breach, create) => {
    expect(searchBreach(create, definition, 300, 1)).toMatch(breach);
  });
});

describe('a filter', () => {
  const matches = (_key: string, value: Value): boolean => typeof value === 'number';

  test('knows the rows that pass, and holds no others', () => {
    const filter = createFilter(matches);
    filter.load([
      { key: 'a', value: 1 },
      { key: 'b', value: 'x' },
    ]);
    expect(filter.size).toBe(1);
    expect(filter.get('a')).toEqual({ key: 'a', value: 1 });
    expect(filter.get('b')).toBeUndefined();
    filter.push({ key: 'a', after: 'y' }, () => {});
    expect(filter.size).toBe(0);
    expect(filter.get('a')).toBeUndefined();
  });

  test('takes over the entries it is loaded with, and those it holds when their value is the same', () => {
    const filter = createFilter(matches);
    const a = { key: 'a', value: 1 };
    expect(filter.load([a])[0]).toBe(a);
    expect(filter.load([{ key: 'a', value: 1 }])[0]).toBe(a);
    expect(filter.load([{ key: 'a', value: 2 }])[0]).not.toBe(a);
  });

  test('needs no word about the earlier state', () => {
    const filter = createFilter(matches);
    const emitted: RowChange[] = [];
    filter.push({ key: 'never seen', after: undefined }, (row) => emitted.push(row));
    filter.push({ key: 'never seen', after: 'x' }, (row) => emitted.push(row));
    expect(emitted).toEqual([]);
  });
});
