import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { testDatabase } from '../../testing/test-database.js';
import type { Migration } from '../migration-plan.js';
import { applyPostgresMigrations } from './postgres-migrations.js';

const database = testDatabase();

const first: Migration = {
  name: '0001_init',
  sql: "CREATE TABLE a (x TEXT DEFAULT ';'); -- ;\nCREATE TABLE b (y TEXT);\n",
  checksum: 'sum of the first',
};
const second: Migration = {
  name: '0002_more',
  sql: 'ALTER TABLE a ADD COLUMN z TEXT;\n',
  checksum: 'sum of the second',
};

describe.skipIf(database === null)('applying migrations to PostgreSQL', () => {
  let clients: pg.Client[];
  let schema: string;
  beforeEach(() => {
    clients = [];
    schema = new URL(database!.place()).searchParams.get('schema')!;
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.end()));
  });

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: database!.url });
    await client.connect();
    clients.push(client);
    return client;
  }
  const apply = async (...migrations: Migration[]): ReturnType<typeof applyPostgresMigrations> =>
    applyPostgresMigrations(await connect(), migrations, schema, 'x');
  const tables = async (): Promise<unknown[]> =>
    (await database!.sql('SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1', [schema])).map(
      ({ tablename }) => tablename,
    );

  it('leaves the table and the rows that `prisma migrate deploy` would leave', async () => {
    expect(await apply(first)).toEqual({ ok: true, value: ['0001_init'] });
    expect(await tables()).toEqual(['_prisma_migrations', 'a', 'b']);
    const columns = await database!.sql(
      `SELECT column_name || ' ' || data_type || coalesce('(' || character_maximum_length || ')', '') ||
              CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END || coalesce(' ' || column_default, '') AS column
       FROM information_schema.columns WHERE table_schema = $1 AND table_name = '_prisma_migrations' ORDER BY ordinal_position`,
      [schema],
    );
    expect(columns.map(({ column }) => column)).toEqual([
      'id character varying(36) not null',
      'checksum character varying(64) not null',
      'finished_at timestamp with time zone',
      'migration_name character varying(255) not null',
      'logs text',
      'rolled_back_at timestamp with time zone',
      'started_at timestamp with time zone not null now()',
      'applied_steps_count integer not null 0',
    ]);
    const [row, ...others] = await database!.sql(`SELECT * FROM ${schema}._prisma_migrations`);
    expect(others).toEqual([]);
    expect(row).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      checksum: 'sum of the first',
      finished_at: expect.any(Date),
      migration_name: '0001_init',
      logs: null,
      rolled_back_at: null,
      started_at: expect.any(Date),
      applied_steps_count: 1,
    });
  });

  it('applies what is new, once', async () => {
    await apply(first);
    expect(await apply(first, second)).toEqual({ ok: true, value: ['0002_more'] });
    expect(await apply(first, second)).toEqual({ ok: true, value: [] });
  });

  it('does all or nothing: of what fails not even the PostgreSQL schema is left', async () => {
    const broken = { ...second, sql: 'CREATE TABLE c (x TEXT); CREATE TABLE a (x TEXT);' };
    await expect(apply(first, broken)).rejects.toThrow('already exists');
    expect(await database!.sql('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])).toEqual([]);
  });

  it('of two that start together, one applies and the other finds nothing to do', async () => {
    const results = await Promise.all([apply(first, second), apply(first, second)]);
    expect(results.map((result) => (result.ok ? result.value.length : result.error))).toEqual(
      expect.arrayContaining([0, 2]),
    );
  });

  it('waits for `prisma migrate`, which takes the same lock', async () => {
    const other = await connect();
    await other.query('SELECT pg_advisory_lock(72707369)');
    const applied = apply(first);
    let waits: unknown[] = [];
    while (waits.length === 0) {
      waits = await database!.sql(
        `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
    }
    expect(await tables()).toEqual([]);
    await other.query('SELECT pg_advisory_unlock(72707369)');
    expect(await applied).toMatchObject({ ok: true });
  });

  it('refuses what was changed, what is newer and what is not ours, and changes nothing', async () => {
    await apply(first);
    expect(await apply({ ...first, checksum: 'another' }, second)).toMatchObject({
      ok: false,
      error: { code: 'migration-mismatch', message: expect.stringContaining('0001_init') },
    });
    await database!.sql(
      `INSERT INTO ${schema}._prisma_migrations (id, checksum, finished_at, migration_name) VALUES ('x', 'y', now(), '9999_future')`,
    );
    expect(await apply(first, second)).toMatchObject({
      ok: false,
      error: { code: 'newer-schema', message: expect.stringContaining('newer version of TopGun (9999_future)') },
    });
    await database!.sql(`DROP TABLE ${schema}._prisma_migrations`);
    expect(await apply(first, second)).toMatchObject({
      ok: false,
      error: { code: 'foreign', message: expect.stringMatching(/another application.*\?schema=topgun/) },
    });
    expect(await tables()).toEqual(['a', 'b']);
    expect(await database!.sql(`SELECT * FROM ${schema}.a`)).toEqual([]);
  });

  it('does not take the tables of an extension for those of another application', async () => {
    await database!.sql(`CREATE SCHEMA ${schema}`);
    await database!.sql(`CREATE TABLE ${schema}.brought_along (x integer)`);
    await database!.sql(
      `INSERT INTO pg_depend SELECT 'pg_class'::regclass, $1::regclass, 0, 'pg_extension'::regclass, oid, 0, 'e'
       FROM pg_extension WHERE extname = 'plpgsql'`,
      [`${schema}.brought_along`],
    );
    expect(await apply(first)).toMatchObject({ ok: true });
    await database!.sql('DELETE FROM pg_depend WHERE objid = $1::regclass AND deptype = $2', [
      `${schema}.brought_along`,
      'e',
    ]);
  });
});
