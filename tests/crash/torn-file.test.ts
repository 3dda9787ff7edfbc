import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryAdapter, TopGunClient } from '@topgun/core';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { runServerProcess, startServerProcess, type ServerProcess } from './server-process.js';

interface Note {
  readonly text: string;
}
type Client = TopGunClient<{ notes: Note }>;

let folder: string;
let database: string;
let port: number;
let server: ServerProcess | null = null;
const clients: Client[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-torn-'));
  database = join(folder, 'topgun.db');
  port = await freePort();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await server?.end('SIGKILL');
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<ServerProcess> {
  server = await startServerProcess({ database, args: ['--port', String(port)] });
  return server;
}

async function open(url: string): Promise<Client> {
  const client: Client = new TopGunClient<{ notes: Note }>({
    serverUrl: url,
    storage: new MemoryAdapter(),
    backoff: { initialDelayMs: 20, maxDelayMs: 50 },
    environment: { log: () => {} },
  });
  clients.push(client);
  await client.start();
  return client;
}

const pair = (n: number): [string, string] => [`left ${n}`, `right ${n}`];

/** Two notes that are there together or not at all. */
const writePair = async (client: Client, n: number): Promise<void> => {
  const handle = client.transaction((tx) => {
    for (const key of pair(n)) tx.map('notes').set(key, { text: `as of ${n}` });
  });
  expect(await handle.acked).toMatchObject({ ok: true });
};

test('SY-2, PI-10: of a write-ahead log cut in its last pages what was in them is missing, in whole transactions, and clients give it back', async () => {
  const { url } = await start();
  const here = await open(url);
  const PAIRS = 12;
  for (let n = 0; n < PAIRS; n += 1) await writePair(here, n);
  await server!.end('SIGKILL');
  here.disconnect();
  // In the middle of a page, some commits before the end.
  const log = `${database}-wal`;
  truncateSync(log, Math.floor(statSync(log).size * 0.6));

  const again = await start();
  const seen = await open(again.url);
  const notes = seen.query('notes');
  notes.subscribe(() => {});
  const keys = (): string[] => notes.getSnapshot().data.map(({ _key }) => _key);
  await eventually(() => notes.getSnapshot().settled);
  const left = keys();
  expect(left.length).toBeLessThan(2 * PAIRS);
  // The log is read up to its last whole commit: a beginning of what was acked, and no transaction in part.
  expect(left.sort()).toEqual(
    Array.from({ length: left.length / 2 }, (_, n) => pair(n))
      .flat()
      .sort(),
  );

  here.connect();
  const all = Array.from({ length: PAIRS }, (_, n) => pair(n)).flat();
  await eventually(() => keys().length === all.length);
  expect(keys().sort()).toEqual(all.sort());
  await eventually(() => here.getPendingOpsCount() === 0);
  const { stdout, stderr } = await again.end('SIGTERM');
  expect(stdout + stderr).toContain('lost what it had accepted');
  server = null;
});

test('PI-10: a file that ends in the middle of a page, or is half a file, is a sentence that names it, exit code 1, and keeps every byte', async () => {
  const { url } = await start();
  await writePair(await open(url), 0);
  expect(await server!.end('SIGTERM')).toMatchObject({ code: 0 });
  server = null;
  const whole = readFileSync(database);
  for (const length of [whole.length - 1_000, Math.floor(whole.length / 2 / 4_096) * 4_096]) {
    const torn = whole.subarray(0, length);
    writeFileSync(database, torn);
    const end = await runServerProcess({ database });
    expect(end).toMatchObject({ code: 1, stdout: '' });
    expect(end.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^The database ${database} is damaged`)),
    ]);
    expect(readFileSync(database).equals(torn)).toBe(true);
    expect(existsSync(`${database}-wal`)).toBe(false);
  }
});
