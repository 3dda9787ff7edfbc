import { createStore } from 'zustand/vanilla';

import type { ViewStore } from '../ports/view-store.js';

/** A `ViewStore` on a Zustand vanilla store. The only importer of zustand. */
export function createViewStore<T>(initial: T): ViewStore<T> {
  const store = createStore<T>(() => initial);
  return {
    getState: store.getState,
    getInitialState: store.getInitialState,
    // Zustand merges partial objects unless told to replace: a view's state is always whole.
    setState: (next) => store.setState(next, true),
    subscribe: store.subscribe,
  };
}
