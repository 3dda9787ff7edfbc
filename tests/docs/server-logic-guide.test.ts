import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallError, MemoryAdapter, TopGunClient, type StorageAdapter } from '@topgun/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import {
  createServer,
  defineResolvers,
  immutable,
  max,
  procedureOf,
  union,
  type CallsOf,
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

interface Hall {
  seats: { price: number; by?: string };
  tickets: { seats: string[]; paid: number };
}

const procedure = procedureOf<Hall>();
const procedures = {
  reserve: procedure({
    args: z.object({ ticket: z.string(), seats: z.array(z.string()).max(8) }),
    async run({ map, principal, refuse }, { ticket, seats }) {
      const by = principal ?? 'nobody';
      let paid = 0;
      for (const key of seats) {
        const seat = map('seats').get(key) ?? refuse(`There is no seat ${key}.`);
        if (seat.by !== undefined) refuse(`Seat ${key} is taken.`, { seat: key });
        await Promise.resolve();
        map('seats').patch(key, { by });
        paid += seat.price;
      }
      map('tickets').set(ticket, { seats, paid });
      return { paid };
    },
  }),
  freeSeats: procedure({
    readOnly: true,
    run: ({ map }) => map('seats').query({ where: { by: { $exists: false } }, sort: { price: 'asc' }, limit: 10 }),
  }),
};

test('PR-2, PR-4, PR-7: of many who want the same seats one gets them, and a call is known by its id over a restart', async () => {
  const port = await serve({ procedures });
  const hall = async (storage: StorageAdapter = new MemoryAdapter()) => {
    const client = new TopGunClient<Hall, Hall, CallsOf<typeof procedures>>({
      serverUrl: `http://127.0.0.1:${port}`,
      storage,
    });
    open.push(client);
    await client.start();
    return client;
  };
  const storage = new MemoryAdapter();
  const clients = [await hall(storage), await hall(), await hall()];
  const seats = clients[0]!.getMap('seats');
  await seats.loaded();
  for (let i = 1; i <= 4; i += 1) seats.set(`a${i}`, { price: 10 * i });
  // It sees what was written before it.
  expect(await clients[0]!.call('freeSeats')).toMatchObject([
    { _key: 'a1' },
    { _key: 'a2' },
    { _key: 'a3' },
    { _key: 'a4' },
  ]);
  const stop = seats.subscribe(() => undefined);
  await seats.settled();
  const tried = await Promise.allSettled(
    clients.map((client, i) => client.call('reserve', { ticket: `t${i}`, seats: ['a2', 'a3'] }, { id: 'order' })),
  );
  const [lucky] = tried.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
  expect(tried.filter(({ status }) => status === 'fulfilled')).toEqual([{ status: 'fulfilled', value: { paid: 50 } }]);
  for (const each of tried) {
    if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'refused', data: { seat: 'a2' } });
  }
  await expect.poll(() => seats.get('a3')).toEqual({ price: 30, by: 'nobody' });
  expect(await clients[1]!.queryOnce('tickets')).toEqual([{ _key: `t${lucky}`, seats: ['a2', 'a3'], paid: 50 }]);
  const wrong = clients[1]!.call('reserve', { ticket: 't9', seats: [4] } as never);
  await expect(wrong).rejects.toSatisfy(
    (error) => error instanceof CallError && error.issues[0]?.path === '$.seats[0]',
  );
  stop();
  // Another server, and the app anew.
  await clients[0]!.close();
  await serve({ procedures }, port);
  const again = await hall(storage);
  const repeated = again.call('reserve', { ticket: 't0', seats: ['a1'] }, { id: 'order', waitForServer: true });
  if (lucky === 0) expect(await repeated).toEqual({ paid: 50 });
  else await expect(repeated).rejects.toMatchObject({ code: 'refused', data: { seat: 'a2' } });
});
