// Todos in a Yjs document: a map of maps, so that a change of one field is one item. The same on both sides.

import * as Y from 'yjs';

import { createArrivals } from './arrivals.mjs';
import { digestOf } from './workload.mjs';

export function createTodos() {
  const doc = new Y.Doc();
  const todos = doc.getMap('todos');
  const arrivals = createArrivals();
  todos.observeDeep((events, { local }) => {
    if (local) return;
    for (const { path, target } of events) {
      if (path.length === 1) arrivals.heard(path[0], target.get('priority'));
    }
  });
  return {
    doc,
    todos,
    answers: {
      ...arrivals.answers,
      change(keys, priority) {
        for (const key of keys) todos.get(key).set('priority', priority);
      },
      digest: () => digestOf(Object.entries(todos.toJSON())),
    },
  };
}
