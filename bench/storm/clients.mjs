// Clients that are as many as one process can be without the spread coming from it: they wait as TopGun's do (`backoffDelay`, the shipped
// configuration), ask by a bare TCP connection first, and greet the server over Socket.IO once that stands. Arguments: the server's port,
// how many, and whether their waits are jittered.

import { connect } from 'node:net';

import { io } from 'socket.io-client';

import { backoffDelay, DEFAULT_BACKOFF } from '../../packages/core/dist/client/connection/backoff.js';
import { answerParent } from '../method/processes.mjs';

const [port, count, jitter] = process.argv.slice(2);
const config = { ...DEFAULT_BACKOFF, jitter: jitter === 'yes' };
const auth = { protocol: 1, replicas: [], lineage: null };
/** When somebody asked for a connection, and when somebody was welcomed, on the clock that processes of a machine share. */
const times = { asked: [], welcomed: [] };
const waiting = new Set();
let welcomed = 0;
let isOver = false;

/** @param {number} failures in a row */
function attempt(failures) {
  times.asked.push(Date.now());
  const probe = connect(Number(port), '127.0.0.1');
  probe.once('error', () => retry(failures + 1));
  probe.once('connect', () => {
    probe.destroy();
    greet(failures);
  });
}

function greet(failures) {
  const socket = io(`http://127.0.0.1:${port}`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    auth,
  });
  let isWelcomed = false;
  socket.on('m', (...messages) => {
    if (isWelcomed || !messages.some(({ type }) => type === 'welcome')) return;
    isWelcomed = true;
    welcomed += 1;
    times.welcomed.push(Date.now());
    if (welcomed === Number(count)) for (const resolve of waiting) resolve();
  });
  const ended = () => {
    socket.removeAllListeners();
    socket.disconnect();
    if (isWelcomed) welcomed -= 1;
    retry(isWelcomed ? 1 : failures + 1);
  };
  socket.once('disconnect', ended);
  socket.once('connect_error', ended);
}

function retry(failures) {
  if (!isOver) setTimeout(() => attempt(failures), backoffDelay(config, failures, Math.random()));
}

for (let i = 0; i < Number(count); i += 1) attempt(0);

answerParent(
  {
    /** Resolves when every client has been welcomed. */
    allWelcomed: () => new Promise((resolve) => (welcomed === Number(count) ? resolve() : waiting.add(resolve))),
    /** What has happened since `from`. */
    since: (from) => ({
      asked: times.asked.filter((at) => at >= from),
      welcomed: times.welcomed.filter((at) => at >= from),
    }),
  },
  () => {
    isOver = true;
  },
);
