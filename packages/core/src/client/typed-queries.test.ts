import { describe, expect, expectTypeOf, it } from 'vitest';

import { queriesOf, type QueryInput, type ResultRow, type WhereInput } from '../query/index.js';
import { MemoryAdapter } from './adapters/memory-storage.js';
import type { QueryHandle } from './query-handle.js';
import { TopGunClient } from './topgun-client.js';

interface Todo {
  readonly text: string;
  readonly done: boolean;
  readonly rank: number;
  readonly owner: { readonly id: string; readonly name: string; readonly address?: { readonly city: string } };
  readonly tags: readonly string[];
}
interface User {
  readonly name: string;
  readonly age: number;
}
interface Schema {
  readonly todos: Todo;
  readonly users: User;
  readonly counts: number;
}

declare const client: TopGunClient<Schema>;
declare const untyped: TopGunClient;

type RowOf<H> = H extends QueryHandle<infer R> ? R : never;

// Held by the compiler: nothing here is called.
describe('CL-20: the rows of a query have the type of what it asks for', () => {
  it('all fields, beside the key', () => {
    const asked = () => client.query('todos', { where: { done: false }, sort: { rank: 'asc' }, limit: 5 });
    expectTypeOf<RowOf<ReturnType<typeof asked>>>().toExtend<Todo & { readonly _key: string }>();
    const counts = () => client.query('counts');
    expectTypeOf<RowOf<ReturnType<typeof counts>>['value']>().toEqualTypeOf<number>();
    const given = (input: QueryInput) => client.query('todos', input);
    expectTypeOf<RowOf<ReturnType<typeof given>>['rank']>().toEqualTypeOf<number>();
    const open = () => untyped.query('anything', { fields: ['a'] });
    expectTypeOf<RowOf<ReturnType<typeof open>>>().not.toBeNever();
  });

  it('chosen ones, nested as they are', () => {
    const asked = () => client.query('todos', { fields: ['text', 'owner.id', ['rank']] });
    type Asked = RowOf<ReturnType<typeof asked>>;
    expectTypeOf<Asked['text']>().toEqualTypeOf<string>();
    expectTypeOf<Asked['owner']['id']>().toEqualTypeOf<string>();
    expectTypeOf<Asked['rank']>().toEqualTypeOf<number>();
    expectTypeOf<'done' extends keyof Asked ? true : false>().toEqualTypeOf<false>();
    expectTypeOf<'name' extends keyof Asked['owner'] ? true : false>().toEqualTypeOf<false>();
    const one = () => client.query('todos', { fields: 'owner.name' });
    expectTypeOf<RowOf<ReturnType<typeof one>>['owner']['name']>().toEqualTypeOf<string>();
  });

  it('groups with aggregates', () => {
    const asked = () =>
      client.query('todos', {
        groupBy: ['done', 'owner.id'],
        aggregate: { n: 'count', total: { sum: 'rank' }, first: { min: 'text' } },
      });
    type Asked = RowOf<ReturnType<typeof asked>>;
    expectTypeOf<Asked['_key']>().toEqualTypeOf<string>();
    expectTypeOf<Asked['done']>().toEqualTypeOf<boolean>();
    expectTypeOf<Asked['owner']['id']>().toEqualTypeOf<string>();
    expectTypeOf<Asked['n']>().toEqualTypeOf<number>();
    expectTypeOf<Asked['total']>().toEqualTypeOf<number | null>();
    expectTypeOf<Asked['first']>().toEqualTypeOf<string | null>();
    expectTypeOf<'text' extends keyof Asked ? true : false>().toEqualTypeOf<false>();
    const distinct = () => client.query('todos', { distinct: 'done' });
    expectTypeOf<RowOf<ReturnType<typeof distinct>>['done']>().toEqualTypeOf<boolean>();
    const all = () => client.query('todos', { aggregate: { n: 'count' } });
    expectTypeOf<RowOf<ReturnType<typeof all>>['n']>().toEqualTypeOf<number>();
  });

  it('related rows, as a list or one, and theirs', () => {
    const asked = () =>
      client.query('todos', {
        fields: ['text'],
        include: {
          author: { map: 'users', on: ['owner.id', '_key'], one: true, fields: ['name'] },
          siblings: {
            map: 'todos',
            on: ['owner.id', 'owner.id'],
            include: { author: { map: 'users', on: ['owner.id', '_key'], one: true } },
          },
        },
      });
    type Asked = RowOf<ReturnType<typeof asked>>;
    expectTypeOf<Asked['text']>().toEqualTypeOf<string>();
    expectTypeOf<NonNullable<Asked['author']>['name']>().toEqualTypeOf<string>();
    expectTypeOf<null extends Asked['author'] ? true : false>().toEqualTypeOf<true>();
    expectTypeOf<'age' extends keyof NonNullable<Asked['author']> ? true : false>().toEqualTypeOf<false>();
    expectTypeOf<Asked['siblings'][number]['done']>().toEqualTypeOf<boolean>();
    expectTypeOf<NonNullable<Asked['siblings'][number]['author']>['age']>().toEqualTypeOf<number>();
  });

  it('of queryOnce too', () => {
    const asked = () => client.queryOnce('todos', { groupBy: 'done', aggregate: { n: 'count' } });
    expectTypeOf<Awaited<ReturnType<typeof asked>>[number]['n']>().toEqualTypeOf<number>();
    expectTypeOf<ResultRow<Schema, 'todos', { readonly fields: readonly string[] }>['rank']>().toEqualTypeOf<
      number | undefined
    >();
  });
});

