import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { PrismaPg } from '@prisma/adapter-pg';
import type { Hash64 } from '@topgun/core/primitives';
import type { DecidedMessage, ServerMessage } from '@topgun/core/protocol';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { loadXxhash } from '../../server/src/adapters/xxhash.js';
import { createServer, model, type TopGunServer } from '../../server/src/index.js';
import { OpAuthor } from '../../server/src/testing/op-author.js';
import { testDatabase } from '../../server/src/testing/test-database.js';
import { connectWire, helloOf } from '../../server/src/testing/wire-client.js';
import { PrismaClient } from '../app-models/postgresql/generated/client.js';
import { PrismaClient as SqliteClient } from '../app-models/sqlite/generated/client.js';
import { CuttingProxy, type Cut } from './cutting-proxy.js';
import { eventually } from './eventually.js';
import { readinessOf } from './readiness.js';

const database = testDatabase();
let hash: Hash64;
let folder: string;
let proxy: CuttingProxy;
let app: PrismaClient;
let server: TopGunServer | null = null;
beforeAll(async () => {
  hash = await loadXxhash();
});
beforeEach(async () => {
  if (database === null) return;
  folder = mkdtempSync(join(tmpdir(), 'topgun-cut-table-'));
  await database.sql('DROP TABLE IF EXISTS todo');
  await database.sql(`CREATE TABLE todo (id TEXT PRIMARY KEY, text VARCHAR(40) NOT NULL, is_done BOOLEAN NOT NULL DEFAULT false,
    rank INTEGER, size DOUBLE PRECISION, serial BIGINT, price DECIMAL(12, 2), due_at TIMESTAMPTZ, meta JSONB, photo BYTEA,
    owner TEXT NOT NULL DEFAULT 'nobody', updated_at TIMESTAMPTZ NOT NULL, deleted_at TIMESTAMPTZ)`);
  proxy = await CuttingProxy.before(new URL(database.url));
  app = new PrismaClient({ adapter: new PrismaPg({ connectionString: proxy.url }) });
});
afterEach(async () => {
  if (database === null) return;
  await server?.drain();
  server = null;
  await app.$disconnect();
  await proxy.close();
  rmSync(folder, { recursive: true, force: true });
});

const CUTS: readonly (readonly [Cut, 'INSERT' | 'UPDATE' | 'DELETE'])[] = [
  ['before the request', 'INSERT'],
  ['before the answer', 'INSERT'],
  ['before the request', 'UPDATE'],
  ['before the answer', 'UPDATE'],
  ['before the request', 'DELETE'],
  ['before the answer', 'DELETE'],
];

test.skipIf(database === null).each(CUTS)(
  'MO-3, MO-6: a connection that is cut %s of an %s is no fault of a record: it is written when the table can be reached again',
  async (where, statement) => {
    const todos = model(app.todo, { key: 'id', fields: { text: 'text', done: 'isDone' }, updatedAt: 'updatedAt' });
    server = await createServer({
      port: 0,
      host: '127.0.0.1',
      database: `file:${join(folder, 'topgun.db')}`,
      models: { todos },
    });
    const { url } = await server.listen();
    await server.refresh('todos');
    const author = new OpAuthor('r.0', hash, Date.now());
    const client = await connectWire(url, helloOf(author.replica));
    const submit = async (...ops: ReturnType<typeof author.create>[]): Promise<void> => {
      client.send({ type: 'submit', batches: author.batches(...ops) });
      const last = ops.at(-1)!.seq;
      await client.until(
        (message: ServerMessage): message is DecidedMessage =>
          message.type === 'decided' && message.verdicts.some(([seq]) => seq === last),
      );
    };
    const rows = async (): Promise<unknown[]> => database!.sql('SELECT id, text FROM todo ORDER BY id');
    const become = async (wanted: unknown[]): Promise<void> => {
      await eventually(async () => JSON.stringify(await rows()) === JSON.stringify(wanted));
    };
    if (statement !== 'INSERT') {
      await submit(author.create('todos', 'a', { text: 'milk', done: false }));
      await become([{ id: 'a', text: 'milk' }]);
    }
    const cut = proxy.cut(where, statement);
    await submit(
      statement === 'DELETE'
        ? author.remove('todos', 'a')
        : statement === 'UPDATE'
          ? author.patch('todos', 'a', { text: 'oat milk' })
          : author.create('todos', 'a', { text: 'oat milk', done: false }),
    );
    await cut;
    await become(statement === 'DELETE' ? [] : [{ id: 'a', text: 'oat milk' }]);
    expect(server.modelFaults()).toEqual([]);
    client.close();
  },
);

test('MO-3, MO-6, MO-8: a table on a SQLite disk that is full is no fault of a record: it is written when there is room', async () => {
  const place = mkdtempSync(join(tmpdir(), 'topgun-full-table-'));
  const client = new SqliteClient({ adapter: new PrismaLibSql({ url: `file:${join(place, 'app.db')}` }) });
  try {
    await client.$executeRawUnsafe(`CREATE TABLE todo (id TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL, is_done BOOLEAN NOT NULL DEFAULT false,
      rank INTEGER, size REAL, serial BIGINT, price DECIMAL, due_at DATETIME, meta JSONB, photo BLOB,
      owner TEXT NOT NULL DEFAULT 'nobody', updated_at DATETIME NOT NULL, deleted_at DATETIME)`);
    const todos = model(client.todo, { key: 'id', fields: { text: 'text', done: 'isDone' }, updatedAt: 'updatedAt' });
    const database = `file:${join(place, 'topgun.db')}`;
    server = await createServer({ port: 0, host: '127.0.0.1', database, models: { todos } });
    const { url } = await server.listen();
    await server.refresh('todos');
    // Fewer than there are means as many as there are.
    await client.$queryRawUnsafe('PRAGMA max_page_count = 1');
    const author = new OpAuthor('r.0', hash, Date.now());
    const wire = await connectWire(url, helloOf(author.replica));
    wire.send({
      type: 'submit',
      batches: author.batches(author.create('todos', 'a', { text: 'x'.repeat(20_000), done: false })),
    });
    await wire.until((message: ServerMessage): message is DecidedMessage => message.type === 'decided');
    await eventually(async () => (await readinessOf({ url }))[1].includes('out of reach'));
    await client.$queryRawUnsafe('PRAGMA max_page_count = 100000');
    await eventually(async () => (await client.todo.findMany()).length === 1);
    expect(server.modelFaults()).toEqual([]);
    wire.close();
  } finally {
    await server?.drain();
    server = null;
    await client.$disconnect();
    rmSync(place, { recursive: true, force: true });
  }
});
