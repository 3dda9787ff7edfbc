// TinyBase: a store, its IndexedDB persister, a query definition for the filter, and its sorted result with a limit.

import { createQueries, createStore } from 'tinybase';
import { createIndexedDbPersister } from 'tinybase/persisters/persister-indexed-db';

import { LIMIT } from '../../local/workload.mjs';

async function load(store) {
  // Of a database that is not there yet it tells an error, and goes on.
  const persister = createIndexedDbPersister(store, 'tinybase');
  await persister.load();
  return persister;
}

function storeOf(store, persister) {
  return {
    async write(records) {
      store.transaction(() => {
        for (const { id, ...row } of records) store.setRow('todos', id, row);
      });
      await persister.save();
    },
    set: ({ id, ...row }) => store.setRow('todos', id, row),
    all: () => Object.entries(store.getTable('todos')).map(([id, row]) => ({ id, ...row })),
    close: () => persister.destroy(),
  };
}

/** @type {import('../subject.mjs').Subject['open']} */
export async function open() {
  const store = createStore();
  return storeOf(store, await load(store));
}

/** @type {import('../subject.mjs').Subject['show']} */
export async function show(onRows) {
  const store = createStore();
  const persister = await load(store);
  const queries = createQueries(store);
  queries.setQueryDefinition('open', 'todos', ({ select, where }) => {
    select('title');
    select('score');
    where('done', false);
  });
  const tell = () =>
    onRows(
      queries
        .getResultSortedRowIds('open', 'score', true, 0, LIMIT)
        .map((id) => ({ id, ...queries.getResultRow('open', id) })),
    );
  queries.addResultSortedRowIdsListener('open', 'score', true, 0, LIMIT, tell);
  tell();
  return storeOf(store, persister);
}
