import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Entry } from '../entry.js';
import { evaluateShown } from '../evaluate/evaluate.js';
import { parseQuery, type QuerySource } from '../parse-query.js';
import type { MapOf, QueryFor } from './query-for.js';
import type { ResultRow } from './result-row.js';

/*
 * Rows in which a name stands for more than one thing: a relation named as a field is, a record that is one of several kinds, a field that is there or
 * not. Each table is written under the type that was inferred, and compared with the rows that show.
 */

interface Todo {
  text: string;
  owner: { id: string; since: number };
  rank?: number;
}
type Shape = { kind: 'circle'; radius: number } | { kind: 'square'; side: number; owner?: string };
interface User {
  name: string;
  todos: number;
}
interface Schema {
  todos: Todo;
  shapes: Shape;
  users: User;
  mixed: Todo | number;
}

const ENTRIES: { readonly [M in keyof Schema]: readonly (Entry & { readonly value: Schema[M] })[] } = {
  todos: [
    { key: 't1', value: { text: 'shop', owner: { id: 'u1', since: 5 }, rank: 1 } },
    { key: 't2', value: { text: 'read', owner: { id: 'u9', since: 6 } } },
  ],
  shapes: [
    { key: 's1', value: { kind: 'circle', radius: 3 } },
    { key: 's2', value: { kind: 'square', side: 2, owner: 'u1' } },
  ],
  users: [{ key: 'u1', value: { name: 'Ann', todos: 7 } }],
  mixed: [
    { key: 'm1', value: 4 },
    { key: 'm2', value: { text: 'cook', owner: { id: 'u1', since: 1 } } },
  ],
};

function shown<const M extends MapOf<Schema>, const Q extends QueryFor<Schema, M>>(
  map: M,
  query: Q,
): readonly ResultRow<Schema, M, Q>[] {
  const parsed = parseQuery(query as QuerySource);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const rows = evaluateShown(parsed.value, ENTRIES[map], { maps: new Map(Object.entries(ENTRIES)) });
  return rows as readonly unknown[] as readonly ResultRow<Schema, M, Q>[];
}

const byOwner = { map: 'users', on: ['owner.id', '_key'], one: true } as const;
type UserRow = { name: string; todos: number; readonly _key: string };

describe('QU-16, QU-30: a relation that is named as a field is', () => {
  test('stands in its place, and the field is not shown', () => {
    const rows = shown('todos', { include: { owner: byOwner } });
    const wanted: typeof rows = [
      { text: 'shop', rank: 1, _key: 't1', owner: { name: 'Ann', todos: 7, _key: 'u1' } },
      { text: 'read', _key: 't2', owner: null },
    ];
    expect(rows).toEqual(wanted);
    type Row = (typeof rows)[number];
    expectTypeOf<Row['owner']>().toEqualTypeOf<UserRow | null>();
    expectTypeOf<Row['text']>().toEqualTypeOf<string>();
    expectTypeOf<Row['rank']>().toEqualTypeOf<number | undefined>();
  });

  test('does so beside fields that were chosen, the one that it hides among them', () => {
    const rows = shown('todos', { fields: ['text', 'owner.id'], include: { owner: { ...byOwner, fields: ['name'] } } });
    const wanted: typeof rows = [
      { text: 'shop', _key: 't1', owner: { name: 'Ann', _key: 'u1' } },
      { text: 'read', _key: 't2', owner: null },
    ];
    expect(rows).toEqual(wanted);
    expectTypeOf<(typeof rows)[number]>().toEqualTypeOf<{
      text: string;
      readonly _key: string;
      readonly owner: { name: string; readonly _key: string } | null;
    }>();
  });

  test('in place of a number is a list', () => {
    const rows = shown('users', { include: { todos: { map: 'todos', on: ['_key', 'owner.id'], fields: 'text' } } });
    const wanted: typeof rows = [{ name: 'Ann', _key: 'u1', todos: [{ text: 'shop', _key: 't1' }] }];
    expect(rows).toEqual(wanted);
    expectTypeOf<(typeof rows)[number]['todos']>().toEqualTypeOf<readonly { text: string; readonly _key: string }[]>();
  });

  test('in related rows too, one inside the other', () => {
    const rows = shown('users', {
      fields: [],
      include: { todos: { map: 'todos', on: ['_key', 'owner.id'], include: { owner: { ...byOwner, fields: [] } } } },
    });
    const wanted: typeof rows = [{ _key: 'u1', todos: [{ text: 'shop', rank: 1, _key: 't1', owner: { _key: 'u1' } }] }];
    expect(rows).toEqual(wanted);
  });
});

