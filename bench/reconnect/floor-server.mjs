// The floor: a bare cursor. The client says its position and what it has changed since; the server answers with what is newer
// and the position after both. Whole records, in memory, over Socket.IO. Shares no code with TopGun.

import { createServer } from 'node:http';

import { Server } from 'socket.io';

import { answerParent } from '../method/processes.mjs';
import { createArrivals } from './arrivals.mjs';
import { allRecords, digestOf } from './workload.mjs';

const arrivals = createArrivals();
const records = new Map();
/** The key that each position changed. */
const log = [];

function put(key, record) {
  records.set(key, record);
  log.push(key);
}

function newerThan(position) {
  const keys = position === null ? records.keys() : new Set(log.slice(position));
  return Array.from(keys, (key) => [key, records.get(key)]);
}

const http = createServer();
const io = new Server(http, { serveClient: false, perMessageDeflate: false });
io.on('connection', (socket) => {
  socket.on('sync', (position, changes, answer) => {
    const newer = newerThan(position);
    for (const [key, record] of changes) put(key, record);
    answer(log.length, newer);
    for (const [key, { priority }] of changes) arrivals.heard(key, priority);
  });
});
await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));

answerParent({
  ...arrivals.answers,
  address: () => `127.0.0.1:${http.address().port}`,
  fill(n) {
    for (const [key, record] of allRecords(n)) put(key, record);
  },
  change(keys, priority) {
    for (const key of keys) put(key, { ...records.get(key), priority });
  },
  digest: () => digestOf(records),
});
