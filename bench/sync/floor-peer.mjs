// A bare Socket.IO client. Arguments: the server's address.

import { io } from 'socket.io-client';

import { answerParent } from '../method/processes.mjs';
import { createListener } from './listener.mjs';
import { inTurns } from './turns.mjs';
import { keyOf, recordOf, sharedNow } from './workload.mjs';

const [url] = process.argv.slice(2);
const socket = io(url, { transports: ['websocket'] });
await new Promise((resolve) => socket.once('connect', resolve));
const listener = createListener();
const values = new Map();
socket.on('relayed', ([key, record]) => {
  values.set(key, record.n);
  listener.heard(record.n, sharedNow() - record.sentAt);
});

answerParent({
  ...listener.answers,
  /** `event`: `write` makes it durable on the way, `relay` does not. */
  write(i, event) {
    socket.emit(event, [keyOf(i), recordOf(i, sharedNow())]);
  },
  async burst(from, count, event) {
    const startedAt = sharedNow();
    await inTurns(count, (i) => socket.emit(event, [keyOf(from + i), recordOf(from + i, startedAt)]));
    return startedAt;
  },
  value: (i) => values.get(keyOf(i)),
});
