import { describe, expect, test } from 'vitest';
import type { Value } from '../../primitives/index.js';
import { takeAll } from '../all-steps.js';
import { compileComparator, compileLead } from '../compile-comparator.js';
import type { Entry } from '../entry.js';
import { evaluate } from '../evaluate/evaluate.js';
import { shapeOf } from '../evaluate/groups.js';
import { parseQuery } from '../parse-query.js';
import type { QueryInput } from '../query-input.js';
import type { Query } from '../query.js';
import { compilePredicate } from '../predicate/compile-predicate.js';
import { createView } from './create-view.js';
import { createFirstEntries } from './first-entries.js';
import { firstInOrder } from './first-in-order.js';
import { HeldRowsView } from './held-rows-view.js';
import { hasMoved } from './moved-rows.js';
import {
  definitionOf,
  findFault,
  findStateFault,
  writeAll,
  type Definition,
  type Write,
} from './view-oracle.arbitrary.js';

/*
 * Whole views of three records, and every batch of two writes to them: what is shown, what the diff says, and what keeps its identity. `s` is sorted by,
 * `t` is shown, so that rows move without being seen to change, and change without moving.
 */

const KEYS = ['a', 'b', 'c'] as const;
const RECORDS: readonly (Value | undefined)[] = [undefined, { s: 1, t: 1 }, { s: 2, t: 1 }, { s: 2, t: 2 }];
const STARTS: readonly (readonly Entry[])[] = RECORDS.flatMap((a) =>
  RECORDS.flatMap((b) =>
    RECORDS.map((c) =>
      [a, b, c].flatMap((value, i): Entry[] => (value === undefined ? [] : [{ key: KEYS[i] as string, value }])),
    ),
  ),
);
/** Another object each time, and once the one that is there. */
const WRITES: readonly Write[] = KEYS.flatMap((key): Write[] => [
  ...RECORDS.map((value) => ({ key, after: value === undefined ? undefined : { ...(value as object) } })),
  { key, again: true },
]);

const parsed = (input: QueryInput): Query => {
  const query = parseQuery(input);
  if (!query.ok) throw new Error(JSON.stringify(query.error));
  return query.value;
};

/** Of chosen fields: what the evaluation finds, with only those. */
const shapedDefinition = (query: Query): Definition => ({
  answer(records) {
    const { rows, matching } = definitionOf(query).answer(records);
    const fields = query.fields as NonNullable<Query['fields']>;
    return { rows: rows.map((row) => ({ key: row.key, value: shapeOf(fields, row) as Value })), matching };
  },
  isOfRecords: false,
});
const groupsDefinition = (query: Query): Definition => ({ ...definitionOf(query), isOfRecords: false });

const QUERIES: readonly (readonly [string, Query, (query: Query) => Definition])[] = [
  [
    'the first of those that meet a condition',
    parsed({ where: { t: 1 }, sort: { s: 'desc' }, limit: 1 }),
    definitionOf,
  ],
  ['chosen fields, sorted by what is not shown', parsed({ sort: { s: 'desc' }, fields: 't' }), shapedDefinition],
  ['chosen fields of the first two', parsed({ sort: { s: 'desc' }, fields: 't', limit: 2 }), shapedDefinition],
  ['no fields at all', parsed({ sort: { s: 'asc', t: 'desc' }, fields: [] }), shapedDefinition],
  [
    'groups',
    parsed({ groupBy: 's', aggregate: { n: 'count', most: { max: 't' } }, sort: { n: 'desc' } }),
    groupsDefinition,
  ],
  [
    'the first group',
    parsed({ groupBy: 's', aggregate: { n: 'count' }, sort: { n: 'desc' }, limit: 1 }),
    groupsDefinition,
  ],
  [
    'different values after one',
    { ...parsed({ distinct: 's' }), after: { values: [], key: '[[1]]' } },
    groupsDefinition,
  ],
  [
    'rows after a place',
    { ...parsed({ sort: { s: 'asc' }, limit: 1 }), after: { values: [1], key: 'a' } },
    definitionOf,
  ],
];

