// TinyBase: query definitions with `group` and `join`.

import { createQueries, createStore } from 'tinybase';

import { LIMIT } from '../workload.mjs';

const tableOf = (records) => Object.fromEntries(records.map(({ id, ...row }) => [id, row]));

/** @type {import('./workload.mjs').OpenDerived} */
export function group({ records }, onResult) {
  const store = createStore();
  store.setTable('todos', tableOf(records));
  const queries = createQueries(store);
  queries.setQueryDefinition('groups', 'todos', ({ select, where, group: aggregate }) => {
    select('listId');
    select('score');
    where('done', false);
    aggregate('score', 'count').as('open');
    aggregate('score', 'sum').as('total');
  });
  queries.addResultTableListener('groups', () => onResult());
  return {
    set({ id, ...row }) {
      store.setRow('todos', id, row);
    },
    rows: () => Object.values(queries.getResultTable('groups')),
  };
}

/** @type {import('./workload.mjs').OpenDerived} */
export function join({ records, lists }, onResult) {
  const store = createStore();
  store.setTables({ todos: tableOf(records), lists: tableOf(lists) });
  const queries = createQueries(store);
  queries.setQueryDefinition('open', 'todos', ({ select, where, join: joinTable }) => {
    select('score');
    select('lists', 'name').as('list');
    where('done', false);
    joinTable('lists', 'listId');
  });
  let ids = queries.getResultSortedRowIds('open', 'score', true, 0, LIMIT);
  queries.addResultSortedRowIdsListener(
    'open',
    'score',
    true,
    0,
    LIMIT,
    (_queries, _id, _cell, _down, _from, _to, now) => {
      ids = now;
      onResult();
    },
  );
  return {
    set({ id, ...row }) {
      store.setRow('todos', id, row);
    },
    rename({ id, ...row }) {
      store.setRow('lists', id, row);
    },
    rows: () => ids.map((id) => ({ id, ...queries.getResultRow('open', id) })),
  };
}
