// A TCP proxy that counts what passes: payload bytes of both directions, so WebSocket frames and the HTTP upgrade with them.

import { connect, createServer } from 'node:net';

import { sharedNow } from './workload.mjs';

/** Nothing has passed for this long: the exchange is over. */
const POLL_MS = 20;

/**
 * @typedef {object} Proxy
 * @property {string} address `127.0.0.1:port`
 * @property {() => void} reset from now on counts from 0
 * @property {() => { up: number, down: number, lastAt: number }} counted client to server, server to client, and when the last byte passed
 * @property {(ms: number) => Promise<void>} quiet resolves when nothing has passed for that long, and something before
 * @property {() => Promise<void>} closed resolves when no connection is left
 * @property {() => void} stop
 */

/**
 * @param {string} target `host:port` of the server
 * @returns {Promise<Proxy>}
 */
export async function startProxy(target) {
  const [host, port] = target.split(':');
  const open = new Set();
  let count = { up: 0, down: 0, lastAt: 0 };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
    open.add(client);
    pass(client, upstream, 'up');
    pass(upstream, client, 'down');
    client.on('close', () => {
      open.delete(client);
      upstream.destroy();
    });
    upstream.on('close', () => client.destroy());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));

  function pass(from, to, direction) {
    // Whoever resets a connection closes it, and that is all there is to know of it.
    from.on('error', () => {});
    from.on('data', (bytes) => {
      count[direction] += bytes.length;
      count.lastAt = sharedNow();
      to.write(bytes);
    });
    from.on('end', () => to.end());
  }

  const until = async (isSo) => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  };

  return {
    address: `127.0.0.1:${server.address().port}`,
    reset() {
      count = { up: 0, down: 0, lastAt: 0 };
    },
    counted: () => ({ ...count }),
    quiet: (ms) => until(() => count.lastAt > 0 && sharedNow() - count.lastAt >= ms),
    closed: () => until(() => open.size === 0),
    stop() {
      server.close();
      for (const client of open) client.destroy();
    },
  };
}
