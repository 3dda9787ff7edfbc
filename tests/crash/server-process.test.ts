import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import type { Op } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import type { DecidedMessage, ServerMessage, WelcomeMessage } from '@topgun/core/protocol';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadXxhash } from '../../server/src/adapters/xxhash.js';
import { openSqliteStoreInThread } from '../../server/src/drivers/sqlite/sqlite-store-in-thread.js';
import { OpAuthor } from '../../server/src/testing/op-author.js';
import { connectWire, helloOf, type WireClient } from '../../server/src/testing/wire-client.js';
import { runServerProcess, startServerProcess, type ServerProcess } from './server-process.js';

let hash: Hash64;
let folder: string;
let database: string;
const running: ServerProcess[] = [];

beforeAll(async () => {
  hash = await loadXxhash();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-crash-'));
  database = join(folder, 'topgun.db');
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.end('SIGKILL')));
  rmSync(folder, { recursive: true, force: true });
});

async function start(args: readonly string[] = []): Promise<ServerProcess> {
  const server = await startServerProcess({ database, args });
  running.push(server);
  return server;
}

const isWelcome = (message: ServerMessage): message is WelcomeMessage => message.type === 'welcome';
const isDecided = (message: ServerMessage): message is DecidedMessage => message.type === 'decided';

/** The sequences this client was told are taken. */
const ackedBy = (client: WireClient): number[] =>
  client.received.filter(isDecided).flatMap(({ verdicts }) => verdicts.map(([seq]) => seq));

const decides =
  (seq: number) =>
  (message: ServerMessage): message is DecidedMessage =>
    isDecided(message) && message.verdicts.some(([one]) => one === seq);

async function connect(server: ServerProcess, author: OpAuthor): Promise<WireClient> {
  const client = await connectWire(server.url, helloOf(author.replica));
  await client.until(isWelcome);
  return client;
}

const submit = (client: WireClient, author: OpAuthor, ops: readonly Op[]): void =>
  client.send({ type: 'submit', batches: author.batches(...ops) });

async function rowsOf(map: string): Promise<{ key: string; value: unknown }[]> {
  const file = createClient({ url: `file:${database}` });
  try {
    const { rows } = await file.execute({
      sql: 'SELECT key, value FROM record WHERE map = ? ORDER BY key',
      args: [map],
    });
    return rows.map(({ key, value }) => ({ key: key as string, value: JSON.parse(value as string) as unknown }));
  } finally {
    file.close();
  }
}

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

test('PI-10: SIGTERM commits what was taken, writes it behind, tells clients and exits 0, whatever signals follow', async () => {
  const server = await start();
  const author = new OpAuthor('r.0', hash);
  const client = await connect(server, author);
  submit(client, author, [author.create('todos', 'a', { text: 'milk' }), author.create('todos', 'b', { done: true })]);
  await client.until(decides(2));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) server.child.kill(signal);
  const end = await server.end('SIGTERM');
  expect(end).toMatchObject({ code: 0, signal: null, stderr: expect.not.stringContaining('clean') });
  await client.closed;
  expect(client.received.at(-1)).toMatchObject({ type: 'error', code: 'shutting-down', fatal: true });
  expect(await rowsOf('todos')).toEqual([
    { key: 'a', value: { text: 'milk' } },
    { key: 'b', value: { done: true } },
  ]);
});

test('PI-1, PI-10, PI-11: killed under load, it has every acked op at the next start, each once', async () => {
  const authors = [new OpAuthor('r.0', hash), new OpAuthor('s.0', hash)];
  const sent = new Map<OpAuthor, Op[]>(authors.map((author) => [author, []]));
  const acked = new Map<OpAuthor, Set<number>>(authors.map((author) => [author, new Set()]));
  let lineage: string | null = null;
  let undecidedAtSomeKill = 0;

  // Twice, and again where the server was faster than the kill.
  for (let round = 0; round < 2 || (undecidedAtSomeKill === 0 && round < 10); round += 1) {
    const server = await start();
    const clients = await Promise.all(authors.map((author) => connect(server, author)));
    clients.forEach((client, i) => {
      const author = authors[i]!;
      const ops = sent.get(author)!;
      const welcome = client.received.find(isWelcome)!;
      lineage ??= welcome.lineage ?? null;
      expect(welcome.lineage).toBe(lineage);
      const highestAcked = Math.max(0, ...acked.get(author)!);
      expect(welcome.decided?.[0]?.[1] ?? 0, 'an acked op is gone').toBeGreaterThanOrEqual(highestAcked);
      // What was never answered goes first, in one message, and then more.
      const undecided = ops.filter((op) => !acked.get(author)!.has(op.seq));
      if (undecided.length > 0) submit(client, author, undecided);
      for (let burst = 0; burst < 40; burst += 1) {
        const more = Array.from({ length: 5 }, () =>
          author.create(`map-${i}`, `k${author.issued}`, { n: author.issued }),
        );
        ops.push(...more);
        submit(client, author, more);
      }
    });
    // Some acks have come, and more are on their way.
    const first = authors.map((author) => Math.max(0, ...acked.get(author)!) + 1);
    await Promise.all(clients.map((client, i) => client.until(decides(first[i]!))));
    await server.end('SIGKILL');
    await Promise.all(clients.map((client) => client.closed));
    clients.forEach((client, i) => {
      const author = authors[i]!;
      for (const seq of ackedBy(client)) {
        expect(acked.get(author)!.has(seq), `op ${seq} was acked in two lives`).toBe(false);
        acked.get(author)!.add(seq);
      }
      undecidedAtSomeKill += sent.get(author)!.length - acked.get(author)!.size;
    });
  }
  expect(undecidedAtSomeKill, 'no kill came before all was acked: nothing was tested').toBeGreaterThan(0);

  const server = await start();
  const clients = await Promise.all(authors.map((author) => connect(server, author)));
  await Promise.all(
    clients.map(async (client, i) => {
      const author = authors[i]!;
      const undecided = sent.get(author)!.filter((op) => !acked.get(author)!.has(op.seq));
      submit(client, author, undecided);
      await Promise.all(undecided.map(({ seq }) => client.until(decides(seq))));
    }),
  );
  await server.end('SIGTERM');
  for (const [i, author] of authors.entries()) {
    const rows = await rowsOf(`map-${i}`);
    expect(rows.map(({ key }) => key).sort()).toEqual(
      sent
        .get(author)!
        .map(({ key }) => key)
        .sort(),
    );
    for (const { key, value } of rows) expect(value).toEqual({ n: Number(key.slice(1)) });
  }
});

