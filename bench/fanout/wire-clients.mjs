// Bare Socket.IO clients that speak TopGun's protocol as far as listening goes: what the server costs, and not what a client makes of it.
// Arguments: the server's address, and how many.

import { parseQuery } from '@topgun/core/query';
import { io } from 'socket.io-client';

import { answerParent } from '../method/processes.mjs';
import { createArrivals } from './arrivals.mjs';
import { keyOf, queryOf } from './workload.mjs';

const [url, count] = process.argv.slice(2);
const auth = { protocol: 1, replicas: [], lineage: null };
const sockets = Array.from({ length: Number(count) }, () =>
  io(url, { transports: ['websocket'], forceNew: true, auth }),
);
await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
const arrivals = createArrivals();
/** By client and owner: the number of the write that it was told of last. */
const shown = sockets.map(() => new Map());

answerParent(
  {
    ...arrivals.answers,
    async listen(ownersByClient) {
      await Promise.all(ownersByClient.map((owners, c) => listen(c, owners)));
    },
    shown: () => shown.flatMap((held) => [...held.values()]),
  },
  () => sockets.forEach((socket) => socket.disconnect()),
);

function listen(c, owners) {
  const socket = sockets[c];
  const held = shown[c];
  let answers = 0;
  return new Promise((resolve) => {
    socket.on('m', (...messages) => {
      for (const message of messages) {
        if (message.type === 'rows') {
          held.set(owners[message.sub], numberIn(message.changes));
          answers += 1;
          if (answers === owners.length) resolve();
        } else if (message.type === 'push') {
          for (const { sub, changes } of message.subs) {
            const n = numberIn(changes);
            held.set(owners[sub], n);
            arrivals.heard(n);
          }
        } else if (message.type === 'error') throw new Error(message.reason);
      }
    });
    for (const [sub, owner] of owners.entries()) {
      held.set(owner, undefined);
      const { value: query } = parseQuery(queryOf(owner));
      socket.emit('m', { type: 'subscribe', sub, map: 'tickets', query });
    }
  });
}

/** The field `n` of the one row that a query has. */
function numberIn([change]) {
  if (change === undefined || !change[1].startsWith(keyOf('')))
    throw new Error(`no such row: ${JSON.stringify(change)}`);
  return change[2][3].find(([name]) => name === 'n')[2];
}