describe('QU-30: what a query of a map asks is checked against its schema', () => {
  it('fields, and the operators that make sense of them, are taken', () => {
    const ask = () => [
      client.query('todos', { where: { done: false, rank: { $gte: 1, $in: [1, 2] }, tags: { $contains: 'a' } } }),
      client.query('todos', { where: { 'owner.id': 'u', 'owner.address.city': { $startsWith: 'B' } } }),
      client.query('todos', { where: { $or: [{ done: true }, { $not: { text: { $like: 'a%' } } }] }, cursor: null }),
      client.query('todos', { sort: { 'owner.name': 'asc' }, where: [['owner', 'id'], 'u'] }),
      client.query('todos', {
        groupBy: 'done',
        aggregate: { n: 'count' },
        where: { rank: { $lt: 3 } },
        sort: { n: 'asc' },
      }),
      client.query('todos', { include: { a: { map: 'users', on: ['owner.id', '_key'], where: { age: { $gt: 3 } } } } }),
      client.query('counts', { where: { _key: { $in: ['a'] } } }),
    ];
    expect(ask).toBeTypeOf('function');
  });

  it('others are an error where they are written, beside right ones too', () => {
    const run = (..._asked: readonly (() => unknown)[]): void => {};
    // @ts-expect-error: no such field.
    run(() => client.query('todos', { where: { dnoe: false } }));
    // @ts-expect-error: nor beside one that is there.
    run(() => client.query('todos', { where: { done: false, dnoe: false } }));
    // @ts-expect-error: nor on a dotted path.
    run(() => client.query('todos', { where: { done: false, 'owner.address.zip': '1' } }));
    // @ts-expect-error: a boolean is no text.
    run(() => client.query('todos', { where: { done: 'no' } }));
    // @ts-expect-error: a city is no number.
    run(() => client.query('todos', { where: { 'owner.address.city': 1 } }));
    // @ts-expect-error: a list has no order.
    run(() => client.query('todos', { where: { tags: { $gt: 'a' } } }));
    // @ts-expect-error: an object neither.
    run(() => client.query('todos', { where: { owner: { $gt: 1 } } }));
    // @ts-expect-error: in a list of ranks, a text.
    run(() => client.query('todos', { where: { rank: { $in: [1, 'two'] } } }));
    // @ts-expect-error: tags are texts.
    run(() => client.query('todos', { where: { tags: { $contains: 1 } } }));
    // @ts-expect-error: no such operator, beside one there is.
    run(() => client.query('todos', { where: { rank: { $gt: 1, $gtt: 2 } } }));
    // @ts-expect-error: inside connectives too.
    run(() => client.query('todos', { where: { $and: [{ done: false }, { done: false, dnoe: 1 }] } }));
    // @ts-expect-error: no such field to sort by.
    run(() => client.query('todos', { sort: { rnak: 'asc' } }));
    // @ts-expect-error: no such option.
    run(() => client.query('todos', { where: { done: false }, limti: 1 }));
    // @ts-expect-error: no such field to show.
    run(() => client.query('todos', { fields: ['text', 'txet'] }));
    // @ts-expect-error: groups are of fields there are.
    run(() => client.query('todos', { groupBy: ['done', 'doen'], aggregate: { n: 'count' } }));
    // @ts-expect-error: their conditions too.
    run(() => client.query('todos', { groupBy: 'done', where: { done: true, dnoe: true } }));
    // @ts-expect-error: text has no sum.
    run(() => client.query('todos', { aggregate: { n: { sum: 'text' } } }));
    // @ts-expect-error: groups have no relations.
    run(() => client.query('todos', { groupBy: 'done', include: {} }));
    const by = { map: 'users', on: ['text', '_key'] } as const;
    // @ts-expect-error: of the other map, no such field beside one there is.
    run(() => client.query('todos', { include: { a: { ...by, where: { age: 1, agee: 1 } } } }));
    // @ts-expect-error: nor such an operator.
    run(() => client.query('todos', { include: { a: { ...by, where: { age: { $gt: 1, $x: 1 } } } } }));
    // @ts-expect-error: of `queryOnce` too.
    run(() => client.queryOnce('todos', { where: { done: false, dnoe: 1 } }));
    // @ts-expect-error: no such map.
    run(() => client.query('tods'));
    expect(run).toBeTypeOf('function');
  });

  it('without a schema, and of a map about which it says nothing, anything goes', () => {
    type Half = { readonly known: User; readonly open: any };
    const ask = (half: TopGunClient<Half>, where: WhereInput, part: { where: WhereInput; groupBy?: string }) => [
      untyped.query('x', { where: { 'a.b': { $gt: 1 }, c: { $contains: 1 } }, sort: { d: 'asc' } }),
      untyped.query('x', { where, include: { y: { map: 'z', on: ['p', 'q'], where: { r: 1 } } } }),
      untyped.query('x', { groupBy: 'a', aggregate: { n: { sum: 'b' } } }),
      untyped.query('x', part),
      half.query('open', { where: { anything: 1 }, limit: 3 }),
      // @ts-expect-error: of this one it says something.
      half.query('known', { where: { name: 'a', anything: 1 } }),
    ];
    expect(ask).toBeTypeOf('function');
  });
});

