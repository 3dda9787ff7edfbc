// People at work: each writes a record every 50 ms and waits for the verdict. Arguments: the server's address, and how many they are.

import { TopGunClient } from '@topgun/core';

import { answerParent } from '../method/processes.mjs';
import { tokenOf } from './tokens.mjs';

const [serverUrl, count] = process.argv.slice(2);
const clients = Array.from(
  { length: Number(count) },
  (_, i) => new TopGunClient({ serverUrl, auth: { getToken: () => tokenOf(`user-${i}`) } }),
);
await Promise.all(clients.map((client) => client.waitForState('live', 60_000)));
const lost = [];
/** Each write says something new: one that changes nothing is none. */
let written = 0;
for (const client of clients) client.onConnectionChange?.((state) => state !== 'live' && lost.push(state));

/** How long each write took, of so many ms. */
async function work(ms) {
  const until = performance.now() + ms;
  const waits = [];
  await Promise.all(
    clients.map(async (client, who) => {
      await new Promise((resolve) => setTimeout(resolve, (who * 50) / clients.length));
      for (let i = 0; performance.now() < until; i += 1) {
        const sentAt = performance.now();
        await client.getMap('work').set(`user-${who}-${i % 50}`, { n: (written += 1), text: 'what somebody writes' })
          .acked;
        waits.push(performance.now() - sentAt);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }),
  );
  return waits;
}

answerParent({ work, lost: () => lost }, () => Promise.all(clients.map((client) => client.close())));
