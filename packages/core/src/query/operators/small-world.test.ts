import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { compileRanking } from '../compile-comparator.js';
import { compileAfter } from '../cursor/compile-after.js';
import type { Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { compilePredicate } from '../predicate/compile-predicate.js';
import { ALWAYS, type GroupBy, type Predicate, type Query, type SortKey } from '../query.js';
import { createAfter } from './after.js';
import { createFilter, type RecordChange } from './filter.js';
import { createGroup } from './group.js';
import { createLimit } from './limit.js';
import { findBreach, saysTheSame, type OperatorSubject, type SameRow } from './operator.contract.js';
import type { Emit, Operator, RowChange } from './operator.js';
import { createOrder } from './order.js';

/*
 * Every step of a view, in a world so small that all of it can be gone through: each beginning of three records, and each two changes after it. So
 * whatever two changes do to each other is met: a row that leaves and comes back, one that takes the place of another, a window that fills and empties.
 */

const KEYS = ['a', 'b', 'c'] as const;
/** No record, one outside the conditions, and two inside, of which one is of another group and place. */
const RECORDS: readonly (Value | undefined)[] = [undefined, { n: 0, g: 1 }, { n: 1, g: 1 }, { n: 2, g: 2 }];
const STARTS: readonly (readonly Entry[])[] = RECORDS.flatMap((a) =>
  RECORDS.flatMap((b) =>
    RECORDS.map((c) =>
      [a, b, c].flatMap((value, i): Entry[] => (value === undefined ? [] : [{ key: KEYS[i] as string, value }])),
    ),
  ),
);
const CHANGES: readonly RecordChange[] = KEYS.flatMap((key) =>
  RECORDS.map((value) => ({ key, after: value === undefined ? undefined : { ...(value as object) } })),
);

const WHERE: Predicate = { type: 'gte', path: ['n'], value: 1 };
const SORT: readonly SortKey[] = [[['n'], 'desc']];
const GROUPS: GroupBy = {
  by: [['g']],
  aggregates: [
    ['count', 'count', null],
    ['sum', 'sum', ['n']],
    ['avg', 'avg', ['n']],
    ['min', 'min', ['n']],
    ['max', 'max', ['n']],
  ],
};

/** Steps one after the other, the filter first. */
function pipeline(...steps: readonly Operator<never, RowChange>[]): OperatorSubject {
  return {
    load: (rows) => steps.reduce((present: readonly Entry[], step) => step.load(present), rows),
    push(change) {
      const emitted: RowChange[] = [];
      let emit: Emit<RowChange> = (row) => emitted.push(row);
      for (const step of steps.toReversed()) {
        const next = emit;
        emit = (row) => step.push(row as never, next);
      }
      emit(change as never);
      return emitted;
    },
  };
}

const filter = () => createFilter(compilePredicate(WHERE));
const order = () => createOrder(compileRanking({ sort: SORT }));
const query = (part: Partial<Query>): Query => ({ where: WHERE, sort: [], limit: null, ...part });
const AFTER = { values: [1], key: 'a' };

type Subject = readonly [what: string, create: () => OperatorSubject, asked: Query, isSame: SameRow];

const isSameRecord: SameRow = (a, b) => a === b;

const SUBJECTS: readonly Subject[] = [
  ['the filter', () => pipeline(filter()), query({}), isSameRecord],
  ['the order', () => pipeline(filter(), order()), query({ sort: SORT }), isSameRecord],
  ...[1, 2].map((limit): Subject => [
    `a limit of ${limit}`,
    () => {
      const ordered = order();
      return pipeline(filter(), ordered, createLimit(limit, ordered));
    },
    query({ sort: SORT, limit }),
    isSameRecord,
  ]),
  [
    'what comes after a place',
    () => pipeline(filter(), createAfter(compileAfter({ sort: SORT }, AFTER)), order()),
    query({ sort: SORT, after: AFTER }),
    isSameRecord,
  ],
  ['groups', () => pipeline(filter(), createGroup(GROUPS)), query({ groupBy: GROUPS }), saysTheSame],
  [
    'one group of all',
    () => pipeline(filter(), createGroup({ ...GROUPS, by: [] })),
    query({ groupBy: { ...GROUPS, by: [] } }),
    saysTheSame,
  ],
];

describe('QU-6: every two changes of every three records', () => {
  test.each(SUBJECTS)('%s', (_what, create, asked, isSame) => {
    const breaches: string[] = [];
    for (const start of STARTS) {
      for (const one of CHANGES) {
        for (const other of CHANGES) {
          const breach = findBreach(create(), (records) => evaluate(asked, records), start, [one, other], isSame);
          if (breach !== null) breaches.push(JSON.stringify([start, one, other, breach]));
        }
      }
    }
    expect(breaches.slice(0, 3)).toEqual([]);
  });

  test.each(SUBJECTS)('%s: a change and its opposite leave what was there', (_what, create) => {
    const faults: unknown[] = [];
    for (const start of STARTS) {
      const held = new Map(start.map(({ key, value }) => [key, value]));
      for (const change of CHANGES) {
        const subject = create();
        const rows = new Map<string, Value>(subject.load(start).map((row) => [row.key, row.value]));
        const before = new Map<string, Value>(rows);
        for (const one of [change, { key: change.key, after: held.get(change.key) }]) {
          for (const { before: was, after: is } of subject.push(one)) {
            if (is === undefined) rows.delete((was as Entry).key);
            else rows.set(is.key, is.value);
          }
        }
        const sorted = (map: ReadonlyMap<string, Value>): Value => [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
        if (!saysTheSame(sorted(rows), sorted(before))) faults.push([start, change]);
      }
    }
    expect(faults).toEqual([]);
  });
});

describe('QU-20: groups that take in a batch', () => {
  test('say of each group once what became of it, whatever two changes did', () => {
    const faults: unknown[] = [];
    for (const start of STARTS) {
      for (const [i, one] of CHANGES.entries()) {
        for (const other of CHANGES.slice(i)) {
          const rows = new Map(start.map((row) => [row.key, row]));
          const group = createGroup(GROUPS);
          const shown = new Map(group.load(start).map((row) => [row.key, row]));
          for (const { key, after } of [one, other]) {
            const before = rows.get(key);
            const next = after === undefined ? undefined : { key, value: after };
            if (next === undefined) rows.delete(key);
            else rows.set(key, next);
            if (before !== undefined || next !== undefined) group.take({ before, after: next });
          }
          const told: string[] = [];
          group.flush(({ before, after }) => {
            const { key } = before ?? (after as Entry);
            if (shown.get(key) !== before) faults.push([start, one, other, 'another row before']);
            told.push(key);
            if (after === undefined) shown.delete(key);
            else shown.set(key, after);
          });
          group.flush(() => faults.push([start, one, other, 'said twice']));
          const wanted = evaluate({ where: ALWAYS, sort: [], limit: null, groupBy: GROUPS }, rows.values());
          const isRight = wanted.every(({ key, value }) => saysTheSame(shown.get(key)?.value, value));
          if (
            new Set(told).size < told.length ||
            !isRight ||
            shown.size !== wanted.length ||
            group.size !== wanted.length
          ) {
            faults.push([start, one, other, told]);
          }
        }
      }
    }
    expect(faults.slice(0, 3)).toEqual([]);
  });
});
