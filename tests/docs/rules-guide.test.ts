import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MemoryAdapter, TopGunClient, type StorageAdapter } from '@topgun/core';
import { SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  auth,
  createServer,
  defineRules,
  hasRole,
  type RulesInput,
  type TopGunServer,
} from '../../server/src/index.js';
import { fencedBlocks } from './fenced-blocks.js';

// The guide (docs/guides/rules.md), run: what somebody may see no longer leaves the device, and what they may not do is refused.

const root = fileURLToPath(new URL('../..', import.meta.url));
const SECRET = 'a secret that is long enough to be one';
const own = { where: { ownerId: auth.sub } };
const shared = { where: { sharedWith: { $contains: auth.sub } } };
const RULES: RulesInput = {
  todos: { read: [own, shared], create: own, update: own, remove: own },
  staff: {
    read: true,
    create: hasRole('hr'),
    update: hasRole('hr'),
    remove: hasRole('hr'),
    fields: { pay: { read: hasRole('hr') } },
  },
};

interface Schema {
  todos: { text: string; ownerId: string; sharedWith: string[] };
  staff: { name: string; pay?: number };
}

const open: { close(): Promise<unknown> }[] = [];
let folder: string;
let server: TopGunServer | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-rules-'));
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  await server?.drain();
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

/** Starts it, or starts it again with other rules on the same database. */
async function serve(rules: RulesInput, port = 0): Promise<number> {
  await server?.drain();
  const database = `file:${join(folder, 'topgun.db')}`;
  server = await createServer({
    port,
    host: '127.0.0.1',
    database,
    auth: { secret: SECRET },
    rules: defineRules(rules),
  });
  return (await server.listen()).port;
}

const sign = (sub: string, role?: string): Promise<string> =>
  new SignJWT({ sub, ...(role === undefined ? {} : { role }) })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));

function joinAs(
  port: number,
  token: Promise<string>,
  storage: StorageAdapter = new MemoryAdapter(),
): TopGunClient<Schema> {
  const backoff = { initialDelayMs: 50, maxDelayMs: 200 };
  const client = new TopGunClient<Schema>({
    serverUrl: `http://127.0.0.1:${port}`,
    storage,
    backoff,
    auth: { getToken: () => token },
  });
  open.push(client);
  return client;
}

/** What lies in the local database of somebody. */
async function stored(storage: StorageAdapter, port: number, user: string, map: string): Promise<string> {
  const opened = await storage.open(`topgun:http://127.0.0.1:${port}:user:${user}`);
  if (!opened.ok) throw new Error(opened.error.message);
  const loaded = await opened.value.loadMap(map);
  await opened.value.close();
  if (!loaded.ok) throw new Error(loaded.error.message);
  return JSON.stringify([...loaded.value].map(([key, { fields }]) => [key, [...fields]]));
}

const texts = (client: TopGunClient<Schema>): string[] =>
  [...client.getMap('todos').values()].map(({ text }) => text).toSorted();

test('RU-6: what is taken back, record by record or by other rules, leaves those who have it', async () => {
  const port = await serve(RULES);
  const ann = joinAs(port, sign('ann'));
  const storage = new MemoryAdapter();
  const bob = joinAs(port, sign('bob'), storage);
  for (let i = 0; i < 8; i += 1) {
    ann.getMap('todos').set(`t${i}`, { text: `todo ${i}`, ownerId: 'ann', sharedWith: i < 6 ? ['bob'] : [] });
  }
  bob.getMap('todos').set('b', { text: 'his', ownerId: 'bob', sharedWith: [] });
  const stop = bob.getMap('todos').subscribe(() => {});
  await expect
    .poll(() => texts(bob), { timeout: 30_000 })
    .toEqual(['his', 'todo 0', 'todo 1', 'todo 2', 'todo 3', 'todo 4', 'todo 5']);
  expect((await ann.getMap('todos').patch('t0', { sharedWith: [] }).acked) as unknown).toMatchObject({ ok: true });
  await expect.poll(() => texts(bob)).toEqual(['his', 'todo 1', 'todo 2', 'todo 3', 'todo 4', 'todo 5']);
  await expect.poll(() => stored(storage, port, 'bob', 'todos')).not.toContain('todo 0');
  expect(await stored(storage, port, 'bob', 'todos')).toContain('todo 1');

  await serve({ ...RULES, todos: { ...RULES['todos'], read: own } }, port);
  await expect.poll(() => texts(bob), { timeout: 10_000 }).toEqual(['his']);
  await expect.poll(() => stored(storage, port, 'bob', 'todos')).not.toContain('todo 1');
  stop();
});

