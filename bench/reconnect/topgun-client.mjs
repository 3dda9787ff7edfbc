// A TopGun client in Node, with storage in memory: behind the proxy, or straight at the server. Arguments: the address.

import { TopGunClient } from '@topgun/core';

import { answerParent } from '../method/processes.mjs';
import { createArrivals } from './arrivals.mjs';
import { allRecords, digestOf, sharedNow } from './workload.mjs';

const PATIENCE_MS = 60_000;

const [address] = process.argv.slice(2);
const client = new TopGunClient({ serverUrl: `http://${address}` });
await client.waitForState('live', PATIENCE_MS);
const todos = client.getMap('todos');
const arrivals = createArrivals();
let last = null;

answerParent(
  {
    ...arrivals.answers,
    async fill(n) {
      for (const [key, record] of allRecords(n)) last = todos.set(key, record);
      await last.acked;
    },
    /** Subscribes to the whole map. Resolves when it is here. */
    async listen() {
      todos.subscribe((changes) => {
        for (const { key, after } of changes) arrivals.heard(key, after?.priority);
      });
      await todos.settled();
    },
    async change(keys, priority) {
      for (const key of keys) last = todos.update(key, (todo) => ({ ...todo, priority }));
      await last?.persisted;
    },
    /** Resolves when the server has all that was written here. */
    acked: () => last?.acked.then(() => {}),
    disconnect: () => client.disconnect(),
    connect() {
      const calledAt = sharedNow();
      client.connect();
      return calledAt;
    },
    live: () => client.waitForState('live', PATIENCE_MS),
    digest: () => digestOf(todos.entries()),
  },
  () => client.close(),
);
