import { describe, expect, it } from 'vitest';

import { createViewStore } from './zustand-view-store.js';

describe('view store', () => {
  it('replaces the whole value and tells listeners within the call, with the value before', () => {
    const store = createViewStore<{ a?: number; b?: number }>({ a: 1 });
    const seen: unknown[] = [];
    store.subscribe((state, previous) => seen.push([state, previous]));
    store.setState({ b: 2 });
    expect(store.getState()).toEqual({ b: 2 });
    expect(seen).toEqual([[{ b: 2 }, { a: 1 }]]);
    expect(store.getInitialState()).toEqual({ a: 1 });
  });

  it('holds arrays, scalars and null as they are', () => {
    for (const value of [[1, 2], 'text', 0, null]) {
      const store = createViewStore<unknown>(undefined);
      store.setState(value);
      expect(store.getState()).toBe(value);
    }
  });

  it('is silent for the identical value, and after unsubscribing', () => {
    const first = { n: 1 };
    const store = createViewStore(first);
    let calls = 0;
    const stop = store.subscribe(() => calls++);
    store.setState(first);
    expect(calls).toBe(0);
    store.setState({ n: 1 });
    expect(calls).toBe(1);
    stop();
    store.setState({ n: 2 });
    expect(calls).toBe(1);
  });

  it('has bound functions, as useSyncExternalStore calls them', () => {
    const { getState, setState, subscribe } = createViewStore(1);
    let heard = 0;
    subscribe((state) => (heard = state));
    setState(2);
    expect([getState(), heard]).toEqual([2, 2]);
  });
});
