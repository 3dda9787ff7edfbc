// Clients of one server in a few processes, and the restart that they all notice at the same moment.

import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { startProcess } from '../method/processes.mjs';

const PROCESSES = 2;
/** How long the server is away: long enough for a first attempt of everybody to fail. */
const AWAY_MS = 2_000;
const WINDOW_MS = 100;

/** @param {{ folder: string, clients: number, isJittered: boolean }} options */
export async function startCrowd({ folder, clients, isJittered }) {
  const file = path.join(folder, `storm-${process.hrtime.bigint()}.db`);
  const start = (port) => startProcess(new URL('./server.mjs', import.meta.url), [file, String(port)]);
  let server = await start(0);
  const port = await server.ask('port');
  const groups = [];
  for (let i = 0; i < PROCESSES; i += 1) {
    const args = [String(port), String(clients / PROCESSES), isJittered ? 'yes' : 'no'];
    groups.push(await startProcess(new URL('./clients.mjs', import.meta.url), args));
  }
  const all = (question, ...args) => Promise.all(groups.map((group) => group.ask(question, ...args)));

  return {
    /** Restarts the server. Resolves to how its clients came back. */
    async restart() {
      await all('allWelcomed');
      await server.stop();
      await pause(AWAY_MS);
      server = await start(port);
      const upAt = Date.now();
      const before = await server.ask('processorMs');
      await all('allWelcomed');
      const serverMs = (await server.ask('processorMs')) - before;
      const parts = await all('since', upAt);
      const asked = parts.flatMap((part) => part.asked);
      const welcomed = parts.flatMap((part) => part.welcomed);
      // Whoever came between the port and this process hearing of it was first, and is no part of the spread.
      if (welcomed.length < clients * 0.95) throw new Error(`${welcomed.length} of ${clients} clients came back`);
      return { arrivals: welcomed.map((at) => at - upAt), most: mostWithin(asked, WINDOW_MS), serverMs };
    },
    async stop() {
      await Promise.all(groups.map((group) => group.stop()));
      await server.stop();
    },
  };
}

/** The greatest number of moments in any stretch of that length. */
export function mostWithin(moments, lengthMs) {
  const sorted = [...moments].sort((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (const [last, at] of sorted.entries()) {
    while (at - sorted[first] >= lengthMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
