import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { MemoryAdapter, TopGunClient } from '@topgun/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../server/src/testing/test-database.js';
import { startServerProcess, type ServerProcess } from '../crash/server-process.js';
import { fencedBlocks } from './fenced-blocks.js';

// The SQL of docs/spec/persistence.md, run as another program would, on what an app has written.

const page = readFileSync(new URL('../../docs/spec/persistence.md', import.meta.url), 'utf8');
const blocks = fencedBlocks(page).filter(({ language }) => language === 'sql');
const statements = ({ code }: { readonly code: string }): readonly string[] =>
  code
    .split(/;\n/)
    .map((text) => text.trim())
    .filter((text) => text !== '');

interface Schema {
  todos: { text: string; done: boolean; customer: string };
}

let folder: string;
let server: ServerProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topgun-sql-'));
});
afterEach(async () => {
  await server?.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Two todos that show, and one that was removed; the server has written them behind, and ended. */
async function write(database: string): Promise<void> {
  server = await startServerProcess({ database });
  const client = new TopGunClient<Schema>({ serverUrl: server.url, storage: new MemoryAdapter() });
  await client.start();
  const todos = client.getMap('todos');
  todos.set('a', { text: 'milk', done: false, customer: 'c1' });
  todos.set('b', { text: 'bread', done: true, customer: 'c2' });
  await todos.set('c', { text: 'gone', done: true, customer: 'c1' }).acked;
  expect(await todos.remove('c').acked).toMatchObject({ ok: true });
  await client.close();
  expect((await server.end('SIGTERM')).code).toBe(0);
}

const plain = (rows: readonly object[]): unknown[] => rows.map((row) => ({ ...row }));
const byKey = [
  { key: 'a', text: 'milk' },
  { key: 'b', text: 'bread' },
];

test('the page has a block of SQL for either database', () => {
  expect(blocks.map((block) => statements(block).length)).toEqual([2, 4]);
});

test('PI-4: what the page says of SQLite reads the records, and the log', async () => {
  const file = join(folder, 'topgun.db');
  await write(file);
  const client = createClient({ url: `file:${file}` });
  const [records, log] = statements(blocks[0]!);
  expect(plain((await client.execute(records!)).rows)).toEqual(byKey);
  const { rows } = await client.execute(log!);
  client.close();
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(JSON.parse(row[1] as string)).toMatchObject({ v: 2, position: row['position'] });
});

const postgres = testDatabase();
describe.skipIf(postgres === null)('on PostgreSQL', () => {
  test("PI-4: what the page says reads the records, joins them with an application's table, and makes a view of them", async () => {
    const { sql, url } = postgres!;
    const database = new URL(url);
    database.searchParams.set('schema', 'topgun');
    await write(database.href);
    await sql('CREATE TABLE public.customer (id TEXT PRIMARY KEY, name TEXT)');
    await sql(`INSERT INTO public.customer VALUES ('c1', 'Ada'), ('c2', 'Ben')`);
    const [records, log, join, view] = statements(blocks[1]!);
    expect(await sql(`${records!} ORDER BY key`)).toEqual(byKey);
    const [last] = await sql(log!);
    expect(JSON.parse(last!['convert_from'] as string)).toMatchObject({ v: 2, position: Number(last!['position']) });
    expect(await sql(`${join!} ORDER BY name`)).toEqual([
      { name: 'Ada', text: 'milk' },
      { name: 'Ben', text: 'bread' },
    ]);
    await sql(view!);
    expect(await sql('SELECT * FROM public.todo ORDER BY id')).toEqual([
      { id: 'a', text: 'milk', done: false },
      { id: 'b', text: 'bread', done: true },
    ]);
  });
});
