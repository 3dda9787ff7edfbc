import { describe, expect, expectTypeOf, test } from 'vitest';
import { queriesOf, type RowOf } from '../builder/query-builder.js';
import { parseQuery } from '../parse-query.js';
import type { QueryInput } from '../query-input.js';
import type { WhereFor } from './condition-for.js';
import type { NumberPathOf, PathOf, ValueAt } from './path-types.js';
import type { MapOf, QueryFor } from './query-for.js';
import type { ResultRow } from './result-row.js';

interface Todo {
  text: string;
  done: boolean;
  order?: number;
  status: 'open' | 'closed';
  ownerId: string | null;
  tags: readonly string[];
  owner: { id: string; address?: { city: string; zip: number | null } };
  blob: Uint8Array;
}

interface User {
  name: string;
  age: number;
}

interface Schema {
  todos: Todo;
  users: User;
  count: number;
}

/** As `client.query` will take it; returns what it was given, typed as the rows would be. */
function rowsOf<const M extends MapOf<Schema>, const Q extends QueryFor<Schema, M>>(
  map: M,
  query: Q,
): { map: M; query: Q; row: ResultRow<Schema, M, Q> } {
  return { map, query, row: {} as never };
}

// An app without a schema, as the client declares it.
type AnySchema = Record<string, any>;

function anyRowsOf<const M extends string, const Q extends QueryFor<AnySchema, M>>(
  map: M,
  query: Q,
): { map: M; query: Q; row: ResultRow<AnySchema, M, Q> } {
  return { map, query, row: {} as never };
}

const accepted = (query: unknown): boolean => parseQuery(query as QueryInput).ok;

describe('QU-30: paths are those of the record', () => {
  test('dotted, through objects only', () => {
    expectTypeOf<PathOf<User>>().toEqualTypeOf<'_key' | 'name' | 'age'>();
    expectTypeOf<'owner.address.city'>().toExtend<PathOf<Todo>>();
    expectTypeOf<'tags.0'>().not.toExtend<PathOf<Todo>>();
    expectTypeOf<'tags.length'>().not.toExtend<PathOf<Todo>>();
    expectTypeOf<'blob.length'>().not.toExtend<PathOf<Todo>>();
    expectTypeOf<'text.length'>().not.toExtend<PathOf<Todo>>();
    expectTypeOf<'no'>().not.toExtend<PathOf<Todo>>();
    expectTypeOf<PathOf<number>>().toEqualTypeOf<'_key'>();
    expectTypeOf<PathOf<AnySchema['x']>>().toEqualTypeOf<string>();
    expectTypeOf<NumberPathOf<Todo>>().toEqualTypeOf<'order' | 'owner.address.zip'>();
  });

  test('with the value that is there', () => {
    expectTypeOf<ValueAt<Todo, 'done'>>().toEqualTypeOf<boolean>();
    expectTypeOf<ValueAt<Todo, 'order'>>().toEqualTypeOf<number | undefined>();
    expectTypeOf<ValueAt<Todo, 'owner.id'>>().toEqualTypeOf<string>();
    expectTypeOf<ValueAt<Todo, 'owner.address.zip'>>().toEqualTypeOf<number | null | undefined>();
    expectTypeOf<ValueAt<Todo, '_key'>>().toEqualTypeOf<string>();
  });

  test('of a union: those of any member, and of a recursive type as deep as they are followed', () => {
    type Shape = { kind: 'circle'; radius: number } | { kind: 'square'; side: number };
    expectTypeOf<PathOf<Shape>>().toEqualTypeOf<'_key' | 'kind' | 'radius' | 'side'>();
    expectTypeOf<ValueAt<Shape, 'radius'>>().toEqualTypeOf<number | undefined>();
    interface Tree {
      label: string;
      left?: Tree;
    }
    expectTypeOf<'left.left.label'>().toExtend<PathOf<Tree>>();
    expectTypeOf<'left.label.x'>().not.toExtend<PathOf<Tree>>();
  });
});

