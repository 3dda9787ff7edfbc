import { describe, expect, expectTypeOf, test } from 'vitest';
import { queriesOf, type RowOf } from '../builder/query-builder.js';
import type { Entry } from '../entry.js';
import { evaluateShown } from '../evaluate/evaluate.js';
import { parseQuery, type QuerySource } from '../parse-query.js';
import type { Flat } from './path-types.js';
import type { MapOf, QueryFor } from './query-for.js';
import type { ResultRow } from './result-row.js';

/*
 * What the types say of a query's rows, beside the rows that it shows. Each table of rows is written once, by hand, under the type that was inferred: it
 * does not compile where the type is another one, and does not pass where the rows are.
 */

interface Todo {
  text: string;
  done: boolean;
  rank?: number;
  owner: { id: string; at: { city: string } | null };
  tags: string[];
  note: string | null;
}
interface User {
  name: string;
  age: number;
}
interface Schema {
  todos: Todo;
  users: User;
  counts: number;
  lists: string[];
}

const ENTRIES: { readonly [M in keyof Schema]: readonly (Entry & { readonly value: Schema[M] })[] } = {
  todos: [
    {
      key: 't1',
      value: {
        text: 'shop',
        done: false,
        rank: 2,
        owner: { id: 'u1', at: { city: 'Rome' } },
        tags: ['a'],
        note: null,
      },
    },
    { key: 't2', value: { text: 'read', done: true, owner: { id: 'u2', at: null }, tags: [], note: 'long' } },
    {
      key: 't3',
      value: { text: 'walk', done: false, rank: 5, owner: { id: 'u1', at: null }, tags: ['a'], note: null },
    },
  ],
  users: [
    { key: 'u1', value: { name: 'Ann', age: 30 } },
    { key: 'u2', value: { name: 'Bob', age: 40 } },
  ],
  counts: [{ key: 'c1', value: 7 }],
  lists: [{ key: 'l1', value: ['x', 'y'] }],
};

/** The rows of a query, as the types have them. */
function shown<const M extends MapOf<Schema>, const Q extends QueryFor<Schema, M>>(
  map: M,
  query: Q,
): readonly ResultRow<Schema, M, Q>[] {
  return rowsOf(map, query as QuerySource) as readonly unknown[] as readonly ResultRow<Schema, M, Q>[];
}

function rowsOf(map: MapOf<Schema>, source: QuerySource): readonly object[] {
  const query = parseQuery(source);
  if (!query.ok) throw new Error(JSON.stringify(query.error));
  return evaluateShown(query.value, ENTRIES[map], { maps: new Map(Object.entries(ENTRIES)) });
}

const from = queriesOf<Schema>();
/** The same of a builder. */
const builtRows = <B extends { readonly map: MapOf<Schema>; build(): object }>(builder: B): readonly RowOf<B>[] =>
  rowsOf(builder.map, builder.build() as QuerySource) as readonly unknown[] as readonly RowOf<B>[];

const t1: Todo = ENTRIES.todos[0]!.value;

describe('QU-30: whole records', () => {
  test('stand with their key', () => {
    const rows = shown('users', { sort: { age: 'desc' } });
    const wanted: typeof rows = [
      { name: 'Bob', age: 40, _key: 'u2' },
      { name: 'Ann', age: 30, _key: 'u1' },
    ];
    expect(rows).toEqual(wanted);
    expectTypeOf<(typeof rows)[number]>().toEqualTypeOf<{ name: string; age: number; readonly _key: string }>();
  });

  test('that are no objects stand beside it', () => {
    const counts = shown('counts', {});
    const wanted: typeof counts = [{ value: 7, _key: 'c1' }];
    expect(counts).toEqual(wanted);
    const lists = shown('lists', {});
    const wantedLists: typeof lists = [{ value: ['x', 'y'], _key: 'l1' }];
    expect(lists).toEqual(wantedLists);
    // @ts-expect-error: a number has no fields to be shown by.
    expect(() => shown('counts', { fields: ['x'] })).not.toThrow();
  });

  test('may have what is optional, and may not have it', () => {
    const rows = shown('todos', { where: { rank: { $exists: false } } });
    expectTypeOf<(typeof rows)[number]['rank']>().toEqualTypeOf<number | undefined>();
    expect(rows.map((row) => row.rank)).toEqual([undefined]);
    expect(rows.map(({ _key }) => _key)).toEqual(['t2']);
  });
});

