// Todos in RxDB on its memory storage. The same on both sides.

import { createRxDatabase, defaultConflictHandler } from 'rxdb/plugins/core';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';

import { createArrivals } from './arrivals.mjs';
import { digestOf } from './workload.mjs';

const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 40 },
    text: { type: 'string' },
    done: { type: 'boolean' },
    priority: { type: 'number' },
    owner: { type: 'string' },
    createdAt: { type: 'number' },
  },
  required: ['id'],
};

/** The greater priority is the later one. The default is whatever the server has, which without a checkpoint undoes the client's changes. */
const conflictHandler = {
  isEqual: defaultConflictHandler.isEqual,
  resolve: async ({ newDocumentState, realMasterState }) =>
    newDocumentState.priority > realMasterState.priority ? newDocumentState : realMasterState,
};

export async function createTodos() {
  const database = await createRxDatabase({ name: 'bench', storage: getRxStorageMemory(), multiInstance: false });
  const { todos } = await database.addCollections({ todos: { schema, conflictHandler } });
  const arrivals = createArrivals();
  todos.$.subscribe(({ documentId, documentData }) => arrivals.heard(documentId, documentData.priority));
  return {
    database,
    todos,
    answers: {
      ...arrivals.answers,
      async change(keys, priority) {
        const documents = await todos.findByIds(keys).exec();
        await Promise.all(keys.map((key) => documents.get(key).incrementalPatch({ priority })));
      },
      async digest() {
        const documents = await todos.find().exec();
        return digestOf(documents.map((document) => document.toJSON()).map(({ id, ...record }) => [id, record]));
      },
    },
  };
}
