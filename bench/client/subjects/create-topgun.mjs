// TopGun as an app in a browser has it: stored in IndexedDB by the default adapter.

import { TopGunClient } from '@topgun/core';

import { LIMIT } from '../../local/workload.mjs';
import { resultOf } from './indexed-db.mjs';

/** @param {import('@topgun/core').TopGunClientOptions} defaults @returns {import('../subject.mjs').Subject} */
export function createTopgun(defaults) {
  function start(url) {
    const client = new TopGunClient(url === undefined ? defaults : { serverUrl: url });
    if (url === undefined && defaults.serverUrl !== undefined) client.disconnect();
    return client;
  }

  return {
    async open(url, isOffline = false) {
      const client = start(url);
      if (isOffline) client.disconnect();
      const store = storeOf(client);
      await client.start();
      if (client.isInMemory) throw new Error('IndexedDB is not available');
      await client.getMap('todos').loaded();
      return store;
    },
    async show(onRows) {
      const client = start();
      const query = client.query('todos', { where: { done: false }, sort: [['score', 'desc']], limit: LIMIT });
      const tell = () => onRows(query.getSnapshot().data.map(({ _key, score, title }) => ({ id: _key, score, title })));
      query.subscribe(tell);
      tell();
      return storeOf(client);
    },
  };
}

function storeOf(client) {
  const todos = client.getMap('todos');
  return {
    async write(records) {
      let last = null;
      client.batch(() => {
        for (const record of records) last = todos.set(record.id, record);
      });
      await last.persisted;
    },
    set: (record) => todos.set(record.id, record),
    async settle() {
      // The first rows show before their map is loaded.
      await todos.loaded();
      await journalsFolded();
    },
    all: async () => {
      await todos.loaded();
      return [...todos.values()];
    },
    close: () => client.close(),
    client,
  };
}

/** Resolves when storage has folded what was written into its pages, which it does some seconds after a write. */
async function journalsFolded() {
  const until = performance.now() + 120_000;
  while ((await countJournalRows()) > 0) {
    if (performance.now() > until) throw new Error('the journal is not folded');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function countJournalRows() {
  let count = 0;
  for (const { name } of await indexedDB.databases()) {
    const database = await resultOf(indexedDB.open(name));
    if (database.objectStoreNames.contains('journal')) {
      count += await resultOf(database.transaction('journal').objectStore('journal').count());
    }
    database.close();
  }
  return count;
}
