// Bare Socket.IO clients. Arguments: the server's address, and how many they are.

import { io } from 'socket.io-client';

import { answerParent } from '../method/processes.mjs';
import { keyOf, recordOf, runClosedLoop } from './closed-loop.mjs';

const [url, count] = process.argv.slice(2);
const sockets = Array.from({ length: Number(count) }, () => io(url, { transports: ['websocket'], forceNew: true }));
await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
const writers = sockets.map((socket) => async (n) => {
  await new Promise((resolve) => socket.emit('write', { key: keyOf(n), record: recordOf(n) }, resolve));
});

answerParent({ run: (ms) => runClosedLoop(writers, ms) }, () => sockets.forEach((socket) => socket.disconnect()));
