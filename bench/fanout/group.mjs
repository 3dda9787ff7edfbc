// A server, a writing client and listening clients: each in processes of their own.

import path from 'node:path';

import { startProcess } from '../method/processes.mjs';

const topgunServer = new URL('../sync/topgun-server.mjs', import.meta.url);
const kinds = {
  topgun: { server: topgunServer, writer: './topgun-clients.mjs', listeners: './topgun-clients.mjs' },
  'topgun-wire': { server: topgunServer, writer: './topgun-clients.mjs', listeners: './wire-clients.mjs' },
  floor: {
    server: new URL('./floor-server.mjs', import.meta.url),
    writer: './floor-clients.mjs',
    listeners: './floor-clients.mjs',
  },
};

/**
 * @param {keyof typeof kinds} name
 * @param {{ folder: string, records: number, owners: readonly (readonly (readonly number[])[])[] }} options `owners`: by process and
 *   client, whose tickets it asks for
 */
export async function startGroup(name, { folder, records, owners }) {
  const kind = kinds[name];
  const server = await startProcess(kind.server, [path.join(folder, `${name}-${process.hrtime.bigint()}.db`)]);
  const url = await server.ask('url');
  const start = (file, count) => startProcess(new URL(file, import.meta.url), [url, String(count)]);
  const writer = await start(kind.writer, 1);
  await writer.ask('fill', records);
  const listeners = [];
  for (const ofProcess of owners) {
    const process = await start(kind.listeners, ofProcess.length);
    await process.ask('listen', ofProcess);
    listeners.push({ process, owners: ofProcess.flat(), heard: 0 });
  }
  /** By owner: the number of the last write. */
  const written = new Map();
  let first = Number.POSITIVE_INFINITY;
  let last = 0;

  return {
    name,
    /** Writes one record. Resolves to the time from the call until the last client that asked for it has heard. */
    async write(owner, i) {
      const concerned = listeners.flatMap((listener) => {
        const asking = listener.owners.filter((each) => each === owner).length;
        return asking === 0 ? [] : [{ ...listener, listener, asking }];
      });
      const arrivals = concerned.map(({ process, asking, listener }) => {
        listener.heard += asking;
        return process.ask('lastOf', i, asking);
      });
      const sentAt = await writer.ask('write', owner, i);
      written.set(owner, i);
      first = Math.min(first, i);
      last = Math.max(last, i);
      const latency = Math.max(...(await Promise.all(arrivals))) - sentAt;
      await writer.ask('acked');
      return latency;
    },
    /** Every client has heard of each write that it asked for, once, and shows the last. */
    async check() {
      for (const { process, owners: asked, heard } of listeners) {
        const count = await process.ask('count', first, last + 1);
        if (count !== heard) throw new Error(`${name}: ${count} arrivals instead of ${heard}`);
        const shown = await process.ask('shown');
        for (const [at, owner] of asked.entries()) {
          const expected = written.get(owner) ?? 0;
          if (shown[at] !== expected) throw new Error(`${name}: owner ${owner} shows ${shown[at]}, not ${expected}`);
        }
      }
    },
    /** What each of server, writer and listening processes has used of the processors, in ms. */
    processorMs: () =>
      Promise.all([server, writer, ...listeners.map(({ process }) => process)].map((each) => each.ask('processorMs'))),
    async stop() {
      await Promise.all([writer, ...listeners.map(({ process }) => process)].map((each) => each.stop()));
      await server.stop();
    },
  };
}
