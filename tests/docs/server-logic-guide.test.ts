import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryAdapter, TopGunClient, type StorageAdapter } from '@topgun/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createServer,
  defineResolvers,
  immutable,
  max,
  union,
  type ServerHooks,
  type ServerOptions,
  type TopGunServer,
} from '../../server/src/index.js';

// The guide (docs/guides/server-logic.md), run: real clients over a real socket, a real database.

interface Schema {
  todos: { text: string; by?: string };
  auctions: { highestBid: number; watchers: string[]; seller: string };
}

const resolvers = defineResolvers({
  auctions: { fields: { highestBid: max, watchers: union, seller: immutable } },
});

const open: { close(): Promise<unknown> }[] = [];
let folder: string;
let server: TopGunServer | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-logic-'));
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  await server?.drain();
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

/** Starts it, or starts it again on the same database and port. */
async function serve(options: ServerOptions, port = 0): Promise<number> {
  await server?.drain();
  server = await createServer({ port, host: '127.0.0.1', database: `file:${join(folder, 'topgun.db')}`, ...options });
  return (await server.listen()).port;
}

async function connect(port: number, storage: StorageAdapter = new MemoryAdapter()): Promise<TopGunClient<Schema>> {
  const client = new TopGunClient<Schema>({ serverUrl: `http://127.0.0.1:${port}`, storage, resolvers });
  open.push(client);
  await client.start();
  return client;
}

test('HK-2, HK-3: what a hook refuses is among the rejections, what it changes shows to its author and to others, and is on disk', async () => {
  const hooks: ServerHooks<Pick<Schema, 'todos'>> = {
    async beforeOp(op, { refuse }) {
      if (op.type !== 'create' && op.type !== 'patch') return;
      await Promise.resolve();
      return op.fields.text === '' ? refuse('A todo needs a text.') : { fields: { ...op.fields, by: 'the server' } };
    },
  };
  const port = await serve({ hooks: hooks as ServerHooks });
  const [author, reader] = [await connect(port), await connect(port)];
  const todos = author.getMap('todos');
  await todos.loaded();
  const refused = todos.set('empty', { text: '' });
  const changed = todos.set('a', { text: 'milk', by: 'zzz, which is greater' });
  expect(await refused.acked).toMatchObject({ rejected: { code: 'hook-refused', reason: 'A todo needs a text.' } });
  expect(await changed.acked).toEqual({ ok: true, outcome: 'applied' });
  expect(author.rejections.list().map(({ key, code }) => [key, code])).toEqual([['empty', 'hook-refused']]);
  expect(todos.get('a')).toEqual({ text: 'milk', by: 'the server' });
  expect(await reader.queryOnce('todos', {})).toEqual([{ _key: 'a', text: 'milk', by: 'the server' }]);
  // Another start, without the hook: it is what was stored.
  await serve({}, port);
  const later = await connect(port);
  expect(await later.queryOnce('todos', {})).toEqual([{ _key: 'a', text: 'milk', by: 'the server' }]);
});

test('RS-3, RS-4: an offline bid counts when it arrives, and what cannot be changed is not', async () => {
  const port = await serve({ resolvers });
  const [ann, bob] = [await connect(port), await connect(port)];
  const [anns, bobs] = [ann.getMap('auctions'), bob.getMap('auctions')];
  await anns.loaded();
  await anns.set('x', { highestBid: 5, watchers: ['ann'], seller: 'ann' }).acked;
  const stops = [anns.subscribe(() => undefined), bobs.subscribe(() => undefined)];
  await bobs.settled();
  bob.disconnect();
  const offline = bobs.update('x', (one) => ({ ...one!, highestBid: 9, watchers: ['bob'] }));
  // Later by the clock, and less.
  await anns.update('x', (one) => ({ ...one!, highestBid: 7, watchers: ['cid'] })).acked;
  bob.connect();
  expect(await offline.acked).toEqual({ ok: true, outcome: 'applied' });
  const both = { highestBid: 9, watchers: ['ann', 'bob', 'cid'], seller: 'ann' };
  // An author's answer has its own decided ops in it; others hear of them in their own time.
  expect(await bob.queryOnce('auctions', {})).toEqual([{ _key: 'x', ...both }]);
  expect(bobs.get('x')).toEqual(both);
  await expect.poll(() => anns.get('x')).toEqual(both);
  const refused = bobs.patch('x', { seller: 'bob' });
  expect(await refused.acked).toMatchObject({ rejected: { code: 'resolver-refused' } });
  expect(bobs.get('x')).toEqual(both);
  for (const stop of stops) stop();
});

test('HK-6: whom onConnection keeps out is told why, and keeps what they write', async () => {
  let isOpen = false;
  const gone: string[] = [];
  const port = await serve({
    hooks: {
      onConnection: ({ refuse }) => (isOpen ? undefined : refuse('Closed on Sundays.')),
      onDisconnect: ({ connection }) => void gone.push(connection),
    },
  });
  const client = await connect(port);
  await client.waitForState('backing-off', 5_000);
  const todos = client.getMap('todos');
  await todos.loaded();
  const kept = todos.set('a', { text: 'milk' });
  isOpen = true;
  client.forceReconnect();
  expect(await kept.acked).toEqual({ ok: true, outcome: 'applied' });
  expect(gone).toEqual([]);
  await client.close();
  await expect.poll(() => gone.length).toBe(1);
});
