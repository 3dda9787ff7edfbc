// RxDB on its memory storage, with an index that fits the query. Writes to it are asynchronous.

import { createRxDatabase } from 'rxdb/plugins/core';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';

import { LIMIT } from '../workload.mjs';

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

/** @type {import('../subject.mjs').Open} */
export async function open(records, onResult) {
  const database = await createRxDatabase({ name: 'bench', storage: getRxStorageMemory(), multiInstance: false });
  const { todos } = await database.addCollections({ todos: { schema } });
  await todos.bulkInsert(records.map((record) => ({ ...record })));
  let shown = [];
  let isOpen = false;
  let subscription;
  await new Promise((resolve) => {
    subscription = todos
      .find({ selector: { done: false }, sort: [{ score: 'desc' }], limit: LIMIT })
      .$.subscribe((documents) => {
        shown = documents;
        if (isOpen) onResult();
        isOpen = true;
        resolve();
      });
  });
  let documents = new Map();
  return {
    isAsync: true,
    async prepare(updates) {
      documents = await todos.findByIds(updates.map(({ id }) => id)).exec();
    },
    set({ id, ...fields }) {
      return documents.get(id).incrementalPatch(fields);
    },
    batch: (all) => todos.bulkUpsert(all.map((record) => ({ ...record }))),
    get: (id) => documents.get(id)?.getLatest().toJSON(),
    closeView: () => subscription.unsubscribe(),
    rows: () => shown.map((document) => document.toJSON()),
  };
}
