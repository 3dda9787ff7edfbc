// Bare Socket.IO clients. Arguments: the server's address, and how many.

import { io } from 'socket.io-client';

import { answerParent } from '../method/processes.mjs';
import { createArrivals } from './arrivals.mjs';
import { recordOf, sharedNow } from './workload.mjs';

const [url, count] = process.argv.slice(2);
const sockets = Array.from({ length: Number(count) }, () => io(url, { transports: ['websocket'], forceNew: true }));
await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
const arrivals = createArrivals();
/** By client and owner. */
const shown = sockets.map(() => new Map());

answerParent(
  {
    ...arrivals.answers,
    fill() {},
    async listen(ownersByClient) {
      for (const [c, owners] of ownersByClient.entries()) {
        const socket = sockets[c];
        socket.on('written', (owner, record) => {
          shown[c].set(owner, record.n);
          arrivals.heard(record.n);
        });
        await socket.emitWithAck('listen', owners);
        for (const owner of owners) shown[c].set(owner, 0);
      }
    },
    write(owner, i) {
      const sentAt = sharedNow();
      sockets[0].emit('write', owner, recordOf(owner, i, sentAt));
      return sentAt;
    },
    acked() {},
    shown: () => shown.flatMap((held) => [...held.values()]),
  },
  () => sockets.forEach((socket) => socket.disconnect()),
);