describe('QU-30: chosen fields', () => {
  test('one, as a text or in a list, are the same', () => {
    const rows = shown('todos', { fields: 'text' });
    const wanted: typeof rows = [
      { text: 'shop', _key: 't1' },
      { text: 'read', _key: 't2' },
      { text: 'walk', _key: 't3' },
    ];
    expect(rows).toEqual(wanted);
    const listed: typeof rows = shown('todos', { fields: ['text'] });
    expect(listed).toEqual(wanted);
    const named: typeof rows = shown('todos', { fields: [['text']] });
    expect(named).toEqual(wanted);
  });

  test('inside others keep their places, and are absent where a path ends early', () => {
    const rows = shown('todos', { fields: ['owner.id', 'owner.at.city'], sort: { _key: 'asc' } });
    const wanted: typeof rows = [
      { owner: { id: 'u1', at: { city: 'Rome' } }, _key: 't1' },
      { owner: { id: 'u2' }, _key: 't2' },
      { owner: { id: 'u1' }, _key: 't3' },
    ];
    expect(rows).toEqual(wanted);
    expectTypeOf<(typeof rows)[number]['owner']['at']>().toEqualTypeOf<{ city: string } | undefined>();
  });

  test('that are optional stay so', () => {
    const rows = shown('todos', { fields: ['rank'], limit: 2 });
    const wanted: typeof rows = [{ rank: 2, _key: 't1' }, { _key: 't2' }];
    expect(rows).toEqual(wanted);
  });

  test('none leave the key, which is shown whether it is named or not', () => {
    const none = shown('users', { fields: [] });
    const wanted: typeof none = [{ _key: 'u1' }, { _key: 'u2' }];
    expect(none).toEqual(wanted);
    const key = shown('users', { fields: ['_key', 'name'], limit: 1 });
    const wantedKey: typeof key = [{ name: 'Ann', _key: 'u1' }];
    expect(key).toEqual(wantedKey);
  });
});

describe('QU-30: groups', () => {
  test('have what they are made by, and their aggregates', () => {
    const rows = shown('todos', {
      groupBy: ['done'],
      aggregate: {
        n: 'count',
        ranked: { count: 'rank' },
        sum: { sum: 'rank' },
        avg: { avg: 'rank' },
        first: { min: 'text' },
        last: { max: 'note' },
      },
      sort: { n: 'desc' },
    });
    const wanted: typeof rows = [
      { done: false, n: 2, ranked: 2, sum: 7, avg: 3.5, first: 'shop', last: null, _key: '[[false]]' },
      { done: true, n: 1, ranked: 0, sum: 0, avg: null, first: 'read', last: 'long', _key: '[[true]]' },
    ];
    expect(rows).toEqual(wanted);
    expectTypeOf<(typeof rows)[number]['last']>().toEqualTypeOf<string | null>();
  });

  test('by what is inside, and by what may be missing', () => {
    const rows = shown('todos', { groupBy: ['owner.id', 'rank'], sort: { rank: 'asc' } });
    const wanted: typeof rows = [
      { owner: { id: 'u2' }, _key: '[["u2"],[]]' },
      { owner: { id: 'u1' }, rank: 2, _key: '[["u1"],[2]]' },
      { owner: { id: 'u1' }, rank: 5, _key: '[["u1"],[5]]' },
    ];
    expect(rows.map(({ owner, rank }) => [owner.id, rank])).toEqual([
      ['u2', undefined],
      ['u1', 2],
      ['u1', 5],
    ]);
    expect(new Set(rows.map((row) => JSON.stringify({ ...row, _key: '' })))).toEqual(
      new Set(wanted.map((row) => JSON.stringify({ ...row, _key: '' }))),
    );
  });

  test('of all rows are one, and of different values have nothing else', () => {
    const all = shown('users', { aggregate: { n: 'count', oldest: { max: 'age' } } });
    const wanted: typeof all = [{ n: 2, oldest: 40, _key: '[]' }];
    expect(all).toEqual(wanted);
    const different = shown('todos', { distinct: 'done' });
    const wantedDifferent: typeof different = [
      { done: false, _key: '[[false]]' },
      { done: true, _key: '[[true]]' },
    ];
    expect(different).toEqual(wantedDifferent);
  });
});