describe('QU-6, QU-7: every batch of two writes to every three records', () => {
  test.each(QUERIES)('%s', (_what, query, define) => {
    const definition = define(query);
    const faults: string[] = [];
    for (const [at, start] of STARTS.entries()) {
      for (const [i, one] of WRITES.entries()) {
        // With each write a third of the others, another third for the next beginning: all pairs are met.
        for (const other of WRITES.filter((_, j) => (i + j + at) % 3 === 0)) {
          const fault = findFault(createView(query), definition, start, [[one, other]]);
          if (fault !== null) faults.push(JSON.stringify([start, one, other, fault]));
        }
      }
    }
    expect(faults.slice(0, 3)).toEqual([]);
  });

  test.each(QUERIES)(
    '%s: loaded anew, it is as if it had been loaded so at first, and rows that stay are the same objects',
    (_what, query, define) => {
      const definition = define(query);
      for (const start of STARTS) {
        for (const next of STARTS.filter((_, i) => i % 5 === 0)) {
          const view = createView(query);
          view.load(start);
          const before = new Map(view.rows().map((row) => [row.key, row]));
          const loading = view.beginLoad();
          for (const { key, value } of next) loading.offer(key, value);
          takeAll(loading.end());
          expect(findStateFault(view, definition, next)).toBeNull();
          if (!definition.isOfRecords) continue;
          for (const row of view.rows()) {
            const held = before.get(row.key);
            expect(held !== undefined && held.value === row.value).toBe(held === row);
          }
        }
      }
    },
  );
});

describe('CL-25: first rows that are held, for every batch of two writes', () => {
  test.each([
    [1, 1],
    [1, 2],
    [2, 2],
    [2, 3],
  ])('a limit of %i with %i held', (limit, held) => {
    const faults: string[] = [];
    for (const sort of [{ s: 'asc' }, { s: 'desc', t: 'asc' }] as const) {
      const query = parsed({ where: { t: { $lte: 1 } }, sort, limit });
      for (const start of STARTS) {
        for (const [i, one] of WRITES.entries()) {
          for (const other of WRITES.filter((_, j) => (i + j) % 2 === 0)) {
            const records = new Map<string, Value>(start.map(({ key, value }) => [key, value]));
            const find = () => ({
              each: (visit: (key: string, value: Value) => void) => records.forEach((value, key) => visit(key, value)),
              inOrder: null,
            });
            const view = new HeldRowsView({ query, find, held });
            view.loadAll();
            const changes = writeAll([one, other], records);
            view.step(
              changes.map(({ key }) => key),
              (key) => records.get(key),
            );
            const present = [...records].map(([key, value]) => ({ key, value }));
            const wanted = evaluate(query, present);
            const rows = view.rows();
            const isRight = rows.length === wanted.length && rows.every((row, i) => row.value === wanted[i]?.value);
            const matching = evaluate({ ...query, limit: null }, present).length;
            // It knows whether there are others, and has no more than there are.
            const knows = view.isCut ? view.size <= matching : view.size === matching;
            if (!isRight || !knows || view.isShort) faults.push(JSON.stringify([start, one, other]));
          }
        }
      }
    }
    expect(faults.slice(0, 3)).toEqual([]);
  });
});

