// TopGun as an app in a browser has it: stored in IndexedDB by the default adapter, no server.

import { TopGunClient } from '@topgun/core';

import { LIMIT } from '../workload.mjs';

/** @type {import('../subject.mjs').Open} */
export async function open(records, onResult) {
  const client = new TopGunClient();
  await client.start();
  if (client.isInMemory) throw new Error('IndexedDB is not available');
  const todos = client.getMap('todos');
  await todos.loaded();
  let last = null;
  for (const record of records) last = todos.set(record.id, record);
  await last.persisted;
  const query = client.query('todos', { where: { done: false }, sort: [['score', 'desc']], limit: LIMIT });
  let isOpen = false;
  query.subscribe(() => isOpen && onResult());
  isOpen = true;
  return {
    set(record) {
      last = todos.set(record.id, record);
    },
    rows: () => query.getSnapshot().data,
    settle: () => last.persisted,
  };
}