describe('QU-30: records of several kinds', () => {
  test('are told apart by the rows, each with its own fields', () => {
    const rows = shown('shapes', {});
    const wanted: typeof rows = [
      { kind: 'circle', radius: 3, _key: 's1' },
      { kind: 'square', side: 2, owner: 'u1', _key: 's2' },
    ];
    expect(rows).toEqual(wanted);
    const sizes = rows.map((row) => (row.kind === 'circle' ? row.radius : row.side));
    expect(sizes).toEqual([3, 2]);
    // @ts-expect-error: only circles have a radius.
    expect(rows[1]?.radius).toBeUndefined();
  });

  test('still are with a relation in place of a field that only some have', () => {
    const rows = shown('shapes', { include: { owner: { map: 'users', on: ['owner', '_key'], one: true } } });
    const wanted: typeof rows = [
      { kind: 'circle', radius: 3, _key: 's1', owner: null },
      { kind: 'square', side: 2, _key: 's2', owner: { name: 'Ann', todos: 7, _key: 'u1' } },
    ];
    expect(rows).toEqual(wanted);
    expectTypeOf<(typeof rows)[number]['owner']>().toEqualTypeOf<UserRow | null>();
    expect(rows.map((row) => (row.kind === 'circle' ? row.radius : row.side))).toEqual([3, 2]);
  });

  test('of which some are no objects, show these under `value`', () => {
    const rows = shown('mixed', {});
    const wanted: typeof rows = [
      { value: 4, _key: 'm1' },
      { text: 'cook', owner: { id: 'u1', since: 1 }, _key: 'm2' },
    ];
    expect(rows).toEqual(wanted);
    expect(rows.map((row) => ('value' in row ? row.value : row.text))).toEqual([4, 'cook']);
  });

  test('may be asked about by what only some of them have', () => {
    const round = shown('shapes', { where: { radius: { $gte: 3 } }, sort: { radius: 'desc', side: 'asc' } });
    expect(round.map(({ _key }) => _key)).toEqual(['s1']);
    const groups = shown('shapes', { groupBy: 'kind', aggregate: { most: { max: 'side' }, all: { sum: 'radius' } } });
    const wanted: typeof groups = [
      { kind: 'circle', most: null, all: 3, _key: '[["circle"]]' },
      { kind: 'square', most: 2, all: 0, _key: '[["square"]]' },
    ];
    expect(groups).toEqual(wanted);
    // @ts-expect-error: none of them has that.
    expect(shown('shapes', { where: { width: 1 } })).toEqual([]);
  });

  test('show of chosen fields those that each kind has', () => {
    const rows = shown('shapes', { fields: ['kind', 'radius'] });
    const wanted: typeof rows = [
      { kind: 'circle', radius: 3, _key: 's1' },
      { kind: 'square', _key: 's2' },
    ];
    expect(rows).toEqual(wanted);
    expect(rows.map((row) => (row.kind === 'circle' ? row.radius : null))).toEqual([3, null]);
    // @ts-expect-error: a square has none.
    expect(rows[1]?.radius).toBeUndefined();
  });

  test('make groups by what only some of them have, of which one is of none', () => {
    const groups = shown('shapes', { groupBy: 'owner', aggregate: { n: 'count' } });
    const wanted: typeof groups = [
      { owner: 'u1', n: 1, _key: '[["u1"]]' },
      { n: 1, _key: '[[]]' },
    ];
    expect(groups).toEqual(wanted);
    const owners = groups.map((group) => ('owner' in group ? group.owner : undefined));
    expectTypeOf(owners).toEqualTypeOf<(string | undefined)[]>();
    expect(owners).toEqual(['u1', undefined]);
  });
});

describe('QU-30: objects of several kinds inside a record', () => {
  type Place = { at: 'home' } | { at: 'work'; floor: number };
  interface Nested {
    things: { name: string; place: Place; spare: Place | null };
  }
  type RowOf<Q> = ResultRow<Nested, 'things', Q>;

  test('show of chosen fields those that each kind has', () => {
    type Row = RowOf<{ readonly fields: readonly ['place.floor'] }>;
    expectTypeOf<{ place: { floor: number }; _key: string }>().toExtend<Row>();
    expectTypeOf<Extract<Row['place'], { floor: number }>>().toEqualTypeOf<{ floor: number }>();
    type Both = RowOf<{ readonly fields: readonly ['name', 'spare.at'] }>;
    expectTypeOf<Both['spare']>().toEqualTypeOf<{ at: 'home' } | { at: 'work' } | undefined>();
    expectTypeOf<Both['name']>().toEqualTypeOf<string>();
  });

  test('as a whole are what they are', () => {
    type Row = RowOf<{ readonly fields: readonly ['place'] }>;
    expectTypeOf<Row>().toEqualTypeOf<{ place: Place; readonly _key: string }>();
  });
});