test('PI-3: a second server on the same database takes over; the first acks nothing more and exits with a sentence', async () => {
  const first = await start();
  const author = new OpAuthor('r.0', hash);
  const client = await connect(first, author);
  submit(client, author, [author.create('todos', 'a')]);
  await client.until(decides(1));
  const second = await start();
  const late = author.create('todos', 'b');
  submit(client, author, [late]);
  const end = await first.ended;
  expect(end).toMatchObject({ code: 1, signal: null });
  expect(end.stderr).toContain('Another TopGun server has taken over this database; this one stops.');
  expect(ackedBy(client)).toEqual([1]);
  const again = await connect(second, author);
  expect(again.received.find(isWelcome)?.decided).toEqual([['r.0', 1]]);
  submit(again, author, [late]);
  await again.until(decides(2));
});

test('PI-3: started a second time by mistake, it names the taken port, and the first serves on', async () => {
  const first = await start();
  const author = new OpAuthor('r.0', hash);
  const client = await connect(first, author);
  const { port } = new URL(first.url);
  const end = await runServerProcess({ database, args: ['--port', port] });
  expect(end).toMatchObject({ code: 1, stdout: '' });
  expect(end.stderr.trim().split('\n')).toEqual([expect.stringContaining(port)]);
  submit(client, author, [author.create('todos', 'a')]);
  await client.until(decides(1));
});

test('a corrupt database is a sentence and exit code 1, and keeps every byte', async () => {
  writeFileSync(database, 'this is no database, but somebody may still want it. '.repeat(100));
  const before = digest(database);
  const end = await runServerProcess({ database });
  expect(end).toMatchObject({ code: 1, stdout: '' });
  expect(end.stderr.trim().split('\n')).toEqual([expect.stringContaining(database)]);
  expect(digest(database)).toBe(before);
  expect(readdirSync(folder)).toEqual(['topgun.db']);
});

test('a damaged ledger is a sentence and exit code 1', async () => {
  const opened = await openSqliteStoreInThread(`file:${database}`);
  if (!opened.ok) throw new Error(opened.error.message);
  await opened.value.ledger.claim();
  await opened.value.ledger.append(new TextEncoder().encode('{}'));
  await opened.value.close();
  const end = await runServerProcess({ database });
  expect(end).toMatchObject({ code: 1, stdout: '' });
  expect(end.stderr.trim().split('\n')).toEqual([expect.stringContaining('The ledger is damaged at position 1')]);
});

test('a folder it may not write to is a sentence and exit code 1', async () => {
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o555);
  chmodSync(folder, 0o755);
  // Root ignores permission bits: then the server runs as nobody.
  const uid = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  const end = await runServerProcess({ database: join(closed, 'topgun.db'), ...uid });
  expect(end).toMatchObject({ code: 1, stdout: '' });
  expect(end.stderr.trim().split('\n')).toEqual([expect.stringContaining(closed)]);
  expect(readdirSync(closed)).toEqual([]);
});

test('options may come from the environment; health and static files are served', async () => {
  mkdirSync(join(folder, 'app'));
  writeFileSync(join(folder, 'app', 'index.html'), '<title>app</title>');
  writeFileSync(join(folder, 'app', 'a.js'), 'let a;');
  const server = await startServerProcess({ database, env: { TOPGUN_STATIC: join(folder, 'app') } });
  running.push(server);
  const get = async (path: string): Promise<[number, string]> => {
    const response = await fetch(`${server.url}${path}`);
    return [response.status, (await response.text()).trim()];
  };
  expect(await get('/health/live')).toEqual([200, 'live']);
  expect(await get('/health/ready')).toEqual([200, 'ready']);
  expect(await get('/a.js')).toEqual([200, 'let a;']);
  expect(await get('/some/page')).toEqual([200, '<title>app</title>']);
  expect(await get('/%2e%2e/topgun.db')).toEqual([404, 'not found']);
});

test('an option that cannot be is told and exits 1', async () => {
  const end = await runServerProcess({ database, args: ['--port', 'eighty'] });
  expect(end).toMatchObject({ code: 1, stdout: '' });
  expect(end.stderr).toContain('A port is a number');
});
