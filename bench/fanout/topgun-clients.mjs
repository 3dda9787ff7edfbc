// TopGun clients in Node, with storage in memory. Arguments: the server's address, and how many.

import { TopGunClient } from '@topgun/core';

import { answerParent } from '../method/processes.mjs';
import { createArrivals } from './arrivals.mjs';
import { keyOf, queryOf, recordOf, sharedNow } from './workload.mjs';

const [serverUrl, count] = process.argv.slice(2);
const clients = Array.from({ length: Number(count) }, () => new TopGunClient({ serverUrl }));
await Promise.all(clients.map((client) => client.waitForState('live', 60_000)));
const arrivals = createArrivals();
const shown = [];
let last = null;

answerParent(
  {
    ...arrivals.answers,
    async fill(records) {
      for (let owner = 0; owner < records; owner += 1) {
        last = clients[0].getMap('tickets').set(keyOf(owner), recordOf(owner, 0, 0));
        if (owner % 200 === 199) await last.acked;
      }
      await last.acked;
    },
    /** Client `c` opens a query for each of its owners. Resolves when all have their answers. */
    async listen(ownersByClient) {
      const settled = ownersByClient.flatMap((owners, c) => owners.map((owner) => open(clients[c], owner)));
      await Promise.all(settled);
    },
    /** Writes one record. Resolves to the moment of the call. */
    write(owner, i) {
      const sentAt = sharedNow();
      last = clients[0].getMap('tickets').set(keyOf(owner), recordOf(owner, i, sentAt));
      return sentAt;
    },
    acked: () => last?.acked.then(() => {}),
    /** What all queries show: the number of the write that each was last told of. */
    shown: () => shown.map((query) => query.getSnapshot().data[0]?.n),
  },
  () => Promise.all(clients.map((client) => client.close())),
);

function open(client, owner) {
  const query = client.query('tickets', queryOf(owner));
  shown.push(query);
  let before = null;
  return new Promise((resolve) => {
    query.subscribe(([ticket], { settled }) => {
      if (settled) resolve();
      if (ticket === undefined || ticket.n === before) return;
      if (before !== null) arrivals.heard(ticket.n);
      before = ticket.n;
    });
  });
}