describe('QU-30: a builder is a query like any other', () => {
  const from = queriesOf<Schema>();
  const OPEN = { where: { done: false }, sort: { rank: 'desc' }, limit: 5, fields: ['text', 'owner.id'] } as const;
  const open = from('todos').where({ done: false }).sort({ rank: 'desc' }).limit(5).fields('text', 'owner.id');

  it('asks what the object asks, and its rows have the types that it says', async () => {
    const local = new TopGunClient<Schema>({ storage: new MemoryAdapter(), auth: { principal: 'builder' } });
    local.getMap('todos').set('a', { text: 'a', done: false, rank: 1, owner: { id: 'u', name: 'U' }, tags: [] });
    const handle = local.query('todos', open);
    expect(handle.key).toBe(local.query('todos', OPEN).key);
    const rows = await local.queryOnce('todos', open);
    expect(rows).toEqual([{ _key: 'a', text: 'a', owner: { id: 'u' } }]);
    expectTypeOf<RowOf<typeof handle>['owner']['id']>().toEqualTypeOf<string>();
    expectTypeOf<(typeof rows)[number]['text']>().toEqualTypeOf<string>();
    expectTypeOf<'done' extends keyof RowOf<typeof handle> ? true : false>().toEqualTypeOf<false>();
    const counts = () => local.query('todos', from('todos').groupBy('done').aggregate({ n: 'count' }));
    expectTypeOf<RowOf<ReturnType<typeof counts>>['n']>().toEqualTypeOf<number>();
    await local.close();
  });

  it('QU-4: is refused for another map, by the types and at the call', () => {
    const local = new TopGunClient<Schema>({ storage: new MemoryAdapter() });
    // @ts-expect-error: it was built for the todos.
    const ask = () => local.query('users', open);
    expect(ask).toThrow('was built for the map "todos", not for "users"');
    void local.close();
  });
});
