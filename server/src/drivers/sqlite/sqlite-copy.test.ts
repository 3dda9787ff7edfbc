import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { expect, test } from 'vitest';
import { databaseCopyContract, type CopyPlaces } from '../database-copy.contract.js';
import type { DurableStore } from '../durable-store.js';
import { openSqliteReading } from './sqlite-reading.js';
import { openSqliteRestoring } from './sqlite-restoring.js';
import { openSqliteStoreInThread } from './sqlite-store-in-thread.js';

const inFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'topgun-copy-'));

databaseCopyContract('SQLite', async (): Promise<CopyPlaces> => {
  const folder = await inFolder();
  const [one, other] = [`file:${join(folder, 'one.db')}`, `file:${join(folder, 'other.db')}`];
  const stores: DurableStore[] = [];
  return {
    async open() {
      const opened = await openSqliteStoreInThread(one);
      if (!opened.ok) throw new Error(opened.error.message);
      stores.push(opened.value);
      return opened.value;
    },
    read: () => openSqliteReading(one),
    readOther: () => openSqliteReading(other),
    restoreOther: () => openSqliteRestoring(other),
    async destroy() {
      for (const store of stores) await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});

test('PI-40: a file of another application, of a newer version or of an older one is read by nobody, and stays as it is', async () => {
  const folder = await inFolder();
  try {
    const file = join(folder, 'a.db');
    const code = async (): Promise<unknown> => {
      const opened = await openSqliteReading(`file:${file}`);
      if (opened.ok) await opened.value.close();
      return opened.ok ? null : opened.error.code;
    };
    const sql = async (...statements: string[]): Promise<void> => {
      const client = createClient({ url: `file:${file}` });
      for (const statement of statements) await client.execute(statement);
      client.close();
    };
    expect(await code()).toBe('no-database');
    expect(await readdir(folder)).toEqual([]);
    await sql('CREATE TABLE shop (id INTEGER)');
    expect(await code()).toBe('foreign');
    await rm(file);
    const made = await openSqliteStoreInThread(`file:${file}`);
    if (!made.ok) throw new Error(made.error.message);
    await made.value.close();
    expect(await code()).toBeNull();
    await sql(
      `DELETE FROM _prisma_migrations WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations)`,
    );
    expect(await code()).toBe('older-schema');
    await sql(`UPDATE _prisma_migrations SET checksum = 'x'`);
    expect(await code()).toBe('migration-mismatch');
    await sql(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name) VALUES ('x', 'y', 1, '9999_later')`,
    );
    expect(await code()).toBe('newer-schema');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