describe('CL-25: the first of some rows', () => {
  const rows: readonly Entry[] = Array.from({ length: 7 }, (_, i) => ({
    key: `k${(i * 3) % 7}`,
    value: { s: (i * 5) % 3, t: i % 2 },
  }));
  const SORTS: readonly QueryInput['sort'][] = [{ s: 'asc' }, { s: 'desc' }, { s: 'asc', t: 'desc' }, {}];

  test.each(SORTS)('by %j, of every part of them, found in any order or read in order', (sort) => {
    const query = parsed({ sort: sort ?? {}, where: { t: { $lte: 0 } } });
    const matches = compilePredicate(query.where);
    const order = compileLead(query);
    for (let bits = 0; bits < 2 ** rows.length; bits += 1) {
      const some = rows.filter((_, i) => (bits >> i) % 2 === 1);
      const all = evaluate(query, some);
      const inOrder = some.toSorted(compileComparator({ sort: query.sort.slice(0, 1) }));
      for (const count of [1, 2, 5]) {
        const wanted = all.slice(0, count);
        const first = createFirstEntries({ count, order, matches });
        for (const { key, value } of some) first.offer(key, value);
        expect([first.isCut(), first.take()]).toEqual([all.length > count, wanted]);
        const read = firstInOrder({ entries: inOrder, maxLooks: Infinity }, { count, order, matches });
        expect(read?.entries).toEqual(wanted);
        // Not cut: those are all there are.
        if (read?.isCut === false) expect(all).toEqual(wanted);
      }
    }
  });

  test('many that come in any order are those that sorting gives, and it is known whether there are others', () => {
    const many = Array.from({ length: 3_000 }, (_, i): Entry => ({
      key: `k${i}`,
      value: { s: (i * 389) % 1_009, t: i % 2 },
    }));
    const query = parsed({ sort: { s: 'asc' }, where: { t: 0 } });
    const matches = compilePredicate(query.where);
    const order = compileLead(query);
    for (const list of [many, many.toReversed(), evaluate(query, many), evaluate(query, many).toReversed()]) {
      for (const count of [1, 10, 600, 1_499, 1_500, 1_501]) {
        const first = createFirstEntries({ count, order, matches });
        for (const { key, value } of list) first.offer(key, value);
        expect(first.take()).toEqual(evaluate({ ...query, limit: count }, many));
        expect([count, first.isCut()]).toEqual([count, count < 1_500]);
      }
    }
  });

  test('who reads in order gives up after so many looks, unless it has what it wants by then', () => {
    const query = parsed({ sort: { s: 'asc' } });
    const order = compileLead(query);
    const list = Array.from({ length: 10 }, (_, i): Entry => ({ key: `k${i}`, value: { s: i } }));
    const even = (_key: string, value: Value): boolean => (value as { readonly s: number }).s % 2 === 0;
    const read = (count: number, maxLooks: number) =>
      firstInOrder({ entries: list, maxLooks }, { count, order, matches: even });
    // Two even ones are there after three looks; that no other is one of them is seen at the fourth, which is none.
    expect(read(2, 3)?.entries.map(({ key }) => key)).toEqual(['k0', 'k2']);
    expect([read(2, 2), read(2, 0), read(9, 9)]).toEqual([null, null, null]);
    expect(read(9, 10)?.entries).toHaveLength(5);
    expect([read(2, 3)?.isCut, read(5, 10)?.isCut, read(9, 10)?.isCut]).toEqual([true, true, false]);
  });
});

describe('QU-22: rows that moved without being seen to change', () => {
  const entry = (key: string, n: number): Entry => ({ key, value: { n } });
  const compare = compileComparator({ sort: [[['n'], 'asc']] });

  test('are told of exactly where the order is another one, for every move of two among four', () => {
    const places = [1, 2, 3, 4];
    const others = [entry('x', 1.5), entry('y', 3.5)];
    for (const a of places) {
      for (const b of places) {
        for (const toA of places) {
          for (const toB of places) {
            const moves = [
              { before: entry('a', a), after: entry('a', toA) },
              { before: entry('b', b), after: entry('b', toB) },
            ];
            const sorted = (rows: readonly Entry[]): Entry[] => rows.toSorted(compare);
            const earlier = sorted([...others, ...moves.map(({ before }) => before)]).map(({ key }) => key);
            const now = sorted([...others, ...moves.map(({ after }) => after)]);
            const isOther = now.map(({ key }) => key).join() !== earlier.join();
            expect([a, b, toA, toB, hasMoved(now, moves, compare)]).toEqual([a, b, toA, toB, isOther]);
          }
        }
      }
    }
  });
});
