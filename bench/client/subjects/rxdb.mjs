// RxDB on its Dexie storage, with an index that fits the query.

import { createRxDatabase } from 'rxdb/plugins/core';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';

import { LIMIT } from '../../local/workload.mjs';

const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 40 },
    title: { type: 'string' },
    done: { type: 'boolean' },
    score: { type: 'number', minimum: 0, maximum: 10_000_000, multipleOf: 1 },
    priority: { type: 'number' },
    note: { type: 'string' },
  },
  required: ['id', 'done', 'score'],
  indexes: [['done', 'score']],
};

async function openTodos() {
  const { warn } = console;
  // It recommends, at length, its storages that are not free.
  console.warn = () => {};
  const database = await createRxDatabase({ name: 'rxdb', storage: getRxStorageDexie(), multiInstance: false });
  console.warn = warn;
  const { todos } = await database.addCollections({ todos: { schema } });
  const store = {
    write: (records) => todos.bulkInsert(records.map((record) => ({ ...record }))),
    all: async () => (await todos.find().exec()).map((document) => document.toJSON()),
    close: () => database.close(),
  };
  return { todos, store };
}

/** @type {import('../subject.mjs').Subject['open']} */
export const open = async () => (await openTodos()).store;

/** @type {import('../subject.mjs').Subject['show']} */
export async function show(onRows) {
  const { todos, store } = await openTodos();
  todos
    .find({ selector: { done: false }, sort: [{ score: 'desc' }], limit: LIMIT })
    .$.subscribe((documents) => onRows(documents.map((document) => document.toJSON())));
  return store;
}
