import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Client } from '@libsql/client/sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { applyMigrations, readMigrations } from './migration-runner.js';
import { openSqliteClient } from './sqlite-client.js';

let folder: string;
let client: Client;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'topgun-migrations-'));
  client = connect();
});
afterEach(async () => {
  client.close();
  await rm(folder, { recursive: true, force: true });
});

const connect = (): Client => openSqliteClient(join(folder, 'test.db'));

async function migrations(scripts: Record<string, string>): Promise<Awaited<ReturnType<typeof readMigrations>>> {
  for (const [name, sql] of Object.entries(scripts)) {
    await mkdir(join(folder, 'migrations', name), { recursive: true });
    await writeFile(join(folder, 'migrations', name, 'migration.sql'), sql);
  }
  await writeFile(join(folder, 'migrations', 'migration_lock.toml'), 'provider = "sqlite"\n');
  return readMigrations(join(folder, 'migrations'));
}

const first = { '0001_init': "CREATE TABLE a (x TEXT DEFAULT ';'); -- ;\nCREATE TABLE b (y TEXT);\n" };
const second = { '0002_more': 'ALTER TABLE a ADD COLUMN z TEXT;\n' };

const tables = async (): Promise<unknown[]> =>
  (await client.execute(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)).rows.map((row) => row[0]);

describe('applying migrations', () => {
  it('leaves the rows that `prisma migrate deploy` would leave', async () => {
    expect(await applyMigrations(client, await migrations(first), 'x')).toEqual({ ok: true, value: ['0001_init'] });
    expect(await tables()).toEqual(['_prisma_migrations', 'a', 'b']);
    const { rows } = await client.execute('SELECT * FROM _prisma_migrations');
    expect(rows.map((row) => ({ ...row }))).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
        // `sha256sum` of the script.
        checksum: '8b4d495950bc043fba3887c3dbe3d987d5e21facdbcad5b61df14306b052f306',
        finished_at: expect.any(BigInt),
        migration_name: '0001_init',
        logs: null,
        rolled_back_at: null,
        started_at: expect.any(BigInt),
        applied_steps_count: 1n,
      },
    ]);
    const year = new Date(Number(rows[0]?.['finished_at'])).getUTCFullYear();
    expect(year).toBe(new Date().getUTCFullYear());
  });

  it('applies what is new, once', async () => {
    await applyMigrations(client, await migrations(first), 'x');
    const both = await migrations(second);
    expect(await applyMigrations(client, both, 'x')).toEqual({ ok: true, value: ['0002_more'] });
    expect(await applyMigrations(client, both, 'x')).toEqual({ ok: true, value: [] });
    expect((await client.execute('SELECT z FROM a')).rows).toEqual([]);
  });

  it('does all or nothing', async () => {
    const broken = await migrations({ ...first, '0002_broken': 'CREATE TABLE c (x TEXT); CREATE TABLE a (x TEXT);' });
    await expect(applyMigrations(client, broken, 'x')).rejects.toThrow('already exists');
    expect(await tables()).toEqual([]);
  });

  it('refuses a script that reads differently from what was applied, and changes nothing', async () => {
    await applyMigrations(client, await migrations(first), 'x');
    const changed = await migrations({ '0001_init': `${first['0001_init']} `, ...second });
    expect(await applyMigrations(client, changed, 'x')).toMatchObject({
      ok: false,
      error: { code: 'migration-mismatch', message: expect.stringContaining('0001_init') },
    });
    await expect(client.execute('SELECT z FROM a')).rejects.toThrow('no such column');
  });

  it('of two that start together, one applies and the other finds nothing to do', async () => {
    const all = await migrations({ ...first, ...second });
    const other = connect();
    const results = [await applyMigrations(client, all, 'x'), await applyMigrations(other, all, 'x')];
    expect(results).toEqual([
      { ok: true, value: ['0001_init', '0002_more'] },
      { ok: true, value: [] },
    ]);
    other.close();
  });
});