describe('QU-30: conditions fit the value at their path', () => {
  test('what fits is taken, by the types and by the parser', () => {
    const good: readonly WhereFor<Todo>[] = [
      {},
      { done: false, text: 'x', _key: { $gt: 'a' } },
      { order: { $gte: 1, $lt: 5, $between: [1, 2], $in: [1, 2], $exists: true } },
      { status: 'open' },
      { status: { $in: ['open', 'closed'], $startsWith: 'o', $gt: 'b' } },
      { ownerId: null },
      { ownerId: { $isNull: false, $ne: null } },
      { 'owner.id': { $like: 'u%', $ilike: 'U%', $regex: /^u/i } },
      { 'owner.address.city': { $match: 'words' } },
      { tags: { $contains: 'a', $containsAny: ['a'], $containsAll: ['b'] } },
      { tags: ['a', 'b'] },
      { text: { $contains: 'part' } },
      { blob: { $lt: new Uint8Array(1) } },
      { $or: [{ done: true }, { $not: { text: { $startsWith: 'x' } } }], $and: [{}] },
      [['text.with.dots'], { $eq: 1 }],
      [[['a'], 1]],
    ];
    for (const where of good) expect([where, accepted({ where })]).toEqual([where, true]);
  });

  test('what does not fit is an error where it is written', () => {
    const where = (..._bad: readonly WhereFor<Todo>[]): void => {};
    // @ts-expect-error: there is no such path.
    where({ texd: 'x' });
    // @ts-expect-error: nor this one.
    where({ 'owner.name': 'x' });
    // @ts-expect-error: text is no number.
    where({ text: 7 });
    // @ts-expect-error: done is a boolean.
    where({ done: { $eq: 'yes' } });
    // @ts-expect-error: the value is none of the status.
    where({ status: 'opened' });
    // @ts-expect-error: numbers have no patterns.
    where({ order: { $like: '1%' } });
    // @ts-expect-error: numbers contain nothing.
    where({ order: { $contains: 1 } });
    // @ts-expect-error: tags are texts.
    where({ tags: { $contains: 1 } });
    // @ts-expect-error: arrays have no range.
    where({ tags: { $gt: 'a' } });
    // @ts-expect-error: both ends.
    where({ order: { $between: [1] } });
    // @ts-expect-error: no such operator.
    where({ order: { $gtt: 1 } });
    // @ts-expect-error: inside connectives too.
    where({ $or: [{ done: 1 }] });
    // @ts-expect-error: and inside negations.
    where({ $not: { nope: 1 } });
    expect(where).toBeTypeOf('function');
  });
});

