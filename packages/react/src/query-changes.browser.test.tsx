import type { TopGunClient } from '@topgun/core';
import { act } from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { useQuery, type UseQueryOptions } from './index.js';
import { createLocalClient, mountHook, unmountAll } from './testing/mount.js';
import { createServedClient, type ServedClient } from './testing/served-client.js';

interface Todo {
  readonly text: string;
  readonly done: boolean;
}

let client: TopGunClient;
const todos = () => client.getMap('todos');
const write = (change: () => unknown): void => act(() => void change());
const put = (key: string, text = key): void => write(() => todos().set(key, { text, done: false }));

const OPEN = { where: { done: false } };

/** A list of what was called, and options with a callback for each kind, new ones every time. */
function recorder() {
  const heard: unknown[] = [];
  const options = (tag = ''): UseQueryOptions<Todo> & { readonly select?: undefined } => ({
    onChange: ({ type, key }) => heard.push(`${tag}${type} ${key}`),
    onAdd: (key, value) => heard.push(['added', key, value.text]),
    onUpdate: (key, value, previous) => heard.push(['updated', key, value.text, previous.text]),
    onRemove: (key, previous) => heard.push(['removed', key, previous.text]),
  });
  return { heard, options };
}

describe('CL-23: what has become of the rows', () => {
  beforeEach(async () => {
    client = createLocalClient();
    await client.start();
    await todos().loaded();
  });
  afterEach(async () => {
    unmountAll();
    await client.close();
  });

  it('is told once each, outside of rendering, by the callbacks, and the rows there were first are no changes', () => {
    put('a');
    const { heard, options } = recorder();
    let isRendering = false;
    const mounted = mountHook(client, () => {
      isRendering = true;
      queueMicrotask(() => (isRendering = false));
      const result = useQuery<Todo>('todos', OPEN, {
        ...options(),
        onChange: ({ type, key }) => heard.push(`${type} ${key}${isRendering ? ' while rendering' : ''}`),
      });
      isRendering = false;
      return result;
    });
    expect(heard).toEqual([]);
    put('b');
    write(() => todos().patch('a', { text: 'A' }));
    write(() => todos().patch('b', { done: true }));
    expect(heard).toEqual([
      'add b',
      ['added', 'b', 'b'],
      'update a',
      ['updated', 'a', 'A', 'a'],
      'remove b',
      ['removed', 'b', 'b'],
    ]);
    expect(mounted.last.changes.map(({ type, key }) => `${type} ${key}`)).toEqual(['add b', 'update a', 'remove b']);
    expect(mounted.last.lastChange).toEqual({
      type: 'remove',
      key: 'b',
      previousValue: { _key: 'b', text: 'b', done: false },
    });
  });

  it('goes to the callbacks of the latest render, which subscribe to nothing anew', () => {
    const { heard, options } = recorder();
    let subscriptions = 0;
    const counted = Object.create(client, {
      query: {
        value: (...args: Parameters<TopGunClient['query']>) => {
          const handle = client.query(...args);
          const { subscribe } = handle;
          return Object.assign(handle, {
            subscribe: (...given: Parameters<typeof subscribe>) => {
              subscriptions++;
              return subscribe(...given);
            },
          });
        },
      },
    }) as TopGunClient;
    const mounted = mountHook(counted, () => useQuery<Todo>('todos', { ...OPEN }, options('first ')));
    const before = subscriptions;
    mounted.rerender(() => useQuery<Todo>('todos', { ...OPEN }, options('second ')));
    put('a');
    expect(heard[0]).toBe('second add a');
    expect(subscriptions).toBe(before);
  });

  it('is kept as far as it is bounded, the latest changes last, with their identity, until it is cleared', () => {
    const mounted = mountHook(client, () => useQuery<Todo>('todos', {}, { maxChanges: 2 }));
    expect(mounted.last.changes).toEqual([]);
    for (const key of ['a', 'b', 'c']) put(key);
    const { changes, clearChanges } = mounted.last;
    expect(changes.map(({ key }) => key)).toEqual(['b', 'c']);
    mounted.rerender(() => useQuery<Todo>('todos', {}, { maxChanges: 2 }));
    expect(mounted.last.changes).toBe(changes);
    write(clearChanges);
    expect([mounted.last.changes, mounted.last.lastChange]).toEqual([[], null]);
    expect(mounted.last.clearChanges).toBe(clearChanges);
    expect(mounted.last.data).toHaveLength(3);
    put('d');
    expect(mounted.last.changes.map(({ key }) => key)).toEqual(['d']);
    mounted.rerender(() => useQuery<Todo>('todos', {}, { maxChanges: 0 }));
    put('e');
    expect([mounted.last.changes, mounted.last.lastChange?.key]).toEqual([[], 'e']);
  });

  it('begins anew with another query', () => {
    const { heard, options } = recorder();
    put('a');
    const mounted = mountHook(client, () => useQuery<Todo>('todos', OPEN, options()));
    put('b');
    expect(mounted.last.changes).toHaveLength(1);
    heard.length = 0;
    mounted.rerender(() => useQuery<Todo>('todos', { where: { text: 'a' } }, options()));
    expect([mounted.last.changes, heard]).toEqual([[], []]);
  });

  it('are not the rows of another page', async () => {
    const { heard, options } = recorder();
    for (const key of ['a', 'b', 'c']) put(key);
    const mounted = mountHook(client, () => useQuery<Todo>('todos', { limit: 2 }, options()));
    await act(() => mounted.last.loadMore());
    expect(mounted.last.data).toHaveLength(3);
    expect([mounted.last.changes, heard]).toEqual([[], []]);
    put('d');
    expect(heard[0]).toBe('add d');
  });

  it('is told to nobody after unmounting', () => {
    const { heard, options } = recorder();
    const mounted = mountHook(client, () => useQuery<Todo>('todos', OPEN, options()));
    mounted.unmount();
    put('a');
    expect(heard).toEqual([]);
  });

  it('a callback that fails is not the end of the others, nor of the rows', () => {
    const heard: string[] = [];
    const mounted = mountHook(client, () =>
      useQuery<Todo>(
        'todos',
        {},
        {
          onAdd(key) {
            if (key === 'a') throw new Error('the app’s own');
            heard.push(key);
          },
        },
      ),
    );
    put('a');
    put('b');
    expect([heard, mounted.last.data.length]).toEqual([['b'], 2]);
  });
});

