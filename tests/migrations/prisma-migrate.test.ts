import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { openDatabase } from '../../server/src/prisma/open-database.js';
import { openPostgres } from '../../server/src/prisma/postgresql/open-postgres.js';
import { testDatabase } from '../../server/src/testing/test-database.js';
import { prismaMigrate, whyNoCommand } from './migrate-command.js';
import { engineVersion, listMigrations, openEngine, type MigrateEngine } from './schema-engine.js';

type Rows = readonly Readonly<Record<string, unknown>>[];

/** An empty database that a server may open, and `prisma migrate deploy` too. */
interface Place {
  /** Opens it as a server does, and closes it. Throws the sentence of a refusal. */
  open(): Promise<void>;
  readonly adapters: Parameters<typeof openEngine>[1];
  readonly url: string;
  sql(text: string): Promise<Rows>;
}

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'topgun-migrate-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
const sqlitePlace = (): Place => {
  const url = `file:${join(folder, `${(files += 1)}.db`)}`;
  return {
    url,
    async open() {
      const opened = await openDatabase(url);
      if (!opened.ok) throw new Error(opened.error.message);
      await opened.value.close();
    },
    // As the engine writes times where it writes them itself.
    adapters: new PrismaLibSql({ url }, { timestampFormat: 'unixepoch-ms' }),
    async sql(text) {
      const client = createClient({ url });
      const { rows } = await client.execute(text);
      client.close();
      return rows.map((row) => ({ ...row }));
    },
  };
};

const postgresPlace = (database: NonNullable<ReturnType<typeof testDatabase>>): Place => ({
  url: database.url,
  async open() {
    const opened = await openPostgres(database.url);
    if (!opened.ok) throw new Error(opened.error.message);
    await opened.value.close();
  },
  // One connection, given up at once: the engine locks the database until its connection ends, as the command's does with the command.
  adapters: new PrismaPg({ connectionString: database.url, max: 1, idleTimeoutMillis: 1 }),
  sql: (text) => database.sql(text),
});

const databases = [testDatabase(), testDatabase(), testDatabase(), testDatabase(), testDatabase()];

const noCommand = whyNoCommand();
if (noCommand !== null)
  console.log(`topgun: \`prisma migrate deploy\` itself is not run, only its engine: ${noCommand}.`);

const providers = [
  {
    provider: 'sqlite' as const,
    places: () => Array.from({ length: 5 }, sqlitePlace),
    // All of it: tables, columns, defaults, indexes, as their statements say it; and of which type each time is stored.
    tables: `SELECT name, replace(replace(sql, char(10), ' '), '  ', '') AS sql FROM sqlite_master WHERE name <> '_prisma_migrations' ORDER BY name`,
    columns: `SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info('_prisma_migrations') ORDER BY cid`,
    applied: `SELECT migration_name, checksum, logs, rolled_back_at, applied_steps_count, typeof(started_at) AS started, typeof(finished_at) AS finished,
      length(id) AS id FROM _prisma_migrations ORDER BY migration_name`,
  },
  {
    provider: 'postgresql' as const,
    places: () => databases.map((database) => postgresPlace(database!)),
    tables: `SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name, ordinal_position FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' ORDER BY table_name, ordinal_position`,
    columns: `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name = '_prisma_migrations' ORDER BY ordinal_position`,
    applied: `SELECT migration_name, checksum, logs, rolled_back_at, applied_steps_count, pg_typeof(started_at)::text AS started,
      CASE WHEN finished_at IS NOT NULL THEN pg_typeof(finished_at)::text END AS finished, length(id) AS id FROM _prisma_migrations ORDER BY migration_name`,
  },
];

test('the engine is the one that the command line of this version of Prisma loads', async () => {
  const lock = JSON.parse(
    await readFile(new URL('../../server/prisma/package-lock.json', import.meta.url), 'utf8'),
  ) as { readonly packages: Readonly<Record<string, { readonly version: string }>> };
  const wanted = lock.packages['node_modules/@prisma/engines-version']!.version;
  expect(wanted).toContain(await engineVersion());
});

