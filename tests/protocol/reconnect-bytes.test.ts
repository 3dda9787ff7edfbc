import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryAdapter, TopGunClient } from '@topgun/core';
import { Server as SocketIoServer } from 'socket.io';
import { io } from 'socket.io-client';
import { afterEach, expect, test } from 'vitest';
import { createServer } from '../../server/src/index.js';

// SY-3: what a reconnect costs when nothing has changed, byte by byte, beside a bare cursor over Socket.IO. What
// `npm run bench -- reconnect` measures among peers.

/** So many bytes more than the bare cursor, positions included. */
const MORE_BYTES = 250;
/** On both sides: numbers of as many digits. */
const RECORDS = 10_000;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const listening = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

/** A TCP proxy in front of `port` that counts what passes in both directions. */
async function counting(port: number) {
  let bytes = 0;
  const open = new Set<Socket>();
  const pass = (from: Socket, to: Socket): void => {
    open.add(from);
    from.on('error', () => {});
    from.on('data', (data) => {
      bytes += data.length;
      to.write(data);
    });
    from.on('end', () => to.end());
    from.on('close', () => open.delete(from));
  };
  const proxy = createTcpServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port, noDelay: true });
    pass(client, upstream);
    pass(upstream, client);
  });
  const address = await listening(proxy);
  closers.push(() => {
    proxy.close();
    for (const socket of open) socket.destroy();
  });
  return {
    url: `http://127.0.0.1:${address}`,
    /** How many bytes pass while that happens. */
    async during(happens: () => Promise<unknown>): Promise<number> {
      // What was before has to be over: nobody is connected.
      await expect.poll(() => open.size).toBe(0);
      bytes = 0;
      await happens();
      return bytes;
    },
  };
}

/** What a cursor takes: `position` and no changes up, a position and no changes down. */
async function bareCursor(position: number): Promise<number> {
  const http = createHttpServer();
  const server = new SocketIoServer(http, { serveClient: false, perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('sync', (_position: number, _changes: unknown, answer: (through: number, newer: unknown[]) => void) =>
      answer(position, []),
    );
  });
  const proxy = await counting(await listening(http));
  closers.push(() => server.close());
  const socket = io(proxy.url, { transports: ['websocket'], autoConnect: false, reconnection: false });
  closers.push(() => socket.disconnect());
  return proxy.during(async () => {
    socket.connect();
    await new Promise<void>((resolve) => {
      socket.on('connect', () => socket.emit('sync', position, [], () => resolve()));
    });
  });
}

/** What a client that is subscribed to a whole map takes, when nothing has changed while it was away. */
async function nothingNew(records: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'topgun-bytes-'));
  closers.push(() => rmSync(folder, { recursive: true }));
  const topgun = await createServer({
    port: 0,
    host: '127.0.0.1',
    database: `file:${join(folder, 'topgun.db')}`,
    openToEveryone: true,
    budgets: false,
  });
  closers.push(() => topgun.drain());
  const proxy = await counting((await topgun.listen()).port);
  const client = new TopGunClient<{ todos: { priority: number } }>({
    serverUrl: proxy.url,
    storage: new MemoryAdapter(),
  });
  closers.push(() => client.close());
  const todos = client.getMap('todos');
  let last = todos.set('todo-000000', { priority: 0 });
  for (let i = 1; i < records; i += 1) last = todos.set(`todo-${String(i).padStart(6, '0')}`, { priority: i });
  await last.acked;
  closers.push(todos.subscribe(() => {}));
  await todos.settled();
  client.disconnect();
  return proxy.during(async () => {
    client.connect();
    // Live means that the server has answered for each subscription.
    await client.waitForState('live', 30_000);
  });
}

test('SY-3: when nothing has changed, a reconnect takes at most 250 bytes more than a bare cursor over Socket.IO', async () => {
  const [bare, ours] = [await bareCursor(RECORDS), await nothingNew(RECORDS)];
  expect(bare).toBeGreaterThan(400);
  expect(ours).toBeGreaterThan(bare);
  expect(ours - bare).toBeLessThanOrEqual(MORE_BYTES);
});
