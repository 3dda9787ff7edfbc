import { describe, expect, test } from 'vitest';
import { testDatabase } from '../../testing/test-database.js';
import { databaseCopyContract, type CopyPlaces } from '../database-copy.contract.js';
import type { DurableStore } from '../durable-store.js';
import { openPostgresStore } from './open-postgres-store.js';
import { openPostgresReading } from './postgres-reading.js';
import { openPostgresRestoring } from './postgres-restoring.js';
import { isPostgresInUse } from './postgres-use.js';

const database = testDatabase();

async function store(url: string): Promise<DurableStore> {
  const opened = await openPostgresStore(url);
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

describe.skipIf(database === null)('on PostgreSQL', () => {
  databaseCopyContract('PostgreSQL', async (): Promise<CopyPlaces> => {
    const [one, other] = [database!.place(), database!.place()];
    const stores: DurableStore[] = [];
    return {
      async open() {
        const opened = await store(one);
        stores.push(opened);
        return opened;
      },
      read: () => openPostgresReading(one),
      readOther: () => openPostgresReading(other),
      restoreOther: () => openPostgresRestoring(other),
      destroy: async () => void (await Promise.all(stores.map((each) => each.close()))),
    };
  });

  test('PI-40: a server at work is seen, in its own PostgreSQL schema alone, and nothing is put in the place of what it has', async () => {
    const [mine, others] = [database!.place(), database!.place()];
    const open = await store(mine);
    expect(await isPostgresInUse(mine)).toEqual({ ok: true, value: true });
    expect(await isPostgresInUse(others)).toEqual({ ok: true, value: false });
    const refused = { ok: false, error: { code: 'busy', message: expect.stringContaining('stop the server') } };
    expect(await openPostgresRestoring(mine)).toMatchObject(refused);
    await open.close();
    expect(await isPostgresInUse(mine)).toEqual({ ok: true, value: false });
  });

  test('PI-40: two servers may be at work, and none begins while a backup is put there', async () => {
    const url = database!.place();
    const servers = [await store(url), await store(url)];
    for (const each of servers) await each.close();
    const restoring = await openPostgresRestoring(url);
    expect(restoring.ok).toBe(true);
    expect(await openPostgresStore(url)).toMatchObject({ ok: false, error: { message: /being restored/ } });
    if (restoring.ok) await restoring.value.close();
    await (await store(url)).close();
  });

  test('PI-40: a place without our tables, with an application’s, and a wrong password are told apart', async () => {
    const code = async (url: string): Promise<unknown> => {
      const opened = await openPostgresReading(url);
      return opened.ok ? null : opened.error.code;
    };
    const url = database!.place();
    const schema = new URL(url).searchParams.get('schema')!;
    expect(await code(url)).toBe('no-database');
    await database!.sql(`CREATE SCHEMA ${schema}`);
    expect(await code(url)).toBe('no-database');
    await database!.sql(`CREATE TABLE ${schema}.shop (id integer)`);
    expect(await code(url)).toBe('foreign');
    await database!.sql(`DROP TABLE ${schema}.shop`);
    await (await store(url)).close();
    await database!.sql(`DELETE FROM ${schema}._prisma_migrations WHERE migration_name LIKE '%snapshot%'`);
    expect(await code(url)).toBe('older-schema');
    expect(await code(url.replace(/:\d+\//, ':1/'))).toBe('unreachable');
  });
});
