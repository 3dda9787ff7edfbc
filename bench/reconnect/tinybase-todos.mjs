// Todos in a TinyBase store that merges: one table. The same on both sides.

import { createMergeableStore } from 'tinybase';

import { createArrivals } from './arrivals.mjs';
import { digestOf } from './workload.mjs';

export function createTodos() {
  const store = createMergeableStore();
  const arrivals = createArrivals();
  store.addCellListener('todos', null, 'priority', (_store, _table, key, _cell, priority) =>
    arrivals.heard(key, priority),
  );
  return {
    store,
    answers: {
      ...arrivals.answers,
      change(keys, priority) {
        for (const key of keys) store.setCell('todos', key, 'priority', priority);
      },
      digest: () => digestOf(Object.entries(store.getTable('todos'))),
    },
  };
}
