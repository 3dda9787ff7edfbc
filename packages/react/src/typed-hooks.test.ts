import { describe, expect, expectTypeOf, it } from 'vitest';

import { queriesOf, useInfiniteQuery, useQuery, useSuspenseQuery, type Row, type UseQueryResult } from './index.js';

interface Todo {
  readonly text: string;
  readonly done: boolean;
  readonly rank: number;
  readonly tags: readonly string[];
  readonly owner: { readonly id: string };
}

type Shown<H> = H extends UseQueryResult<infer T, infer _R> ? T : never;

// Held by the compiler: nothing here is called.
describe('QU-30: what a hook asks is checked against the type of its rows', () => {
  it('fields, and the operators that make sense of them, are taken', () => {
    const use = (isReady: boolean) => [
      useQuery<Todo>('todos', {
        where: { done: false, rank: { $gt: 1 }, 'owner.id': { $in: ['u'] } },
        sort: { rank: 'asc' },
      }),
      useQuery<Todo>(isReady && 'todos', isReady && { where: { tags: { $contains: 'a' } } }),
      useQuery<Todo>(null, {
        where: [['owner', 'id'], 'u'],
        include: { a: { map: 'users', on: ['owner.id', '_key'] } },
      }),
      useInfiniteQuery<Todo>('todos', { where: { $or: [{ done: true }, { text: { $like: 'a%' } }] }, limit: 10 }),
      useSuspenseQuery<Todo>('todos', { where: { done: true } }, { suspendUntil: 'settled' }),
    ];
    expect(use).toBeTypeOf('function');
    const useSelected = () =>
      useQuery('todos', { where: { done: true } }, { select: (rows: readonly Row<Todo>[]) => rows.length });
    expectTypeOf<ReturnType<typeof useSelected>['data']>().toEqualTypeOf<number>();
  });

  it('others are an error where they are written, beside right ones too', () => {
    const run = (..._uses: readonly (() => unknown)[]): void => {};
    const select = (rows: readonly Row<Todo>[]) => rows.length;
    // @ts-expect-error: no such field.
    run(() => useQuery<Todo>('todos', { where: { done: false, dnoe: false } }));
    // @ts-expect-error: a boolean is no text.
    run(() => useQuery<Todo>('todos', { where: { done: 'no' } }));
    // @ts-expect-error: a list has no order.
    run(() => useQuery<Todo>('todos', { where: { tags: { $gt: 'a' } } }));
    // @ts-expect-error: in a list of ranks, a text.
    run(() => useQuery<Todo>('todos', { where: { rank: { $in: [1, 'two'] } } }));
    // @ts-expect-error: no such path.
    run(() => useQuery<Todo>('todos', { where: { done: false, 'owner.name': 'u' } }));
    // @ts-expect-error: no such field to sort by.
    run(() => useQuery<Todo>('todos', { sort: { rnak: 'asc' } }));
    // @ts-expect-error: with `select` too.
    run(() => useQuery('todos', { where: { done: false, dnoe: 1 } }, { select }));
    // @ts-expect-error: by page too.
    run(() => useInfiniteQuery<Todo>('todos', { where: { done: false, dnoe: 1 } }));
    // @ts-expect-error: where it suspends too.
    run(() => useSuspenseQuery<Todo>('todos', { where: { done: 1 } }));
    expect(run).toBeTypeOf('function');
  });

  it('without such a type, and where something else than whole rows is shown, anything goes that a query may be', () => {
    interface Count {
      readonly done: boolean;
      readonly n: number;
    }
    const use = () => [
      useQuery('todos', { where: { anything: { $gt: 1 }, 'a.b': 1 }, sort: { c: 'asc' } }),
      useQuery<any>('todos', { where: { anything: 1 }, groupBy: 'a' }),
      useQuery<Count>('todos', {
        groupBy: 'done',
        aggregate: { n: 'count' },
        where: { text: 'a' },
        sort: { n: 'asc' },
      }),
      useQuery<Pick<Todo, 'text'>>('todos', { fields: ['text'], where: { rank: 1 } }),
    ];
    expect(use).toBeTypeOf('function');
    const useBuilt = () =>
      useQuery('todos', queriesOf<{ todos: Todo }>()('todos').where({ done: false }).fields('text'));
    expectTypeOf<Shown<ReturnType<typeof useBuilt>>['text']>().toEqualTypeOf<string>();
    expectTypeOf<'done' extends keyof Shown<ReturnType<typeof useBuilt>> ? true : false>().toEqualTypeOf<false>();
  });
});
