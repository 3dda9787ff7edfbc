// Yjs: a map of maps, so that a change of one field is one item, stored by y-indexeddb. It has no queries: the view is evaluated from
// scratch when the document is there, and again with each change.

import { IndexeddbPersistence } from 'y-indexeddb';
import * as Y from 'yjs';

import { naiveView } from '../../local/workload.mjs';
import { completionOf } from './indexed-db.mjs';

async function load() {
  const doc = new Y.Doc();
  const persistence = new IndexeddbPersistence('yjs', doc);
  await persistence.whenSynced;
  const todos = doc.getMap('todos');
  const set = (record) => {
    const todo = todos.get(record.id);
    if (todo === undefined) todos.set(record.id, new Y.Map(Object.entries(record)));
    else for (const [name, value] of Object.entries(record)) if (todo.get(name) !== value) todo.set(name, value);
  };
  const store = {
    async write(records) {
      doc.transact(() => records.forEach(set));
      // It says nothing of when an update is stored: transactions of one store run in order.
      await completionOf(persistence.db.transaction('updates', 'readwrite'));
    },
    set: (record) => doc.transact(() => set(record)),
    all: () => Object.values(todos.toJSON()),
    close: () => persistence.destroy(),
  };
  return { todos, store };
}

/** @type {import('../subject.mjs').Subject['open']} */
export const open = async () => (await load()).store;

/** @type {import('../subject.mjs').Subject['show']} */
export async function show(onRows) {
  const { todos, store } = await load();
  const tell = () =>
    onRows(
      naiveView(Array.from(todos.values(), (todo) => ({ todo, done: todo.get('done'), score: todo.get('score') }))).map(
        ({ todo, score }) => ({ id: todo.get('id'), score, title: todo.get('title') }),
      ),
    );
  todos.observeDeep(tell);
  tell();
  return store;
}
