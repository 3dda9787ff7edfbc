import { TopGunError, type SyncProgress, type TopGunClient } from '@topgun/core';
import { act, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  TopGunProvider,
  useClient,
  useConnectionState,
  useEntry,
  useMap,
  useMutation,
  useQuery,
  useSyncProgress,
  useSyncState,
  useSyncStatus,
} from './index.js';
import { createLocalClient, mountHook, unmountAll } from './testing/mount.js';

interface Todo {
  readonly text: string;
  readonly done: boolean;
}

let client: TopGunClient;
const todos = () => client.getMap('todos');
const write = (change: () => unknown): void => act(() => void change());

beforeEach(async () => {
  client = createLocalClient();
  await client.start();
  await todos().loaded();
});
afterEach(async () => {
  unmountAll();
  await client.close();
});

describe('useClient', () => {
  it('gives the client of the provider', () => {
    expect(mountHook(client, useClient).last).toBe(client);
  });

  it('says what is missing without one', () => {
    function Alone(): ReactNode {
      useClient();
      return null;
    }
    expect(() => renderToString(<Alone />)).toThrow(TopGunError);
    expect(() => renderToString(<Alone />)).toThrow('TopGunProvider');
  });
});

describe('useQuery', () => {
  it('CL-1: shows a write in the render it causes', () => {
    const mounted = mountHook(client, () => useQuery<Todo>('todos', { where: { done: false } }));
    write(() => todos().set('a', { text: 'A', done: false }));
    expect(mounted.last.data).toEqual([{ _key: 'a', text: 'A', done: false }]);
    write(() => todos().patch('a', { done: true }));
    expect(mounted.last.data).toEqual([]);
  });

  it('does not take empty for loading', () => {
    const { last } = mountHook(client, () => useQuery('todos'));
    expect(last).toMatchObject({ data: [], loading: false, isLoading: false, error: null });
  });

  it('keeps data and rows that did not change, inline filters or not', () => {
    write(() => todos().set('a', { text: 'A', done: false }));
    write(() => todos().set('b', { text: 'B', done: false }));
    const mounted = mountHook(client, () => useQuery<Todo>('todos', { where: { done: false }, sort: { text: 'asc' } }));
    const before = mounted.last;
    mounted.rerender(() => useQuery<Todo>('todos', { sort: [['text', 'asc']], where: { $and: [{ done: false }] } }));
    expect(mounted.last).toBe(before);
    write(() => todos().patch('b', { text: 'C' }));
    expect(mounted.last.data).not.toBe(before.data);
    expect(mounted.last.data[0]).toBe(before.data[0]);
  });

  it('does not render again for records that do not concern it', () => {
    const mounted = mountHook(client, () => useQuery<Todo>('todos', { where: { done: true } }));
    const { length } = mounted.renders;
    write(() => todos().set('a', { text: 'A', done: false }));
    expect(mounted.renders).toHaveLength(length);
  });

  it('follows a filter that changes', () => {
    write(() => todos().set('a', { text: 'A', done: false }));
    write(() => todos().set('b', { text: 'B', done: true }));
    const mounted = mountHook(client, () => useQuery<Todo>('todos', { where: { done: true } }));
    expect(mounted.last.data.map((row) => row._key)).toEqual(['b']);
    mounted.rerender(() => useQuery<Todo>('todos', { where: { done: false } }));
    expect(mounted.last.data.map((row) => row._key)).toEqual(['a']);
  });

  it.each([
    ['a falsy map', () => useQuery(null)],
    ['a falsy filter', () => useQuery('todos', null)],
    ['enabled: false', () => useQuery('todos', {}, { enabled: false })],
  ])('is disabled by %s', (_what, hook) => {
    write(() => todos().set('a', { text: 'A', done: false }));
    expect(mountHook(client, hook).last).toMatchObject({ data: [], loading: false, error: null });
  });

  it('shows a bad query as an error with a code', () => {
    const { last } = mountHook(client, () => useQuery('todos', { where: { done: { $nope: 1 } } as never }));
    expect(last.status).toBe('error');
    expect(last.error).toMatchObject({ code: 'bad-query' });
  });

  it('hears nothing after unmounting', () => {
    const mounted = mountHook(client, () => useQuery('todos'));
    mounted.unmount();
    const { length } = mounted.renders;
    write(() => todos().set('a', { text: 'A', done: false }));
    expect(mounted.renders).toHaveLength(length);
  });

  it('renders on a server without data', () => {
    const Rows = (): ReactNode => useQuery('todos').status;
    expect(
      renderToString(
        <TopGunProvider client={client}>
          <Rows />
        </TopGunProvider>,
      ),
    ).toBe('loading');
  });
});

