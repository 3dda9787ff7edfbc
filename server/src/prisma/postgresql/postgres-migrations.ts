import { randomUUID } from 'node:crypto';

import { err, ok, type Result } from '@topgun/core/primitives';
import pg from 'pg';

import type { DatabaseError } from '../database-error.js';
import { planMigrations, type AppliedMigration, type Migration } from '../migration-plan.js';

/** The lock that `prisma migrate` takes: it and a server that starts wait for each other, in either order. */
const MIGRATION_LOCK = 72_707_369;
const LOCK_TIMEOUT_MS = 10_000;

/**
 * Brings the tables of one PostgreSQL schema up to date and returns the names of what was applied. All of it is one
 * transaction behind an advisory lock: a second server waits, then finds nothing to do; what fails leaves nothing half-way,
 * not even the PostgreSQL schema. `_prisma_migrations` ends as `prisma migrate deploy` would leave it.
 */
export async function applyPostgresMigrations(
  client: pg.Client,
  available: readonly Migration[],
  schema: string,
  name: string,
): Promise<Result<readonly string[], DatabaseError>> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await client.query('SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0');
    const applied = await readApplied(client, schema);
    const plan = await planPostgresMigrations(client, available, applied, schema, name);
    if (!plan.ok) {
      await client.query('ROLLBACK');
      return plan;
    }
    if (applied === null) await createMigrationsTable(client, schema);
    await client.query(`SET LOCAL search_path = ${pg.escapeIdentifier(schema)}`);
    for (const migration of plan.value) await applyOne(client, migration);
    await client.query('COMMIT');
    return ok(plan.value.map((migration) => migration.name));
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** What the tables of one PostgreSQL schema lack, as `planMigrations` says it. */
export async function planPostgresMigrations(
  client: pg.Client,
  available: readonly Migration[],
  applied: readonly AppliedMigration[] | null,
  schema: string,
  name: string,
): Promise<Result<readonly Migration[], DatabaseError>> {
  const plan = planMigrations(available, applied, await hasOtherTables(client, schema), name);
  return !plan.ok && plan.error.code === 'foreign' ? err(beside(plan.error)) : plan;
}

/** Its own tables may lie beside those of an application, in a schema of their own. */
const beside = (error: DatabaseError): DatabaseError => ({
  ...error,
  message: `${error.message} To keep TopGun's tables beside them, add ?schema=topgun to the URL.`,
});

async function applyOne(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  const id = randomUUID();
  await client.query(
    'INSERT INTO "_prisma_migrations" ("id", "checksum", "started_at", "migration_name") VALUES ($1, $2, clock_timestamp(), $3)',
    [id, checksum, name],
  );
  // Without parameters the driver sends the whole script as it is, and the server splits it.
  await client.query(sql);
  await client.query(
    'UPDATE "_prisma_migrations" SET "finished_at" = clock_timestamp(), "applied_steps_count" = 1 WHERE "id" = $1',
    [id],
  );
}

/** The rows of `_prisma_migrations`; `null`: there is no such table. */
export async function readApplied(client: pg.Client, schema: string): Promise<readonly AppliedMigration[] | null> {
  const table = await client.query(
    `SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = '_prisma_migrations'`,
    [schema],
  );
  if (table.rows.length === 0) return null;
  const { rows } = await client.query<{
    migration_name: string;
    checksum: string;
    finished_at: Date | null;
    rolled_back_at: Date | null;
  }>(`SELECT * FROM ${pg.escapeIdentifier(schema)}."_prisma_migrations"`);
  return rows.map((row) => ({
    name: row.migration_name,
    checksum: row.checksum,
    finished: row.finished_at !== null,
    rolledBack: row.rolled_back_at !== null,
  }));
}

/** Tables and views of anybody's, but not those that an extension has brought along. */
async function hasOtherTables(client: pg.Client, schema: string): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT 1 FROM pg_catalog.pg_class AS class JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace
     WHERE space.nspname = $1 AND class.relkind IN ('r', 'p', 'v', 'm', 'f') AND class.relname <> '_prisma_migrations'
       AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS owned
         WHERE owned.classid = 'pg_catalog.pg_class'::regclass AND owned.objid = class.oid AND owned.deptype = 'e')
     LIMIT 1`,
    [schema],
  );
  return rows.length > 0;
}

async function createMigrationsTable(client: pg.Client, schema: string): Promise<void> {
  const found = await client.query('SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1', [schema]);
  const quoted = pg.escapeIdentifier(schema);
  if (found.rows.length === 0) await client.query(`CREATE SCHEMA ${quoted}`);
  await client.query(`CREATE TABLE ${quoted}."_prisma_migrations" (${MIGRATION_COLUMNS})`);
}

/** Column by column as Prisma's schema engine creates it, which is what `prisma migrate deploy` reads. */
const MIGRATION_COLUMNS = `
  id                      VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum                VARCHAR(64) NOT NULL,
  finished_at             TIMESTAMPTZ,
  migration_name          VARCHAR(255) NOT NULL,
  logs                    TEXT,
  rolled_back_at          TIMESTAMPTZ,
  started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count     INTEGER NOT NULL DEFAULT 0`;
