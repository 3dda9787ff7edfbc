// The floor of a cold start: one row for each record, and an index in the order of the query. Booleans are no keys, and what is
// read in ascending order takes one request: so the index is over numbers of its own.

import { LIMIT } from '../../local/workload.mjs';
import { openDatabase, putAll, resultOf } from './indexed-db.mjs';

const openTodos = () =>
  openDatabase('rows', (database) => {
    database.createObjectStore('todos', { keyPath: 'id' }).createIndex('order', ['isDone', 'rank']);
  });

function storeOf(database) {
  return {
    write: (records) =>
      putAll(
        database,
        'todos',
        records.map((record) => ({ ...record, isDone: record.done ? 1 : 0, rank: -record.score })),
      ),
    all: () => resultOf(database.transaction('todos').objectStore('todos').getAll()),
    close: () => database.close(),
  };
}

/** @type {import('../subject.mjs').Subject['open']} */
export const open = async () => storeOf(await openTodos());

/** @type {import('../subject.mjs').Subject['show']} */
export async function show(onRows) {
  const database = await openTodos();
  const index = database.transaction('todos').objectStore('todos').index('order');
  onRows(await resultOf(index.getAll(IDBKeyRange.bound([0], [0, []]), LIMIT)));
  return storeOf(database);
}
