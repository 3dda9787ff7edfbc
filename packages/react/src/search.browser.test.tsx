import { MemoryAdapter, TopGunClient } from '@topgun/core';
import { act } from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { useSearch, useSearchSuggestions, type UseSearchResult } from './index.js';
import { createLocalClient, mountHook, unmountAll, type Mounted } from './testing/mount.js';

interface Todo {
  readonly text: string;
  readonly done: boolean;
}
type Shown = UseSearchResult<Todo>;

let client: TopGunClient;
const put = (key: string, text: string, done = false): void =>
  act(() => void client.getMap('todos').set(key, { text, done }));
const keys = ({ results }: Shown): readonly string[] => results.map(({ key }) => key);

/** A component that searches for what it was last told. Inline options at every render. */
function mountSearch(text: string, debounceMs = 5): Mounted<Shown> & { readonly type: (next: string) => void } {
  const hook = (typed: string) => () =>
    useSearch<Todo>('todos', typed, { fields: ['text'], boost: { text: 2 }, where: { done: false }, debounceMs });
  const mounted = mountHook(client, hook(text));
  return Object.assign(Object.create(mounted) as Mounted<Shown>, {
    type: (next: string) => mounted.rerender(hook(next)),
  });
}

/** Lets the page go on until it holds. */
async function until(check: () => void): Promise<void> {
  for (let turns = 0; ; turns++) {
    await act(() => new Promise((resolve) => setTimeout(resolve, 5)));
    try {
      return check();
    } catch (error) {
      if (turns === 1_000) throw error;
    }
  }
}

beforeEach(async () => {
  client = createLocalClient();
  await client.start();
  await client.getMap('todos').loaded();
  put('1', 'Oat milk');
  put('2', 'Millet soup');
  put('3', 'Bread');
});
afterEach(async () => {
  unmountAll();
  await client.close();
});

