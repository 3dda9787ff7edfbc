import { describe, expect, test } from 'vitest';
import { compileRanking } from '../compile-comparator.js';
import { evaluate } from '../evaluate/evaluate.js';
import { createFilter } from './filter.js';
import { createLimit } from './limit.js';
import { searchBreach, operatorContract, type OperatorDefinition, type OperatorSubject } from './operator.contract.js';
import type { Operator, RowChange } from './operator.js';
import { createOrder, type OrderedRows, type PlacedChange } from './order.js';
import { ALWAYS, type SortKey } from '../query.js';

const SORT: readonly SortKey[] = [[['a'], 'asc']];

type Limit = Operator<PlacedChange, RowChange>;

const limitSubject = (create: (ordered: OrderedRows) => Limit): OperatorSubject => {
  const filter = createFilter(() => true);
  const order = createOrder(compileRanking({ sort: SORT }));
  const limit = create(order);
  return {
    load: (rows) => limit.load(order.load(filter.load(rows))),
    push(change) {
      const emitted: RowChange[] = [];
      filter.push(change, (row) => order.push(row, (placed) => limit.push(placed, (out) => emitted.push(out))));
      return emitted;
    },
  };
};

const firstRows =
  (count: number): OperatorDefinition =>
  (records) =>
    evaluate({ where: ALWAYS, sort: SORT, limit: count }, records);

for (const count of [1, 2, 5, 1000]) {
  operatorContract(`limit ${count}`, () => limitSubject((ordered) => createLimit(count, ordered)), firstRows(count));
}

describe('QU-5: a limit', () => {
  const broken: readonly (readonly [string, (ordered: OrderedRows) => Limit])[] = [
    [
      'does not refill',
      (ordered) => {
        const limit = createLimit(5, ordered);
        return {
          load: (rows) => limit.load(rows),
          push: (change, emit) => {
            let emitted = 0;
            limit.push(change, (row) => (emitted++ === 0 || row.before !== undefined ? emit(row) : undefined));
          },
        };
      },
    ],
    ['is off by one', (ordered) => createLimit(6, ordered)],
    [
      'lets a displaced row stay',
      (ordered) => {
        const limit = createLimit(5, ordered);
        return {
          load: (rows) => limit.load(rows),
          push: (change, emit) =>
            limit.push(change, (row) =>
              row.after === undefined && change.before === undefined ? undefined : emit(row),
            ),
        };
      },
    ],
  ];

  test.each(broken)('that %s is found out by the contract', (_what, create) => {
    expect(searchBreach(() => limitSubject(create), firstRows(5), 300, 1)).toMatch(/output is not the definition’s/);
  });

  const ordered = (...keys: readonly string[]): OrderedRows => {
    const order = createOrder(compileRanking({ sort: [] }));
    order.load(keys.map((key) => ({ key, value: null })));
    return order;
  };
  const entry = (key: string, value: null | 1 = null): { key: string; value: null | 1 } => ({ key, value });
  const emittedBy = (count: number, rows: OrderedRows, change: PlacedChange): RowChange[] => {
    const emitted: RowChange[] = [];
    createLimit(count, rows).push(change, (row) => emitted.push(row));
    return emitted;
  };

  test('refills when a row leaves the window', () => {
    expect(emittedBy(2, ordered('b', 'c', 'd'), { before: entry('a'), after: undefined, from: 0, to: -1 })).toEqual([
      { before: entry('a'), after: undefined },
      { before: undefined, after: entry('c') },
    ]);
  });

  test('has nothing to refill with when all rows are shown', () => {
    expect(emittedBy(2, ordered('b'), { before: entry('a'), after: undefined, from: 0, to: -1 })).toEqual([
      { before: entry('a'), after: undefined },
    ]);
  });

  test('pushes the last row out when one enters', () => {
    expect(emittedBy(2, ordered('a', 'b', 'c'), { before: undefined, after: entry('a'), from: -1, to: 0 })).toEqual([
      { before: entry('c'), after: undefined },
      { before: undefined, after: entry('a') },
    ]);
  });

  test('is silent about rows outside', () => {
    expect(emittedBy(2, ordered('a', 'b', 'c'), { before: undefined, after: entry('c'), from: -1, to: 2 })).toEqual([]);
    expect(emittedBy(2, ordered('a', 'b', 'd'), { before: entry('c'), after: entry('d'), from: 3, to: 2 })).toEqual([]);
  });
});