describe('useMap and useEntry', () => {
  it('useMap renders again at any change', () => {
    const mounted = mountHook(client, () => [...useMap<string, Todo>('todos').keys()].join());
    write(() => todos().set('a', { text: 'A', done: false }));
    write(() => todos().set('b', { text: 'B', done: false }));
    expect(mounted.last).toBe('a,b');
  });

  it('useEntry renders again for its record alone', () => {
    const mounted = mountHook(client, () => useEntry<Todo>('todos', 'a'));
    write(() => todos().set('a', { text: 'A', done: false }));
    expect(mounted.last).toEqual({ text: 'A', done: false });
    const { length } = mounted.renders;
    write(() => todos().set('b', { text: 'B', done: false }));
    expect(mounted.renders).toHaveLength(length);
    write(() => todos().remove('a'));
    expect(mounted.last).toBeUndefined();
  });

  it('useEntry selects, with an inline selector that builds an object', () => {
    write(() => todos().set('a', { text: 'A', done: false }));
    const mounted = mountHook(client, () =>
      useEntry('todos', 'a', (todo: Todo | undefined) => ({ isDone: todo?.done ?? false })),
    );
    const { length } = mounted.renders;
    write(() => todos().patch('a', { text: 'other' }));
    expect(mounted.renders).toHaveLength(length);
    write(() => todos().patch('a', { done: true }));
    expect(mounted.last).toEqual({ isDone: true });
  });

  it('a falsy map or key disables them', () => {
    expect(mountHook(client, () => useMap(undefined)).last).toBeNull();
    expect(mountHook(client, () => useEntry('todos', null)).last).toBeUndefined();
  });

  it('CL-1: a controlled input keeps up with what is typed', () => {
    write(() => todos().set('a', { text: '', done: false }));
    const Field = (): ReactNode => {
      const todo = useEntry<Todo>('todos', 'a');
      return <input value={todo?.text ?? ''} onChange={(event) => todos().patch('a', { text: event.target.value })} />;
    };
    const host = document.createElement('div');
    document.body.append(host);
    const root = createRoot(host);
    act(() =>
      root.render(
        <TopGunProvider client={client}>
          <Field />
        </TopGunProvider>,
      ),
    );
    const input = host.querySelector('input') as HTMLInputElement;
    input.focus();
    for (const letter of 'hello') act(() => void document.execCommand('insertText', false, letter));
    input.setSelectionRange(2, 2);
    act(() => void document.execCommand('insertText', false, 'X'));
    expect(input.value).toBe('heXllo');
    expect(input.selectionStart).toBe(3);
    act(() => root.unmount());
    host.remove();
  });
});

describe('useMutation', () => {
  it('gives stable functions that write', () => {
    const mounted = mountHook(client, () => useMutation<Todo>('todos'));
    const first = mounted.last;
    write(() => first.create('a', { text: 'A', done: false }));
    write(() => first.update('a', (todo) => ({ ...(todo as Todo), done: true })));
    write(() => first.patch('a', { text: 'B' }));
    expect(todos().get('a')).toEqual({ text: 'B', done: true });
    mounted.rerender(() => useMutation<Todo>('todos'));
    expect(mounted.last).toBe(first);
    write(() => first.remove('a'));
    expect(todos().has('a')).toBe(false);
  });

  it('CR-4: update with a value and its base writes only what differs', () => {
    const { last } = mountHook(client, () => useMutation<Todo>('todos'));
    const base = { text: 'A', done: false };
    write(() => last.create('a', base));
    write(() => last.patch('a', { text: 'from elsewhere' }));
    write(() => last.update('a', { ...base, done: true }, { base }));
    expect(todos().get('a')).toEqual({ text: 'from elsewhere', done: true });
  });
});

describe('states', () => {
  it('CL-6: useConnectionState follows the connection', async () => {
    const mounted = mountHook(client, useConnectionState);
    expect(mounted.last).toBe('offline');
    await act(() => client.close());
    expect(mounted.last).toBe('closed');
  });

  it('CL-9: useSyncState of a client without a server is local-only', () => {
    expect(mountHook(client, () => useSyncState('todos', 'a')).last).toBe('local-only');
  });

  it('SY-7: useSyncProgress shows how far a first answer is, while one is on its way', () => {
    const listeners = new Set<() => void>();
    let shown: SyncProgress | null = null;
    const arriving = Object.create(client, {
      getSyncProgress: { value: (map: string) => (map === 'todos' ? shown : null) },
      onSyncProgress: { value: (listener: () => void) => (listeners.add(listener), () => listeners.delete(listener)) },
    }) as TopGunClient;
    const mounted = mountHook(arriving, () => [useSyncProgress('todos'), useSyncProgress('others')]);
    const step = (next: SyncProgress | null): void =>
      act(() => {
        shown = next;
        for (const listener of listeners) listener();
      });
    expect(mounted.last).toEqual([null, null]);
    step({ map: 'todos', received: 500, total: 900 });
    expect(mounted.last).toEqual([{ map: 'todos', received: 500, total: 900 }, null]);
    step(null);
    expect(mounted.last).toEqual([null, null]);
    unmountAll();
    expect(listeners.size).toBe(0);
  });

  it('useSyncStatus keeps its identity while nothing changes', () => {
    const mounted = mountHook(client, useSyncStatus);
    const before = mounted.last;
    mounted.rerender(useSyncStatus);
    expect(mounted.last).toBe(before);
    expect(before).toMatchObject({ pendingOps: 0 });
  });
});
