// TanStack DB: local-only collections, and live queries with `groupBy` and `join`.

import {
  BTreeIndex,
  count,
  createCollection,
  createLiveQueryCollection,
  eq,
  localOnlyCollectionOptions,
  sum,
} from '@tanstack/db';

import { LIMIT } from '../workload.mjs';

async function collection(id, initialData) {
  const options = localOnlyCollectionOptions({ id, getKey: (record) => record.id, initialData: [...initialData] });
  const made = createCollection(options);
  await made.preload();
  return made;
}

async function live(query, onResult) {
  const view = createLiveQueryCollection({ startSync: true, query });
  await view.preload();
  view.subscribeChanges(() => onResult());
  return view;
}

const write = (records) => (record) =>
  records.update(record.id, (draft) => void Object.assign(draft, record)).isPersisted.promise;

/** @type {import('./workload.mjs').OpenDerived} */
export async function group({ records }, onResult) {
  const todos = await collection('todos', records);
  const view = await live(
    (q) =>
      q
        .from({ todo: todos })
        .where(({ todo }) => eq(todo.done, false))
        .groupBy(({ todo }) => todo.listId)
        .select(({ todo }) => ({ listId: todo.listId, open: count(todo.id), total: sum(todo.score) })),
    onResult,
  );
  return { isAsync: true, set: write(todos), rows: () => view.toArray };
}

/** @type {import('./workload.mjs').OpenDerived} */
export async function join({ records, lists }, onResult) {
  const todos = await collection('todos', records);
  const named = await collection('lists', lists);
  todos.createIndex((todo) => todo.score, { indexType: BTreeIndex });
  todos.createIndex((todo) => todo.listId, { indexType: BTreeIndex });
  named.createIndex((list) => list.id, { indexType: BTreeIndex });
  const view = await live(
    (q) =>
      q
        .from({ todo: todos })
        .join({ list: named }, ({ todo, list }) => eq(todo.listId, list.id), 'left')
        .where(({ todo }) => eq(todo.done, false))
        .orderBy(({ todo }) => todo.score, 'desc')
        .limit(LIMIT)
        .select(({ todo, list }) => ({ id: todo.id, score: todo.score, list: list?.name })),
    onResult,
  );
  return { isAsync: true, set: write(todos), rename: write(named), rows: () => view.toArray };
}
