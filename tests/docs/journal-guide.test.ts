import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryAdapter, TopGunClient, type JournalEvent } from '@topgun/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createServer, type TopGunServer } from '../../server/src/index.js';

// The guide (docs/guides/journal.md), run: a server with a journal on a SQLite file, somebody who writes, and a program that must miss nothing.

interface Schema {
  orders: { item: string; amount: number };
  notes: { text: string };
}

const clients: TopGunClient<Schema>[] = [];
let folder: string;
let server: TopGunServer | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-journal-'));
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await server?.drain();
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

async function startServer(port = 0, workers = 0): Promise<{ readonly url: string; readonly port: number }> {
  const database = `file:${join(folder, 'topgun.db')}`;
  server = await createServer({ port, host: '127.0.0.1', database, workers, journal: ['orders', 'team/*'] });
  return server.listen();
}

function open(serverUrl: string): TopGunClient<Schema> {
  const client = new TopGunClient<Schema>({
    serverUrl,
    storage: new MemoryAdapter(),
    backoff: { initialDelayMs: 20, maxDelayMs: 50 },
    environment: { log: () => {} },
  });
  clients.push(client);
  return client;
}

test.each([
  [0, 0],
  [2, 0],
  [0, 3],
])(
  'JO-1, JO-2, JO-3, JO-7: a program that follows hears every change once and in order, over a restart of the server, with %i workers before and %i after',
  async (before, after) => {
    const { url, port } = await startServer(0, before);
    const writer = open(url);
    const orders = writer.getMap('orders');
    await orders.set('1', { item: 'Tea', amount: 1 }).acked;

    const follower = open(url);
    const heard: JournalEvent[] = [];
    let through = 0;
    const listen = (client: TopGunClient<Schema>) =>
      client.getEventJournal().subscribe(
        (page) => {
          heard.push(...page.events);
          ({ through } = page);
        },
        { after: through, maps: ['orders'] },
      );
    let stop = listen(follower);
    await orders.update('1', (order) => ({ item: order?.item ?? '', amount: 2 })).acked;
    await writer.getMap('notes').set('n', { text: 'not of these' }).acked;
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(2);

    await server?.drain();
    await startServer(port, after);
    await orders.remove('1').acked;
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(3);
    stop();
    // Away for a while, and back on another device with what was remembered.
    await orders.set('2', { item: 'Coffee', amount: 5 }).acked;
    stop = listen(open(url));
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(4);
    stop();
    expect(heard.map(({ type, key, previous, value }) => [type, key, previous, value])).toEqual([
      ['add', '1', undefined, { item: 'Tea', amount: 1 }],
      ['update', '1', { item: 'Tea', amount: 1 }, { item: 'Tea', amount: 2 }],
      ['remove', '1', { item: 'Tea', amount: 2 }, undefined],
      ['add', '2', undefined, { item: 'Coffee', amount: 5 }],
    ]);
    expect(await follower.getEventJournal().readFrom(0, { limit: 3 })).toMatchObject({ events: heard.slice(0, 3) });
  },
);

test('JO-7: a server that keeps no journal says so', async () => {
  server = await createServer({ port: 0, host: '127.0.0.1', database: `file:${join(folder, 'topgun.db')}` });
  const client = open((await server.listen()).url);
  await client.waitForState('live', 20_000);
  await expect(client.getEventJournal().latest()).rejects.toMatchObject({ code: 'no-journal' });
});

test('JO-1: a server whose journal names what is no map does not start', async () => {
  const database = `file:${join(folder, 'topgun.db')}`;
  await expect(createServer({ port: 0, database, journal: ['no map!'] })).rejects.toMatchObject({ code: 'journal' });
});
