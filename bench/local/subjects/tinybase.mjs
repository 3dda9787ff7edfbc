// TinyBase: a store (in memory), a query definition for the filter, and its sorted result with a limit.

import { createQueries, createStore } from 'tinybase';

import { LIMIT } from '../workload.mjs';

/** @type {import('../subject.mjs').Open} */
export function open(records, onResult) {
  const store = createStore();
  store.setTable('todos', Object.fromEntries(records.map(({ id, ...row }) => [id, row])));
  const queries = createQueries(store);
  queries.setQueryDefinition('open', 'todos', ({ select, where }) => {
    select('title');
    select('score');
    where('done', false);
  });
  queries.addResultSortedRowIdsListener('open', 'score', true, 0, LIMIT, () => onResult());
  const set = ({ id, ...row }) => store.setRow('todos', id, row);
  return {
    set,
    batch(all) {
      store.transaction(() => {
        for (const record of all) set(record);
      });
    },
    rows: () =>
      queries
        .getResultSortedRowIds('open', 'score', true, 0, LIMIT)
        .map((id) => ({ id, ...store.getRow('todos', id) })),
    get: (id) => ({ id, ...store.getRow('todos', id) }),
    closeView: () => queries.delQueryDefinition('open'),
  };
}
