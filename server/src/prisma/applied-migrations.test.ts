import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { expect, test } from 'vitest';
import { openSqliteStoreInWorker } from '../drivers/sqlite/sqlite-store-in-worker.js';
import { testDatabase } from '../testing/test-database.js';
import { migrationsFolder } from './migration-runner.js';
import { openPostgres } from './postgresql/open-postgres.js';

const database = testDatabase();
const READ = `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished, rolled_back_at IS NULL AS stands, applied_steps_count AS steps
  FROM _prisma_migrations ORDER BY migration_name`;

/** As `prisma migrate deploy` would leave them, by the sums of another program. */
async function wanted(provider: 'sqlite' | 'postgresql'): Promise<readonly (readonly string[])[]> {
  const folder = migrationsFolder(provider);
  const names = (await readdir(folder)).filter((name) => !name.includes('.')).sort();
  expect(names.length).toBeGreaterThan(1);
  return names.map((name) => [
    name,
    execFileSync('sha256sum', [join(folder, name, 'migration.sql')], { encoding: 'utf8' }).slice(0, 64),
  ]);
}

test('two threads that make a SQLite file together wait for each other, and leave each migration once, as Prisma names and sums it up', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'topgun-applied-'));
  try {
    const url = `file:${join(folder, 'a.db')}`;
    const opened = await Promise.all([openSqliteStoreInWorker(url), openSqliteStoreInWorker(url)]);
    for (const each of opened) {
      if (!each.ok) throw new Error(each.error.message);
      await each.value.close();
    }
    const client = createClient({ url });
    const { rows } = await client.execute(READ);
    const columns = await client.execute('PRAGMA table_info(_prisma_migrations)');
    client.close();
    expect(rows.map((row) => [row['migration_name'], row['checksum']])).toEqual(await wanted('sqlite'));
    expect(rows.every((row) => row['finished'] === 1 && row['stands'] === 1 && row['steps'] === 1)).toBe(true);
    expect(
      columns.rows.map(
        (row) => `${String(row['name'])} ${String(row['type'])} ${String(row['notnull'])} ${String(row['dflt_value'])}`,
      ),
    ).toEqual([
      'id TEXT 1 null',
      'checksum TEXT 1 null',
      'finished_at DATETIME 0 null',
      'migration_name TEXT 1 null',
      'logs TEXT 0 null',
      'rolled_back_at DATETIME 0 null',
      'started_at DATETIME 1 current_timestamp',
      'applied_steps_count INTEGER UNSIGNED 1 0',
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.skipIf(database === null)(
  'two servers that begin a PostgreSQL database together leave each migration once, as Prisma names and sums it up',
  async () => {
    const place = database!.place();
    const schema = new URL(place).searchParams.get('schema')!;
    const opened = await Promise.all([openPostgres(place), openPostgres(place)]);
    for (const each of opened) {
      if (!each.ok) throw new Error(each.error.message);
      await each.value.close();
    }
    const rows = await database!.sql(READ.replace('_prisma_migrations', `${schema}._prisma_migrations`));
    expect(rows.map((row) => [row['migration_name'], row['checksum']])).toEqual(await wanted('postgresql'));
    expect(rows.every((row) => row['finished'] === true && row['stands'] === true && row['steps'] === 1)).toBe(true);
  },
);
