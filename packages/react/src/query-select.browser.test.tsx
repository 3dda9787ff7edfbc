import { queriesOf, type Row, type TopGunClient } from '@topgun/core';
import { act, Suspense, useState, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';

import { isShallowEqual } from './is-shallow-equal.js';
import { TopGunProvider, useInfiniteQuery, useQuery } from './index.js';
import { createLocalClient, mountHook, unmountAll } from './testing/mount.js';

interface Todo {
  readonly text: string;
  readonly done: boolean;
}
type Rows = readonly Row<Todo>[];

let client: TopGunClient;
const todos = () => client.getMap('todos');
const write = (change: () => unknown): void => act(() => void change());
const put = (key: string, done = false): void => write(() => todos().set(key, { text: key, done }));

beforeEach(async () => {
  client = createLocalClient();
  await client.start();
  await todos().loaded();
});
afterEach(async () => {
  unmountAll();
  await client.close();
});

describe('select', () => {
  it('makes data of the rows, and renders again only when that differs', () => {
    put('a');
    const mounted = mountHook(client, () => useQuery('todos', {}, { select: (rows: Rows) => rows.length }));
    expect(mounted.last.data).toBe(1);
    const { length } = mounted.renders;
    write(() => todos().patch('a', { text: 'other' }));
    expect(mounted.renders).toHaveLength(length);
    put('b');
    expect(mounted.last.data).toBe(2);
  });

  it('keeps what is shallowly equal, from one render to the next, though it is inline', () => {
    put('a');
    put('b', true);
    const useTexts = () => useQuery('todos', {}, { select: (rows: Rows) => rows.map(({ text }) => text) });
    const mounted = mountHook(client, useTexts);
    const before = mounted.last;
    expect(before.data).toEqual(['a', 'b']);
    mounted.rerender(() => useQuery('todos', { where: {} }, { select: (rows: Rows) => rows.map(({ text }) => text) }));
    expect(mounted.last).toBe(before);
    write(() => todos().patch('b', { done: false }));
    expect(mounted.last.data).toBe(before.data);
    write(() => todos().patch('b', { text: 'B' }));
    expect(mounted.last.data).toEqual(['a', 'B']);
  });

  it('follows what an inline one reads from outside', () => {
    put('a');
    put('b', true);
    const picking = (done: boolean) => () =>
      useQuery('todos', {}, { select: (rows: Rows) => rows.filter((row) => row.done === done) });
    const mounted = mountHook(client, picking(false));
    expect(mounted.last.data.map((row) => row._key)).toEqual(['a']);
    mounted.rerender(picking(true));
    expect(mounted.last.data.map((row) => row._key)).toEqual(['b']);
  });

  it.each([
    [[1, 2], [1, 2], true],
    [[1, 2], [1, 3], false],
    [[1], [1, 2], false],
    [{ a: 1 }, { a: 1 }, true],
    [{ a: 1 }, { b: 1 }, false],
    [{ 0: 1 }, [1], false],
    [{ a: undefined }, { b: undefined }, false],
    [new Map([['a', 1]]), new Map([['a', 2]]), false],
    [new Set([1]), new Set([2]), false],
    [new Date(1), new Date(2), false],
    [Uint8Array.of(1), Uint8Array.of(1), false],
    [Number.NaN, Number.NaN, true],
    [null, {}, false],
  ])('takes %o and %o for shallowly equal: %s', (a, b, expected) => {
    expect(isShallowEqual(a, b)).toBe(expected);
  });
});

describe('inline options, filters and pages', () => {
  it('CL-20: the whole result keeps its identity while nothing changed, whatever is inline', () => {
    put('a');
    const useInline = () =>
      useQuery<Todo>(
        'todos',
        { where: { $or: [{ done: false }] }, sort: { text: 'asc' }, limit: 5 },
        { enabled: true, onChange: () => {}, onAdd: () => {}, maxChanges: 5 },
      );
    const mounted = mountHook(client, useInline);
    const before = mounted.last;
    mounted.rerender(() => useInline());
    expect(mounted.last).toBe(before);
  });

  it('QU-30, CL-20: a builder is a filter whose rows have its types, and may be inline too', async () => {
    for (const key of ['a', 'b', 'c']) put(key);
    const from = queriesOf<{ todos: Todo }>();
    const useBuilt = () =>
      useQuery('todos', from('todos').where({ done: false }).sort({ text: 'desc' }).fields('text'));
    const mounted = mountHook(client, useBuilt);
    const before = mounted.last;
    expect(before.data.map(({ text }) => text)).toEqual(['c', 'b', 'a']);
    expectTypeOf<'done' extends keyof (typeof before.data)[number] ? true : false>().toEqualTypeOf<false>();
    mounted.rerender(() => useBuilt());
    expect(mounted.last).toBe(before);
    const counted = mountHook(client, () =>
      useQuery('todos', from('todos').aggregate({ n: 'count' }), { select: ([all]) => all?.n }),
    );
    expect(counted.last.data).toBe(3);
    expectTypeOf(counted.last.data).toEqualTypeOf<number | undefined>();
    const paged = mountHook(client, () => useInfiniteQuery('todos', from('todos').limit(2)));
    await act(() => paged.last.fetchNextPage());
    expect(paged.last.data.map(({ text }) => text)).toEqual(['a', 'b', 'c']);
    const other = mountHook(client, () => useInfiniteQuery('lists' as never, from('todos')));
    expect(other.last.error?.code).toBe('bad-query');
  });

  it('CL-21: loadMore of one component grows its own window, and a filter that changes begins with its first page', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) put(key);
    const filter = { sort: { text: 'asc' }, limit: 2 } as const;
    const one = mountHook(client, () => useQuery<Todo>('todos', { ...filter }));
    const two = mountHook(client, () => useQuery<Todo>('todos', { ...filter }));
    expect([one.last.hasMore, one.last.data.length]).toEqual([true, 2]);
    const { loadMore } = one.last;
    await act(() => loadMore());
    expect([one.last.data.length, two.last.data.length]).toEqual([4, 2]);
    expect(one.last.loadMore).toBe(loadMore);
    one.rerender(() => useQuery<Todo>('todos', { ...filter }));
    expect(one.last.data).toHaveLength(4);
    await act(() => loadMore());
    expect([one.last.hasMore, one.last.data.length]).toEqual([false, 5]);
    one.rerender(() => useQuery<Todo>('todos', { ...filter, where: { done: false } }));
    expect(one.last.data).toHaveLength(2);
  });

  it('CL-26: a filter goes on where another ended, and a cursor of no use is an error to show', () => {
    for (const key of ['a', 'b', 'c']) put(key);
    const filter = { sort: { text: 'asc' }, limit: 2 } as const;
    const first = mountHook(client, () => useQuery<Todo>('todos', filter)).last;
    expect(first.cursorStatus).toBe('none');
    const next = mountHook(client, () => useQuery<Todo>('todos', { ...filter, cursor: first.nextCursor })).last;
    expect([next.data.map((row) => row._key), next.cursorStatus, next.nextCursor]).toEqual([['c'], 'valid', null]);
    const bad = mountHook(client, () => useQuery<Todo>('todos', { ...filter, cursor: 'anything' })).last;
    expect([bad.status, bad.error?.code, bad.cursorStatus]).toEqual(['error', 'cursor-invalid', 'invalid']);
    const none = mountHook(client, () => useQuery<Todo>(null)).last;
    expect([none.nextCursor, none.cursorStatus]).toEqual([null, 'none']);
  });

  it('CL-21: useInfiniteQuery is one growing list', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) put(key);
    const mounted = mountHook(client, () => useInfiniteQuery<Todo>('todos', { sort: { text: 'asc' }, limit: 2 }));
    const first = mounted.last;
    expect(first).toMatchObject({
      status: 'settled',
      hasNextPage: true,
      isFetchingNextPage: false,
      loading: false,
      error: null,
    });
    await act(() => first.fetchNextPage());
    await act(() => first.fetchNextPage());
    expect(mounted.last.data.map((row) => row._key).join('')).toBe('abcde');
    expect(mounted.last.hasNextPage).toBe(false);
    expect(mounted.last.data[0]).toBe(first.data[0]);
    write(() => todos().remove('b'));
    put('bb');
    expect(mounted.last.data.map((row) => row.text)).toEqual(['a', 'bb', 'c', 'd', 'e']);
  });

  it('useInfiniteQuery has pages of fifty rows unless it is told, and is disabled as the others are', () => {
    write(() =>
      client.transaction((tx) => {
        for (let i = 0; i < 60; i++) tx.map('todos').set(`k${i}`, { text: 't', done: false });
      }),
    );
    expect(mountHook(client, () => useInfiniteQuery('todos')).last.data).toHaveLength(50);
    for (const hook of [
      () => useInfiniteQuery(null),
      () => useInfiniteQuery('todos', undefined, { enabled: false }),
      () => useInfiniteQuery('todos', null),
    ]) {
      expect(mountHook(client, hook).last).toMatchObject({ data: [], hasNextPage: false, loading: false });
    }
  });
});