describe('useSearch', () => {
  it('SE-30, SE-61: takes a vector, written inline at every render, and follows what moves; then renders no more', async () => {
    const near = new TopGunClient({
      storage: new MemoryAdapter(),
      auth: { principal: 'near' },
      search: { todos: { fields: ['text'], vectors: { field: 'at', dimensions: 2 } } },
    });
    const set = (key: string, at: readonly number[]): void =>
      act(() => void near.getMap('todos').set(key, { text: 'milk', done: false, at }));
    set('1', [1, 0]);
    set('2', [1, 1]);
    const mounted = mountHook(near, () =>
      useSearch<Todo>('todos', '', { vector: [1, 0.1], minSimilarity: 0.5, debounceMs: 5 }),
    );
    await until(() => expect(keys(mounted.last)).toEqual(['1', '2']));
    set('1', [0, 1]);
    await until(() => expect(keys(mounted.last)).toEqual(['2']));
    const { length } = mounted.renders;
    await act(() => new Promise((resolve) => setTimeout(resolve, 40)));
    expect(mounted.renders).toHaveLength(length);
    unmountAll();
    await near.close();
  });

  it('SE-30: finds, and follows what changes', async () => {
    const mounted = mountSearch('mil');
    expect(mounted.last).toMatchObject({ results: [], loading: true });
    await until(() => expect(keys(mounted.last).toSorted()).toEqual(['1', '2']));
    expect(mounted.last).toMatchObject({ loading: false, error: null, source: 'local', total: 2 });
    put('4', 'Milk');
    await until(() => expect(keys(mounted.last)).toContain('4'));
    put('4', 'Milk', true);
    await until(() => expect(keys(mounted.last)).not.toContain('4'));
  });

  it('SE-30: renders a few times for an answer and then no more, though its options are inline', async () => {
    const mounted = mountSearch('mil');
    await until(() => expect(mounted.last.loading).toBe(false));
    expect(mounted.renders.length).toBeLessThan(12);
    const { length } = mounted.renders;
    const before = mounted.last;
    await act(() => new Promise((resolve) => setTimeout(resolve, 40)));
    expect(mounted.renders).toHaveLength(length);
    mounted.type('mil');
    expect(mounted.last).toBe(before);
  });

  it('SE-30: never says that nothing is found before it knows, and shows no answer to another text', async () => {
    const mounted = mountSearch('milk');
    await until(() => expect(keys(mounted.last)).toEqual(['1']));
    mounted.type('brea');
    // What was found stays until there is an answer.
    expect(mounted.last).toMatchObject({ loading: true, results: [{ key: '1' }] });
    await until(() => expect(mounted.last.loading).toBe(false));
    expect(keys(mounted.last)).toEqual(['3']);
    mounted.type('nothing like it');
    await until(() => expect(mounted.last.loading).toBe(false));
    expect(mounted.last.results).toEqual([]);
    const claims = mounted.renders.filter(({ loading, results }) => !loading && results.length === 0);
    expect(claims.every((claim) => claim === mounted.last)).toBe(true);
  });

  it('SE-30: a text that was gone again before its time is never asked', async () => {
    const mounted = mountSearch('', 60);
    for (const text of ['m', 'mi', 'mil', 'milk', 'brea']) mounted.type(text);
    await until(() => expect(mounted.last.loading).toBe(false));
    expect(keys(mounted.last)).toEqual(['3']);
    // No render ever showed what one of the others would have found.
    expect(mounted.renders.some(({ results }) => results.some(({ key }) => key !== '3'))).toBe(false);
  });

  it('SE-30: "a", nothing and "a" again finds what "a" finds; nothing finds nothing, at once', async () => {
    const mounted = mountSearch('milk');
    await until(() => expect(keys(mounted.last)).toEqual(['1']));
    mounted.type('');
    expect(mounted.last).toMatchObject({ results: [], loading: false });
    mounted.type('milk');
    expect(mounted.last).toMatchObject({ results: [], loading: true });
    await until(() => expect(keys(mounted.last)).toEqual(['1']));
    mounted.type(' ');
    mounted.type('milk');
    await until(() => expect(keys(mounted.last)).toEqual(['1']));
  });

  it('SE-30: of a blank text nothing is followed, nor after unmounting', async () => {
    const mounted = mountSearch('milk');
    await until(() => expect(keys(mounted.last)).toEqual(['1']));
    mounted.type('');
    const { length } = mounted.renders;
    put('5', 'milk');
    await act(() => new Promise((resolve) => setTimeout(resolve, 30)));
    expect(mounted.renders).toHaveLength(length);
    mounted.unmount();
    put('6', 'milk');
    await act(() => new Promise((resolve) => setTimeout(resolve, 30)));
    expect(mounted.renders).toHaveLength(length);
  });

  it('SE-30: shows a bad search as an error, and is disabled by a falsy map', async () => {
    const bad = mountHook(client, () => useSearch('todos', 'a', { fields: ['text'], limit: -1, debounceMs: 0 }));
    await until(() => expect(bad.last.error).toMatchObject({ code: 'bad-search' }));
    expect(mountHook(client, () => useSearch('no name', 'a')).last.error).toMatchObject({ code: 'map-name' });
    expect(mountHook(client, () => useSearch(null, 'a')).last).toMatchObject({
      results: [],
      loading: false,
      error: null,
    });
  });

  it('SE-23: what one user found is not shown to the next', async () => {
    const mounted = mountSearch('milk');
    await until(() => expect(keys(mounted.last)).toEqual(['1']));
    await act(() => client.signOut());
    expect(mounted.last.results).toEqual([]);
    await until(() => expect(mounted.last).toMatchObject({ results: [], loading: false }));
  });
});

describe('useSearchSuggestions', () => {
  it('SE-11: completes what is being typed, and keeps its identity', async () => {
    const mounted = mountHook(client, () =>
      useSearchSuggestions('todos', 'oat mi', { fields: ['text'], debounceMs: 5 }),
    );
    await until(() => expect(mounted.last.suggestions).toEqual([{ text: 'oat milk', count: 1, source: 'local' }]));
    const before = mounted.last;
    mounted.rerender(() => useSearchSuggestions('todos', 'oat mi', { debounceMs: 5, fields: ['text'] }));
    expect(mounted.last).toBe(before);
    mounted.rerender(() => useSearchSuggestions('todos', '', { fields: ['text'] }));
    expect(mounted.last).toEqual({ suggestions: [], loading: false, error: null });
  });
});