describe('QU-30: related rows', () => {
  test('are a list, or one or null, each with the fields that were chosen of it', () => {
    const rows = shown('users', {
      fields: ['name'],
      include: {
        todos: { map: 'todos', on: ['_key', 'owner.id'], fields: ['text'], sort: { rank: 'desc' } },
        best: { map: 'todos', on: ['_key', 'owner.id'], one: true, fields: ['rank'], where: { done: false } },
      },
    });
    const wanted: typeof rows = [
      {
        name: 'Ann',
        _key: 'u1',
        todos: [
          { text: 'walk', _key: 't3' },
          { text: 'shop', _key: 't1' },
        ],
        best: { rank: 2, _key: 't1' },
      },
      { name: 'Bob', _key: 'u2', todos: [{ text: 'read', _key: 't2' }], best: null },
    ];
    expect(rows).toEqual(wanted);
  });

  test('have related rows in turn', () => {
    const rows = shown('todos', {
      where: { done: true },
      fields: [],
      include: {
        by: {
          map: 'users',
          on: ['owner.id', '_key'],
          one: true,
          include: { all: { map: 'todos', on: ['_key', 'owner.id'], fields: ['done'] } },
        },
      },
    });
    const wanted: typeof rows = [
      { _key: 't2', by: { name: 'Bob', age: 40, _key: 'u2', all: [{ done: true, _key: 't2' }] } },
    ];
    expect(rows).toEqual(wanted);
  });

  test('whole ones are records with their keys', () => {
    const rows = shown('users', {
      where: { name: 'Ann' },
      include: { all: { map: 'todos', on: ['_key', 'owner.id'] } },
    });
    expectTypeOf<(typeof rows)[number]['all'][number]>().toEqualTypeOf<Flat<Todo & { readonly _key: string }>>();
    expect(rows[0]?.all[0]).toEqual({ ...t1, _key: 't1' });
    expect(rows[0]?.all[0]?.owner.at?.city).toBe('Rome');
  });
});

describe('QU-30: what a builder shows', () => {
  test('is what the object shows that says the same, and of the same type', () => {
    const pairs = [
      [builtRows(from('users')), shown('users', {})],
      [builtRows(from('users').where({ age: { $gt: 30 } })), shown('users', { where: { age: { $gt: 30 } } })],
      [builtRows(from('todos').fields('text', 'owner.id')), shown('todos', { fields: ['text', 'owner.id'] })],
      [builtRows(from('todos').distinct('done')), shown('todos', { distinct: ['done'] })],
    ] as const;
    for (const [built, written] of pairs) expect(built).toEqual(written);
    expectTypeOf(pairs[0][0]).toEqualTypeOf(pairs[0][1]);
    expectTypeOf(pairs[2][0]).toEqualTypeOf(pairs[2][1]);
    expectTypeOf(pairs[3][0]).toEqualTypeOf(pairs[3][1]);
  });

  test('is typed step by step, whatever came before', () => {
    const built = from('users')
      .sort({ age: 'asc' })
      .include('todos', from('todos').where({ done: false }).sort({ rank: 'desc' }).limit(1).fields('text'), {
        on: ['_key', 'owner.id'],
      })
      .fields('age')
      .limit(5);
    const rows = builtRows(built);
    const wanted: typeof rows = [
      { age: 30, _key: 'u1', todos: [{ text: 'walk', _key: 't3' }] },
      { age: 40, _key: 'u2', todos: [] },
    ];
    expect(rows).toEqual(wanted);
  });

  test('of groups sorts by what is shown of them', () => {
    const rows = builtRows(from('todos').groupBy('owner.id').aggregate({ n: 'count' }).sort({ n: 'desc' }).limit(1));
    const wanted: typeof rows = [{ owner: { id: 'u1' }, n: 2, _key: '[["u1"]]' }];
    expect(rows).toEqual(wanted);
  });
});
