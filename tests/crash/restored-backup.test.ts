import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryAdapter, TopGunClient, type StorageAdapter } from '@topgun/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from './free-port.js';
import { runCommand } from './run-command.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

interface Todo {
  readonly text: string;
  readonly done?: boolean;
}

let folder: string;
let database: string;
let port: number;
let server: ServerProcess | null = null;
type Client = TopGunClient<{ todos: Todo }>;

const clients: Client[] = [];

beforeEach(async () => {
  port = await freePort();
  folder = mkdtempSync(join(tmpdir(), 'topgun-backup-'));
  database = join(folder, 'topgun.db');
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await server?.end('SIGKILL');
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<string> {
  server = await startServerProcess({ database, args: ['--port', String(port)] });
  return server.url;
}

async function stop(): Promise<string> {
  const ended = await server?.end('SIGTERM');
  server = null;
  return `${ended?.stdout}${ended?.stderr}`;
}

async function open(serverUrl: string, storage: StorageAdapter = new MemoryAdapter()): Promise<Client> {
  const client = new TopGunClient<{ todos: Todo }>({
    serverUrl,
    storage,
    backoff: { initialDelayMs: 20, maxDelayMs: 50 },
    environment: { log: () => {} },
  });
  clients.push(client);
  await client.start();
  return client;
}

async function acked(...writes: readonly { readonly acked: Promise<{ readonly ok: boolean }> }[]): Promise<void> {
  for (const write of writes) expect(await write.acked).toMatchObject({ ok: true });
}

/** With its write-ahead log, as whoever copies files by hand does after the server has stopped. */
function copyDatabase(from: string, to: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(to + suffix, { force: true });
    if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
  }
}

/** How an operator takes a copy, and puts it back: while the server runs, or by hand while it does not. */
const WAYS = [
  {
    way: 'a copied file',
    takeWhile: 'stopped',
    take: async () => copyDatabase(database, join(folder, 'backup.db')),
    putBack: async () => copyDatabase(join(folder, 'backup.db'), database),
  },
  {
    way: 'backup, restore',
    takeWhile: 'running',
    take: () => operate('backup', join(folder, 'a.topgun.gz')),
    putBack: () => operate('restore', join(folder, 'a.topgun.gz'), '--replace'),
  },
] as const;

async function operate(...args: readonly string[]): Promise<void> {
  expect(await runCommand([...args, '--database', `file:${database}`])).toMatchObject({ code: 0 });
}

test.each(WAYS)('SY-2: each client that comes back brings what it had written since ($way)', async (each) => {
  const url = await start();
  const disk = new MemoryAdapter();
  const away = await open(url, disk);
  const here = await open(url);
  await acked(here.getMap('todos').set('before', { text: 'before' }));
  await acked(here.getPNCounter('likes:1').increment());
  if (each.takeWhile === 'running') await each.take();
  const log = await stop();
  expect(log).not.toContain('lost what it had accepted');
  if (each.takeWhile === 'stopped') await each.take();

  await start();
  await acked(here.getMap('todos').set('here', { text: 'milk' }), away.getMap('todos').set('away', { text: 'tea' }));
  await acked(here.getPNCounter('likes:1').increment(), away.getPNCounter('likes:1').increment());
  await away.close();
  await stop();
  await each.putBack();

  await start();
  const seen = await open(url);
  const rows = seen.query('todos');
  rows.subscribe(() => {});
  const textOf = (): string[] =>
    rows
      .getSnapshot()
      .data.map(({ _key }) => _key)
      .sort();
  await expect.poll(textOf, { timeout: 20_000 }).toEqual(['before', 'here']);
  const back = await open(url, disk);
  await expect.poll(textOf, { timeout: 20_000 }).toEqual(['away', 'before', 'here']);
  for (const client of [here, back, seen]) {
    const likes = client.getPNCounter('likes:1');
    likes.subscribe(() => {});
    await expect.poll(() => likes.value, { timeout: 20_000 }).toBe(3);
    await expect.poll(() => client.getPendingOpsCount(), { timeout: 20_000 }).toBe(0);
  }
  const said = await stop();
  expect(said).toContain('lost what it had accepted');
  expect(said).not.toMatch(/milk|tea/);

  // What it has become is what a start finds.
  await start();
  const later = await open(url);
  const again = later.query('todos');
  again.subscribe(() => {});
  await expect
    .poll(
      () =>
        again
          .getSnapshot()
          .data.map(({ _key }) => _key)
          .sort(),
      { timeout: 20_000 },
    )
    .toEqual(['away', 'before', 'here']);
});
