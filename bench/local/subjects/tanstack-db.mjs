// TanStack DB: a local-only collection (in memory) with the index that it advises for such a query, and a live query over it.

import { BTreeIndex, createCollection, createLiveQueryCollection, eq, localOnlyCollectionOptions } from '@tanstack/db';

import { LIMIT } from '../workload.mjs';

/** @type {import('../subject.mjs').Open} */
export async function open(records, onResult) {
  const todos = createCollection(
    localOnlyCollectionOptions({ id: 'todos', getKey: (todo) => todo.id, initialData: [...records] }),
  );
  await todos.preload();
  // Without it every update costs a scan; `autoIndex: 'eager'` was slower still.
  todos.createIndex((todo) => todo.score, { indexType: BTreeIndex });
  const view = createLiveQueryCollection({
    startSync: true,
    query: (q) =>
      q
        .from({ todo: todos })
        .where(({ todo }) => eq(todo.done, false))
        .orderBy(({ todo }) => todo.score, 'desc')
        .limit(LIMIT),
  });
  await view.preload();
  const subscription = view.subscribeChanges(() => onResult());
  return {
    // The view has been called when `update` returns; a transaction that nobody waits for makes the next ones slower.
    isAsync: true,
    awaitsEach: true,
    set: (record) => todos.update(record.id, (draft) => void Object.assign(draft, record)).isPersisted.promise,
    batch: (all) =>
      todos.update(
        all.map(({ id }) => id),
        (drafts) => drafts.forEach((draft, i) => Object.assign(draft, all[i])),
      ).isPersisted.promise,
    rows: () => view.toArray,
    get: (id) => todos.get(id),
    async closeView() {
      subscription.unsubscribe();
      await view.cleanup();
    },
  };
}
