// Dexie: one row for each record, an index in the order of the query, and its live query.

import { Dexie, liveQuery } from 'dexie';

import { LIMIT } from '../../local/workload.mjs';

async function openTodos() {
  const database = new Dexie('todos', { chromeTransactionDurability: 'strict' });
  // Booleans are no keys of IndexedDB.
  database.version(1).stores({ todos: 'id,[isDone+score]' });
  await database.open();
  return database;
}

function storeOf(database) {
  return {
    write: (records) => database.todos.bulkPut(records.map((record) => ({ ...record, isDone: record.done ? 1 : 0 }))),
    all: () => database.todos.toArray(),
    close: () => database.close(),
  };
}

/** @type {import('../subject.mjs').Subject['open']} */
export const open = async () => storeOf(await openTodos());

/** @type {import('../subject.mjs').Subject['show']} */
export async function show(onRows) {
  const database = await openTodos();
  liveQuery(() =>
    database.todos
      .where('[isDone+score]')
      .between([0, Dexie.minKey], [0, Dexie.maxKey])
      .reverse()
      .limit(LIMIT)
      .toArray(),
  ).subscribe(onRows, (error) => console.error(error));
  return storeOf(database);
}