test('RU-6: what is taken back leaves a device that asks for nothing, when it connects the next time', async () => {
  const port = await serve(RULES);
  const ann = joinAs(port, sign('ann'));
  const storage = new MemoryAdapter();
  const bob = joinAs(port, sign('bob'), storage);
  for (let i = 0; i < 8; i += 1) {
    ann.getMap('todos').set(`t${i}`, { text: `todo ${i}`, ownerId: 'ann', sharedWith: ['bob'] });
  }
  bob.getMap('todos').set('b', { text: 'his', ownerId: 'bob', sharedWith: [] });
  const stop = bob.getMap('todos').subscribe(() => {});
  await expect.poll(() => texts(bob).length, { timeout: 30_000 }).toBe(9);
  stop();
  await bob.close();
  expect(await stored(storage, port, 'bob', 'todos')).toContain('todo 7');
  expect((await ann.getMap('todos').patch('t3', { sharedWith: [] }).acked) as unknown).toMatchObject({ ok: true });
  // It shows nothing: no map is in use.
  const again = joinAs(port, sign('bob'), storage);
  await again.start();
  await expect.poll(() => stored(storage, port, 'bob', 'todos'), { timeout: 30_000 }).not.toContain('todo 3');
  expect(await stored(storage, port, 'bob', 'todos')).toContain('todo 4');
  // The page is loaded anew: it would rest for a minute after what it has just asked.
  await again.close();
  await serve({ ...RULES, todos: { ...RULES['todos'], read: own } }, port);
  await joinAs(port, sign('bob'), storage).start();
  await expect.poll(() => stored(storage, port, 'bob', 'todos'), { timeout: 30_000 }).not.toContain('todo');
  expect(await stored(storage, port, 'bob', 'todos')).toContain('his');
});

test('RU-6: a field leaves with the role that could read it', async () => {
  const port = await serve(RULES);
  let token = sign('eve', 'hr');
  const storage = new MemoryAdapter();
  const eve = new TopGunClient<Schema>({
    serverUrl: `http://127.0.0.1:${port}`,
    storage,
    backoff: { initialDelayMs: 50 },
    auth: { getToken: () => token },
  });
  open.push(eve);
  for (let i = 0; i < 8; i += 1) eve.getMap('staff').set(`s${i}`, { name: `person ${i}`, pay: 70 + i });
  const stop = eve.getMap('staff').subscribe(() => {});
  await eve.getMap('staff').settled();
  expect(eve.getMap('staff').get('s3')?.pay).toBe(73);
  await expect.poll(() => eve.getPendingOpsCount()).toBe(0);
  token = sign('eve');
  await eve.setAuthTokenProvider(() => token);
  await expect.poll(() => eve.getMap('staff').get('s3'), { timeout: 10_000 }).toEqual({ name: 'person 3' });
  await expect.poll(() => stored(storage, port, 'eve', 'staff')).not.toContain('"pay"');
  stop();
});

test('PI-9: a write that is not permitted comes back, with the reason, and the device is as it was', async () => {
  const port = await serve(RULES);
  const ann = joinAs(port, sign('ann'));
  const bob = joinAs(port, sign('bob'));
  const todo = { text: 'hers', ownerId: 'ann', sharedWith: ['bob'] };
  await ann.getMap('todos').set('a', todo).acked;
  const stop = bob.getMap('todos').subscribe(() => {});
  await expect.poll(() => texts(bob)).toEqual(['hers']);
  const write = bob.getMap('todos').patch('a', { text: 'mine' });
  expect((await write.acked) as unknown).toMatchObject({
    rejected: { code: 'not-permitted', reason: 'The rule update of todos does not permit this.' },
  });
  expect(texts(bob)).toEqual(['hers']);
  expect(bob.rejections.list()).toHaveLength(1);
  stop();
});

test('RU-8: the cases of the guide pass, and one that is wrong does not', async () => {
  const guide = readFileSync(join(root, 'docs/guides/rules.md'), 'utf8');
  const { code } = fencedBlocks(guide).find((block) => block.code.includes('export const cases'))!;
  // Where the packages of the project are found.
  mkdirSync(join(root, '.topgun'), { recursive: true });
  const scratch = mkdtempSync(join(root, '.topgun', 'rules-'));
  open.push({ close: () => Promise.resolve(rmSync(scratch, { recursive: true })) });
  const run = async (name: string, text: string): Promise<{ readonly code: number; readonly said: string }> => {
    const file = join(scratch, name);
    writeFileSync(file, text);
    const command = [join(root, 'server/bin/topgun-server.js'), 'rules', 'test', file, '--require-coverage'];
    return new Promise((resolve) => {
      execFile(process.execPath, command, (error, said, complained) => {
        resolve({ code: error === null ? 0 : Number(error.code), said: said + complained });
      });
    });
  };
  const right = await run('right.mjs', code);
  expect(right).toEqual({ code: 0, said: expect.stringContaining('5 of 5 cases as expected; 3 of 3 rules covered.') });
  const wrong = await run(
    'wrong.mjs',
    code.replace("after: hers, expect: 'granted'", "after: hers, expect: 'refused'"),
  );
  expect(wrong).toEqual({
    code: 1,
    said: expect.stringContaining('✗ ann: create in todos: was to be refused, is granted'),
  });
  const uncovered = await run('open.mjs', code.replace('update: own }', 'update: own, remove: own }'));
  expect(uncovered).toEqual({ code: 1, said: expect.stringMatching(/· todos\.remove +never asked/) });
  const none = await run('none.mjs', 'export const rules = {};');
  expect(none).toEqual({ code: 1, said: expect.stringContaining('exports no rules') });
});
