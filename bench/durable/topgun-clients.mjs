// TopGun clients with storage in memory. Arguments: the server's address, and how many they are.

import { TopGunClient } from '@topgun/core';

import { answerParent } from '../method/processes.mjs';
import { keyOf, recordOf, runClosedLoop } from './closed-loop.mjs';

const [serverUrl, count] = process.argv.slice(2);
const clients = Array.from({ length: Number(count) }, () => new TopGunClient({ serverUrl }));
await Promise.all(clients.map((client) => client.waitForState('live', 120_000)));
const writers = clients.map((client) => {
  const records = client.getMap('records');
  return async (n) => {
    const result = await records.set(keyOf(n), recordOf(n)).acked;
    if (!result.ok) throw new Error(`write ${n} was refused: ${JSON.stringify(result)}`);
  };
});

answerParent({ run: (ms) => runClosedLoop(writers, ms) }, () => Promise.all(clients.map((client) => client.close())));