describe('rendering', () => {
  it('CL-20: a render that is thrown away leaves nothing behind: no subscription, no store kept busy', async () => {
    const subscribed: string[] = [];
    const watched = Object.create(client, {
      query: {
        value: (...args: Parameters<TopGunClient['query']>) => {
          const handle = client.query(...args);
          const { subscribe } = handle;
          return Object.assign(handle, {
            subscribe: (...given: Parameters<typeof subscribe>) => {
              subscribed.push('subscribe');
              const stop = subscribe(...given);
              return () => {
                subscribed.push('stop');
                stop();
              };
            },
          });
        },
      },
    }) as TopGunClient;
    const never = new Promise<never>(() => {});
    const Suspended = (): ReactNode => {
      useQuery<Todo>('todos');
      throw never;
    };
    const host = document.createElement('div');
    const root = createRoot(host);
    await act(async () =>
      root.render(
        <TopGunProvider client={watched}>
          <Suspense fallback="waiting">
            <Suspended />
          </Suspense>
        </TopGunProvider>,
      ),
    );
    expect([host.textContent, subscribed]).toEqual(['waiting', []]);
    act(() => root.unmount());
    expect(subscribed).toEqual([]);
  });

  it('two components never show two states of one query in one commit', () => {
    const seen: string[] = [];
    const Count = ({ name }: { readonly name: string }): ReactNode => {
      const { data } = useQuery<Todo>('todos');
      seen.push(`${name}${data.length}`);
      return <i>{data.length}</i>;
    };
    const Both = (): ReactNode => {
      const [n, setN] = useState(0);
      const add = (): void => {
        setN(n + 1);
        todos().set('a', { text: 'a', done: false });
      };
      return (
        <button onClick={add}>
          <Count name="x" key={`x${n}`} />
          <Count name="y" />
        </button>
      );
    };
    const host = document.createElement('div');
    const root = createRoot(host);
    act(() =>
      root.render(
        <TopGunProvider client={client}>
          <Both />
        </TopGunProvider>,
      ),
    );
    act(() => host.querySelector('button')?.click());
    expect(host.textContent).toBe('11');
    expect(seen.slice(-2)).toEqual(['x1', 'y1']);
    act(() => root.unmount());
  });

  it('CL-20: renders on a server without data, changes or states', () => {
    const Shown = (): ReactNode => {
      const { data, status, changes, syncState, hasMore } = useQuery<Todo>('todos', { limit: 2 });
      const { hasNextPage } = useInfiniteQuery<Todo>('todos');
      return JSON.stringify([data, status, changes, [...syncState], hasMore, hasNextPage]);
    };
    put('a');
    const html = renderToString(
      <TopGunProvider client={client}>
        <Shown />
      </TopGunProvider>,
    );
    expect(html).toBe('[[],&quot;loading&quot;,[],[],false,false]');
  });
});