for (const { provider, places, tables, columns, applied } of providers) {
  describe.skipIf(provider === 'postgresql' && databases[0] === null)(`on ${provider}`, () => {
    let [ours, deployed, half, edited, commanded] = [] as unknown as [Place, Place, Place, Place, Place];
    const engines: { close(): void }[] = [];
    const engineOf = async (place: Place): Promise<MigrateEngine> => {
      const engine = await openEngine(provider, place.adapters);
      engines.push(engine);
      return engine;
    };
    beforeAll(async () => {
      [ours, deployed, half, edited, commanded] = places() as [Place, Place, Place, Place, Place];
      await ours.open();
      await (await engineOf(deployed)).deploy(await listMigrations(provider));
    });
    afterAll(() => {
      for (const engine of engines) engine.close();
    });

    test('a server leaves what `prisma migrate deploy` leaves: the same tables, the same columns of `_prisma_migrations`, the same rows', async () => {
      const found = await ours.sql(applied);
      expect(found.length).toBeGreaterThan(1);
      expect(found).toEqual(await deployed.sql(applied));
      expect(await ours.sql(columns)).toEqual(await deployed.sql(columns));
      expect(await ours.sql(tables)).toEqual(await deployed.sql(tables));
    });

    test('`prisma migrate` finds nothing to do, nothing edited and nothing failed after a server, and a server nothing after it', async () => {
      const engine = await engineOf(ours);
      const migrations = await listMigrations(provider);
      const inOrder = { hasMigrationsTable: true, editedMigrationNames: [], failedMigrationNames: [], history: null };
      expect(await engine.diagnose(migrations)).toMatchObject(inOrder);
      expect(await engine.deploy(migrations)).toEqual([]);
      const before = await deployed.sql(applied);
      await deployed.open();
      expect(await deployed.sql(applied)).toEqual(before);
    });

    test.skipIf(noCommand !== null)('so does the command line itself', async () => {
      expect(await prismaMigrate('deploy', provider, commanded.url)).toContain('successfully applied');
      expect(await commanded.sql(applied)).toEqual(await ours.sql(applied));
      expect(await commanded.sql(columns)).toEqual(await ours.sql(columns));
      expect(await commanded.sql(tables)).toEqual(await ours.sql(tables));
      expect(await prismaMigrate('status', provider, ours.url)).toContain('up to date');
      await commanded.open();
    });

    test('each goes on where the other has stopped', async () => {
      const engine = await engineOf(half);
      const migrations = await listMigrations(provider);
      const first = await listMigrations(provider, (name, sql) => (name.startsWith('0001') ? sql : null));
      expect(await engine.deploy(first)).toHaveLength(1);
      await half.open();
      expect(await engine.deploy(migrations)).toEqual([]);
      expect(await half.sql(applied)).toEqual(await ours.sql(applied));
      // A version to come, on top of what a server has left.
      const [last] = migrations.migrationDirectories.slice(-1);
      const next = {
        path: '9999_next',
        migrationFile: {
          ...last!.migrationFile,
          content: { tag: 'ok' as const, value: 'CREATE TABLE next (id INTEGER);\n' },
        },
      };
      const more = { ...migrations, migrationDirectories: [...migrations.migrationDirectories, next] };
      expect(await engine.deploy(more)).toEqual(['9999_next']);
      await expect(half.open()).rejects.toThrow('was migrated by a newer version of TopGun (9999_next)');
    });

    test('both see a migration that reads otherwise than the one that was applied', async () => {
      const changed = await listMigrations(provider, (name, sql) =>
        name.startsWith('0002') ? `${sql}-- another\n` : sql,
      );
      expect((await (await engineOf(ours)).diagnose(changed)).editedMigrationNames).toEqual(['0002_snapshots']);
      await (await engineOf(edited)).deploy(changed);
      await expect(edited.open()).rejects.toThrow('Migration 0002_snapshots reads differently');
    });
  });
}
