// Who is measured. Each has a client behind the proxy and another side straight at the server, in processes of their own,
// holds the same records on both, and answers the same questions.

import path from 'node:path';

import { startProcess } from '../method/processes.mjs';
import { startProxy } from './proxy.mjs';

const start = (module, ...args) => startProcess(new URL(module, import.meta.url), args.map(String));

/**
 * @typedef {object} Subject
 * @property {string} name
 * @property {import('../method/processes.mjs').Peer} client
 * @property {import('../method/processes.mjs').Peer} other
 * @property {import('./proxy.mjs').Proxy} proxy
 * @property {() => Promise<void>} loseCursor while the client is away: what it knows of where it was is of no use any more
 * @property {() => Promise<void>} stop
 */

/** @type {Record<string, (n: number, folder: string) => Promise<Subject>>} */
export const subjects = {
  floor: (n) => startPair('floor', n),
  topgun: startTopGun,
  yjs: (n) => startPair('yjs', n),
  tinybase: (n) => startPair('tinybase', n, async (client, other) => client.ask('restore', await other.ask('content'))),
  rxdb: (n) => startPair('rxdb', n),
};

/** The other side is the server itself. */
async function startPair(name, n, prepare = async () => {}) {
  const other = await start(`./${name}-server.mjs`);
  await other.ask('fill', n);
  const proxy = await startProxy(await other.ask('address'));
  const client = await start(`./${name}-client.mjs`, proxy.address);
  await prepare(client, other);
  await client.ask('connect');
  return {
    name,
    client,
    other,
    proxy,
    loseCursor: () => client.ask('forget'),
    async stop() {
      await client.stop();
      await other.stop();
      proxy.stop();
    },
  };
}

/** TopGun's server has no writes of its own: the other side is a client straight at it. */
async function startTopGun(n, folder) {
  const file = path.join(folder, `topgun-${process.hrtime.bigint()}.db`);
  let server = await start('./topgun-server.mjs', file, 0, n);
  const address = await server.ask('address');
  const other = await start('./topgun-client.mjs', address);
  await other.ask('fill', n);
  await other.ask('listen');
  const proxy = await startProxy(address);
  const client = await start('./topgun-client.mjs', proxy.address);
  await client.ask('listen');
  return {
    name: 'topgun',
    client,
    other,
    proxy,
    /** The server starts again, on its file and its port: it knows its records, but of nobody what was sent to whom. */
    async loseCursor() {
      await other.ask('disconnect');
      await server.stop();
      server = await start('./topgun-server.mjs', file, address.split(':')[1], n);
      await other.ask('connect');
      await other.ask('live');
    },
    async stop() {
      await client.stop();
      await other.stop();
      await server.stop();
      proxy.stop();
    },
  };
}
