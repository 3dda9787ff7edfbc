import { describe, expect, expectTypeOf, it } from 'vitest';

import { queriesOf, type QueryInput, type ResultRow } from '../query/index.js';
import { MemoryAdapter } from './adapters/memory-storage.js';
import type { QueryHandle } from './query-handle.js';
import { TopGunClient } from './topgun-client.js';

interface Todo {
  readonly text: string;
  readonly done: boolean;
  readonly rank: number;
  readonly owner: { readonly id: string; readonly name: string };
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

describe('QU-30: a builder is a query like any other', () => {
  const from = queriesOf<Schema>();
  const OPEN = { where: { done: false }, sort: { rank: 'desc' }, limit: 5, fields: ['text', 'owner.id'] } as const;
  const open = from('todos').where({ done: false }).sort({ rank: 'desc' }).limit(5).fields('text', 'owner.id');

  it('asks what the object asks, and its rows have the types that it says', async () => {
    const local = new TopGunClient<Schema>({ storage: new MemoryAdapter(), auth: { principal: 'builder' } });
    local.getMap('todos').set('a', { text: 'a', done: false, rank: 1, owner: { id: 'u', name: 'U' } });
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
