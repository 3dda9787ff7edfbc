import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryAdapter, TopGunClient } from '@topgun/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createServer, model, StartError, type ModelOptions, type TopGunServer } from '../../server/src/index.js';
import { appsThere } from '../app-models/app-todos.js';

// The guide (docs/guides/own-models.md), run: real clients over a real socket, and the app's own Prisma client.

interface Schema {
  todos: { text: string; done: boolean; dueAt?: string };
}

const open: { close(): Promise<unknown> }[] = [];
let folder: string;
let server: TopGunServer | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-models-'));
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  await server?.drain();
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

const apps = appsThere();

test.skipIf(apps.length < 2)('tables are of SQLite and of PostgreSQL', () => {
  expect(apps.map(({ provider }) => provider)).toEqual(['sqlite', 'postgresql']);
});

for (const { provider, app } of apps) {
  const { todo } = app;
  const options: ModelOptions<keyof typeof todo.fields> = {
    key: 'id',
    fields: { text: 'text', done: 'isDone', dueAt: { column: 'dueAt', optional: true } },
    updatedAt: 'updatedAt',
    deletedAt: 'deletedAt',
  };
  const serve = async (): Promise<TopGunServer> => {
    server = await createServer({
      port: 0,
      host: '127.0.0.1',
      database: `file:${join(folder, 'topgun.db')}`,
      metrics: true,
      models: { todos: model(todo, options) },
    });
    return server;
  };

  test(`MO-3, MO-5, MO-6: an app's table on ${provider} is a map, for clients and for other programs`, async () => {
    await todo.createMany({ data: [{ id: 'theirs', text: 'was there before' }] });
    const running = await serve();
    const { port } = await running.listen();
    const client = new TopGunClient<Schema>({ serverUrl: `http://127.0.0.1:${port}`, storage: new MemoryAdapter() });
    open.push(client);
    await client.start();
    const todos = client.getMap('todos');
    const seen = vi.fn<(rows: readonly object[]) => void>();
    client.query('todos', { sort: { _key: 'asc' } }).subscribe((rows) => seen([...rows]));
    await running.refresh('todos');
    await vi.waitFor(() => expect(todos.get('theirs')).toEqual({ text: 'was there before', done: false }));

    // A client writes, and another program finds it in the table.
    await todos.set('ours', { text: 'milk', done: false, dueAt: '2027-01-01T00:00:00.000Z' }).acked;
    await todos.update('theirs', (was) => ({ ...was!, done: true })).acked;
    await vi.waitFor(async () => expect(await todo.findMany({ where: { isDone: true } })).toHaveLength(1), WAIT);
    expect(await todo.findUnique({ where: { id: 'ours' } })).toMatchObject({
      text: 'milk',
      dueAt: new Date('2027-01-01T00:00:00.000Z'),
      owner: 'nobody',
    });

    // Another program writes, and a client sees it.
    await app.sql(`UPDATE todo SET text = 'oat milk' WHERE id = 'ours'`);
    await todo.createMany({ data: [{ id: 'new', text: 'bread', isDone: true }] });
    await todo.updateMany({ where: { id: 'theirs' }, data: { deletedAt: new Date() } });
    expect(await running.refresh('todos', ['ours', 'new', 'theirs'])).toMatchObject({ looked: 3, taken: 3 });
    const shown = [
      { _key: 'new', text: 'bread', done: true },
      { _key: 'ours', text: 'oat milk', done: false, dueAt: '2027-01-01T00:00:00.000Z' },
    ];
    await vi.waitFor(() => expect(seen).toHaveBeenLastCalledWith(shown));
    expect(await running.refresh('todos')).toMatchObject({ taken: 0, owed: 0 });

    // What the table does not take is said, and nothing else waits for it.
    await todos.set('twice', { text: 'bread', done: false }).acked;
    await todos.remove('ours').acked;
    await vi.waitFor(
      () => expect(running.modelFaults()).toMatchObject([{ map: 'todos', key: 'twice', of: 'table' }]),
      WAIT,
    );
    await vi.waitFor(async () => {
      const marked = await todo.findUnique({ where: { id: 'ours' } });
      expect(marked?.deletedAt).toBeInstanceOf(Date);
    }, WAIT);

    // Another start: what was not taken is tried again, and what was changed meanwhile is found.
    await running.drain();
    await todo.updateMany({ where: { id: 'new' }, data: { text: 'rye bread' } });
    const again = await serve();
    await again.refresh('todos');
    await vi.waitFor(
      async () => expect(await todo.findUnique({ where: { id: 'twice' } })).toMatchObject({ text: 'bread' }),
      WAIT,
    );
    await vi.waitFor(() => expect(again.modelFaults()).toEqual([]), WAIT);
  });

  test(`MO-3, MO-8: while an app's table on ${provider} is away, all is acked, the server stays ready and says so, and what it lacks is written when it is back`, async () => {
    const running = await serve();
    const { port } = await running.listen();
    const readiness = async (): Promise<readonly [number, string]> => {
      const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
      return [response.status, (await response.text()).trim()];
    };
    const client = new TopGunClient<Schema>({ serverUrl: `http://127.0.0.1:${port}`, storage: new MemoryAdapter() });
    open.push(client);
    await client.start();
    await running.refresh('todos');
    const figure = async (): Promise<string | undefined> =>
      /^topgun_tables_out_of_reach\b.* (\d)$/m.exec(
        await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
      )?.[1];
    expect(await readiness()).toEqual([200, 'ready']);
    expect(await figure()).toBe('0');

    await app.sql('ALTER TABLE todo RENAME TO away');
    try {
      await client.getMap('todos').set('meanwhile', { text: 'written meanwhile', done: true }).acked;
      await vi.waitFor(async () => expect((await readiness())[1]).not.toBe('ready'), WAIT);
      expect(await readiness()).toEqual([
        200,
        "ready, but a table of the app's is out of reach; everything is served, and what is missing there waits",
      ]);
      expect(await figure()).toBe('1');
      expect(await client.getMap('todos').set('later', { text: 'written later', done: true }).acked).toMatchObject({
        ok: true,
      });
    } finally {
      await app.sql('ALTER TABLE away RENAME TO todo');
    }
    await vi.waitFor(async () => expect(await readiness()).toEqual([200, 'ready']), WAIT);
    const written = { where: { id: { in: ['meanwhile', 'later'] } } };
    await vi.waitFor(async () => expect(await todo.findMany(written)).toHaveLength(2), WAIT);
  });

  test(`MO-1: what cannot be a table on ${provider} is said at the start`, async () => {
    const bad = { todos: { delegate: todo, options: { key: 'owner', fields: { text: 'text' } } } };
    const started = createServer({ port: 0, database: `file:${join(folder, 'topgun.db')}`, models: bad });
    await expect(started).rejects.toThrow(StartError);
    await expect(started).rejects.toThrow(
      'The map "todos" cannot be a table: the column owner does not hold each key once: it needs @id or @unique.',
    );
  });
}

const WAIT = { timeout: 20_000 };