describe('CL-23, with a server', () => {
  let served: ServedClient;
  beforeEach(async () => {
    served = createServedClient();
    client = served.client;
    await client.start();
  });
  afterEach(async () => {
    unmountAll();
    await client.close();
  });

  it('the rows of the first answer are no changes; what is written here before it is, what comes later, and what came while away', async () => {
    const { heard, options } = recorder();
    served.createElsewhere('todos', 'before', { text: 'before', done: false });
    const mounted = mountHook(client, () => useQuery<Todo>('todos', OPEN, options()));
    served.server.holdAnswers();
    await act(() => served.settle());
    expect(mounted.last.status).toBe('local');
    write(() => todos().set('mine', { text: 'mine', done: false }));
    served.server.releaseAnswers();
    await act(() => served.settle());
    expect([mounted.last.status, mounted.last.data.length]).toEqual(['settled', 2]);
    expect(heard).toEqual(['add mine', ['added', 'mine', 'mine']]);
    heard.length = 0;
    served.createElsewhere('todos', 'live', { text: 'live', done: false });
    await act(() => served.settle());
    expect(heard).toEqual(['add live', ['added', 'live', 'live']]);
    await act(async () => {
      client.disconnect();
      await served.settle();
      served.createElsewhere('todos', 'away', { text: 'away', done: false });
      client.connect();
      await served.settle();
    });
    expect(heard.slice(2)).toEqual(['add away', ['added', 'away', 'away']]);
  });

  it('CL-9: syncState tells of each row shown how it stands, and costs no render before it is looked at', async () => {
    const plain = mountHook(client, () => useQuery<Todo>('todos', OPEN));
    const looking = mountHook(client, () => {
      const result = useQuery<Todo>('todos', OPEN);
      return { result, states: [...result.syncState] };
    });
    await act(() => served.settle());
    served.server.holdDecisions();
    write(() => todos().set('a', { text: 'A', done: false }));
    expect(looking.last.states).toEqual([['a', 'pending']]);
    await act(() => served.settle());
    const { length } = plain.renders;
    const { syncState } = looking.last.result;
    await act(async () => {
      served.server.releaseDecisions();
      await served.settle();
    });
    expect(looking.last.states).toEqual([['a', 'synced']]);
    expect(looking.last.result.syncState).not.toBe(syncState);
    expect(looking.last.result.data).toBe(plain.last.data);
    expect(plain.renders).toHaveLength(length);
    served.server.refuse(() => 'not-permitted');
    write(() => todos().patch('a', { text: 'B' }));
    await act(() => served.settle());
    expect(looking.last.states).toEqual([['a', 'rejected']]);
  });
});
