// The floor's client. Arguments: the address.

import { io } from 'socket.io-client';

import { answerParent } from '../method/processes.mjs';
import { createArrivals } from './arrivals.mjs';
import { digestOf, sharedNow } from './workload.mjs';

const [address] = process.argv.slice(2);
const socket = io(`http://${address}`, { transports: ['websocket'], autoConnect: false, reconnection: false });
const arrivals = createArrivals();
const records = new Map();
/** Keys changed since the server was last told. */
const unsent = new Set();
let position = null;

socket.on('connect', () => {
  const changes = new Map(Array.from(unsent, (key) => [key, records.get(key)]));
  socket.emit('sync', position, [...changes], (through, newer) => {
    unsent.clear();
    position = through;
    for (const [key, record] of newer) {
      // Answered before the server had ours, which are the later ones.
      if (changes.has(key)) continue;
      records.set(key, record);
      arrivals.heard(key, record.priority);
    }
  });
});

answerParent({
  ...arrivals.answers,
  change(keys, priority) {
    for (const key of keys) {
      records.set(key, { ...records.get(key), priority });
      unsent.add(key);
    }
  },
  disconnect() {
    socket.disconnect();
  },
  connect() {
    const calledAt = sharedNow();
    socket.connect();
    return calledAt;
  },
  /** The position is lost: the server will send everything. */
  forget() {
    position = null;
  },
  digest: () => digestOf(records),
});
