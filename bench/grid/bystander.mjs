// One client that writes now and then, and asks the server whether it is there. Argument: the server's address.

import { TopGunClient } from '@topgun/core';
import { longForm } from '@topgun/core/protocol';
import { io } from 'socket.io-client';

import { answerParent } from '../method/processes.mjs';

const [serverUrl] = process.argv.slice(2);
const client = new TopGunClient({ serverUrl });
await client.waitForState('live', 120_000);
const notes = client.getMap('notes');

// A line of its own: what the client sends by itself is nobody's business here.
const hello = { protocol: 1, replicas: [], lineage: null };
const line = io(serverUrl, { transports: ['websocket'], forceNew: true, reconnection: false, auth: hello });
let ponged = () => {};
line.on('m', (...messages) => {
  for (const message of messages) if (longForm(message).type === 'pong') ponged();
});
await new Promise((resolve, reject) => {
  line.once('connect', resolve);
  line.once('connect_error', reject);
});

const PAUSE_MS = 5;
let written = 0;
let isEnough = false;

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

const ping = () =>
  new Promise((resolve) => {
    ponged = resolve;
    line.emit('m', { type: 'ping', at: 1 });
  });

async function write() {
  written += 1;
  const result = await notes.set(`n${written % 100}`, { written }).acked;
  if (!result.ok) throw new Error(`a write was refused: ${JSON.stringify(result)}`);
}

/** One after the other, with a pause, until `goesOn` says no. */
async function watch(goesOn) {
  const [pings, writes] = [[], []];
  while (goesOn()) {
    pings.push(await timed(ping));
    writes.push(await timed(write));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return { pings, writes };
}

answerParent(
  {
    watchFor: (ms) => {
      const until = performance.now() + ms;
      return watch(() => performance.now() < until);
    },
    watchUntilEnough: () => {
      isEnough = false;
      return watch(() => !isEnough);
    },
    enough: () => {
      isEnough = true;
    },
  },
  () => client.close(),
);