describe('QU-30: a query is typed by the schema', () => {
  test('its rows are records with their key', () => {
    expectTypeOf(rowsOf('users', {}).row).toEqualTypeOf<{ name: string; age: number; readonly _key: string }>();
    expectTypeOf(
      rowsOf('users', { where: { age: { $gt: 3 } }, sort: { age: 'desc' }, limit: 3, cursor: null }).row,
    ).toEqualTypeOf<{
      name: string;
      age: number;
      readonly _key: string;
    }>();
    expectTypeOf(rowsOf('count', {}).row).toEqualTypeOf<{ readonly value: number; readonly _key: string }>();
    expect(
      accepted(
        rowsOf('users', {
          sort: [
            ['age', 'asc'],
            [['a.b'], 'desc'],
          ],
        }).query,
      ),
    ).toBe(true);
  });

  test('or what is picked of them', () => {
    expectTypeOf(rowsOf('todos', { fields: ['text', 'order'] }).row).toEqualTypeOf<{
      text: string;
      order?: number;
      readonly _key: string;
    }>();
    expectTypeOf(rowsOf('todos', { fields: 'done' }).row).toEqualTypeOf<{ done: boolean; readonly _key: string }>();
    expectTypeOf(rowsOf('todos', { fields: ['owner.id', ['text']] }).row).toEqualTypeOf<{
      owner: { id: string };
      text: string;
      readonly _key: string;
    }>();
    expectTypeOf(rowsOf('todos', { fields: ['owner.address.city'] }).row.owner).toEqualTypeOf<{
      address?: { city: string };
    }>();
    expectTypeOf(rowsOf('todos', { fields: [] }).row).toEqualTypeOf<{ readonly _key: string }>();
    expect(accepted(rowsOf('todos', { fields: ['owner.id', ['text']] }).query)).toBe(true);
  });

  test('or groups, with aggregates by name', () => {
    const { query, row } = rowsOf('todos', {
      where: { done: false },
      groupBy: ['status', 'owner.id'],
      aggregate: {
        n: 'count',
        ordered: { count: 'order' },
        sum: { sum: 'order' },
        avg: { avg: 'owner.address.zip' },
        first: { min: 'text' },
        last: { max: 'order' },
      },
      sort: { n: 'desc' },
    });
    expectTypeOf(row).toEqualTypeOf<{
      status: 'open' | 'closed';
      owner: { id: string };
      readonly n: number;
      readonly ordered: number;
      readonly sum: number | null;
      readonly avg: number | null;
      readonly first: string | null;
      readonly last: number | null;
      readonly _key: string;
    }>();
    expect(accepted(query)).toBe(true);
    expectTypeOf(rowsOf('todos', { distinct: ['status'] }).row).toEqualTypeOf<{
      status: 'open' | 'closed';
      readonly _key: string;
    }>();
    expectTypeOf(rowsOf('users', { aggregate: { n: 'count' } }).row).toEqualTypeOf<{
      readonly n: number;
      readonly _key: string;
    }>();
  });

  test('with related rows under their names', () => {
    const { query, row } = rowsOf('todos', {
      fields: ['text'],
      include: {
        owner: { map: 'users', on: ['ownerId', '_key'], one: true, fields: ['name'] },
        peers: {
          map: 'todos',
          on: ['owner.id', 'owner.id'],
          where: { done: true },
          fields: ['done'],
          include: { again: { map: 'users', on: ['ownerId', '_key'] } },
        },
      },
    });
    type UserRow = { name: string; age: number; readonly _key: string };
    expectTypeOf(row).toEqualTypeOf<{
      text: string;
      readonly _key: string;
      readonly owner: { name: string; readonly _key: string } | null;
      readonly peers: readonly { done: boolean; readonly _key: string; readonly again: readonly UserRow[] }[];
    }>();
    expect(accepted(query)).toBe(true);
  });

  test('what the schema does not have is an error where it is written', () => {
    const run = (..._queries: readonly unknown[]): void => {};
    // @ts-expect-error: no such map.
    run(rowsOf('nope', {}));
    // @ts-expect-error: no such field.
    run(rowsOf('todos', { fields: ['nope'] }));
    // @ts-expect-error: no such field to sort by.
    run(rowsOf('todos', { sort: { nope: 'asc' } }));
    // @ts-expect-error: no such direction.
    run(rowsOf('todos', { sort: { text: 'up' } }));
    // @ts-expect-error: no such path to group by.
    run(rowsOf('todos', { groupBy: ['nope'] }));
    // @ts-expect-error by its key each record is a group
    run(rowsOf('todos', { groupBy: '_key' }));
    // @ts-expect-error nor among others
    run(rowsOf('todos', { distinct: ['status', '_key'] }));
    // @ts-expect-error: text has no sum.
    run(rowsOf('todos', { aggregate: { n: { sum: 'text' } } }));
    // @ts-expect-error: no such function.
    run(rowsOf('todos', { aggregate: { n: 'median' } }));
    // @ts-expect-error: no such map to relate to.
    run(rowsOf('todos', { include: { x: { map: 'nope', on: ['ownerId', '_key'] } } }));
    // @ts-expect-error: no such path here.
    run(rowsOf('todos', { include: { x: { map: 'users', on: ['nope', '_key'] } } }));
    // @ts-expect-error: no such path there.
    run(rowsOf('todos', { include: { x: { map: 'users', on: ['ownerId', 'text'] } } }));
    // @ts-expect-error: not a field of users.
    run(rowsOf('todos', { include: { x: { map: 'users', on: ['ownerId', '_key'], where: { text: 'x' } } } }));
    // @ts-expect-error: groups have no relations.
    run(rowsOf('todos', { groupBy: ['text'], include: {} }));
    // @ts-expect-error: groups have no fields to pick.
    run(rowsOf('todos', { distinct: ['text'], fields: ['text'] }));
    expect(run).toBeTypeOf('function');
  });

  test('without a schema anything goes that a query may be', () => {
    const { query, row } = anyRowsOf('whatever', {
      where: { 'a.b': { $gt: 1 }, c: { $contains: 1 } },
      sort: { x: 'asc' },
      include: { y: { map: 'other', on: ['p', 'q'], where: { z: 1 } } },
    });
    expect(accepted(query)).toBe(true);
    expectTypeOf(row._key).toEqualTypeOf<string>();
    expectTypeOf(row.anything).toBeAny();
    expectTypeOf(anyRowsOf('x', { aggregate: { n: 'count' }, groupBy: 'a' }).row.n).toEqualTypeOf<number>();
  });
});

describe('QU-30: the builder', () => {
  const from = queriesOf<Schema>();

  test('says the same as the object, and its rows have the same type', () => {
    const built = from('todos')
      .where({ done: false })
      .where({ order: { $gt: 1 } })
      .sort({ order: 'desc' })
      .limit(5)
      .cursor(null)
      .fields('text', 'owner.id')
      .include('user', from('users').where({ age: 3 }).fields('name'), { on: ['ownerId', '_key'], one: true });
    const written = rowsOf('todos', {
      where: { done: false, order: { $gt: 1 } },
      sort: { order: 'desc' },
      limit: 5,
      fields: ['text', 'owner.id'],
      include: { user: { map: 'users', on: ['ownerId', '_key'], one: true, where: { age: 3 }, fields: ['name'] } },
    });
    expect(built.map).toBe('todos');
    expect(parseQuery(built.build())).toEqual(parseQuery(written.query as QueryInput));
    expect(parseQuery(built)).toEqual(parseQuery(built.build()));
    expectTypeOf<RowOf<typeof built>>().toEqualTypeOf<typeof written.row>();
  });

  test('makes groups', () => {
    const built = from('todos')
      .groupBy('status')
      .aggregate({ n: 'count', sum: { sum: 'order' } })
      .sort({ n: 'desc' });
    expect(parseQuery(built)).toEqual(
      parseQuery({ groupBy: 'status', aggregate: { n: 'count', sum: { sum: 'order' } }, sort: { n: 'desc' } }),
    );
    expectTypeOf<RowOf<typeof built>>().toEqualTypeOf<{
      status: 'open' | 'closed';
      readonly n: number;
      readonly sum: number | null;
      readonly _key: string;
    }>();
    expect(parseQuery(from('todos').distinct('status'))).toEqual(parseQuery({ distinct: 'status' }));
  });

  test('is never changed: each step is a new one', () => {
    const all = from('todos');
    const open = all.where({ done: false });
    open.limit(1);
    open.include('u', from('users'), { on: ['ownerId', '_key'] });
    expect(all.build()).toEqual({});
    expect(open.build()).toEqual({ where: { done: false } });
  });

  test('takes a relation under any name', () => {
    const built = from('todos').include('__proto__', from('users'), { on: ['ownerId', '_key'] });
    const query = parseQuery(built);
    expect(query.ok && query.value.include?.map(({ name }) => name)).toEqual(['__proto__']);
  });

  test('knows what the schema has', () => {
    const run = (..._builders: readonly unknown[]): void => {};
    // @ts-expect-error: no such map.
    run(from('nope'));
    // @ts-expect-error: no such path.
    run(from('todos').where({ nope: 1 }));
    // @ts-expect-error: no such field.
    run(from('todos').fields('nope'));
    // @ts-expect-error: no such path to sort by.
    run(from('todos').sort({ nope: 'asc' }));
    // @ts-expect-error: no such path to relate by.
    run(from('todos').include('x', from('users'), { on: ['nope', '_key'] }));
    // @ts-expect-error: nor in the other map.
    run(from('todos').include('x', from('users'), { on: ['ownerId', 'text'] }));
    // @ts-expect-error: text has no average.
    run(from('todos').aggregate({ n: { avg: 'text' } }));
    expect(run).toBeTypeOf('function');
  });

  test('without a schema takes any path', () => {
    const built = queriesOf<AnySchema>()('m').where({ 'a.b': 1 }).sort({ c: 'asc' }).fields('d');
    expect(parseQuery(built)).toEqual(parseQuery({ where: { 'a.b': 1 }, sort: { c: 'asc' }, fields: 'd' }));
  });
});
