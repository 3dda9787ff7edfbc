import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type { Client, Transaction } from '@libsql/client/sqlite3';
import { ok, type Result } from '@topgun/core/primitives';
import type { DatabaseError } from './database-error.js';
import { planMigrations, type AppliedMigration, type Migration } from './migration-plan.js';
import { splitStatements } from './split-statements.js';

/** Where the migrations of a provider lie; the same place seen from `src` and from `dist`. */
export const migrationsFolder = (provider: 'sqlite' | 'postgresql'): string =>
  fileURLToPath(new URL(`../../prisma/${provider}/migrations/`, import.meta.url));

/** All migrations of a folder in the order of their names, which is the order of `prisma migrate deploy`. */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(`${folder}/${name}/migration.sql`, 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * Brings the database up to date and returns the names of what was applied. Everything happens in one transaction that
 * takes the write lock first: a second server waits, then finds nothing to do; a crash leaves nothing half-way.
 * `_prisma_migrations` ends as `prisma migrate deploy` would leave it.
 */
export async function applyMigrations(
  client: Client,
  available: readonly Migration[],
  path: string,
): Promise<Result<readonly string[], DatabaseError>> {
  const transaction = await client.transaction('write');
  try {
    const applied = await readApplied(transaction);
    const plan = planMigrations(available, applied, await hasOtherTables(transaction), path);
    if (!plan.ok) {
      await transaction.rollback();
      return plan;
    }
    if (applied === null) await transaction.execute(CREATE_MIGRATIONS_TABLE);
    for (const migration of plan.value) await applyOne(transaction, migration);
    await transaction.commit();
    return ok(plan.value.map((migration) => migration.name));
  } catch (error) {
    // Where there is no room SQLite has rolled back by itself.
    await transaction.rollback().catch(() => undefined);
    throw error;
  }
}

async function applyOne(transaction: Transaction, migration: Migration): Promise<void> {
  const id = randomUUID();
  await transaction.execute({
    sql: `INSERT INTO "_prisma_migrations" ("id", "checksum", "started_at", "migration_name") VALUES (?, ?, ${NOW_MS}, ?)`,
    args: [id, migration.checksum, migration.name],
  });
  for (const statement of splitStatements(migration.sql)) await transaction.execute(statement);
  await transaction.execute({
    sql: `UPDATE "_prisma_migrations" SET "finished_at" = ${NOW_MS}, "applied_steps_count" = 1 WHERE "id" = ?`,
    args: [id],
  });
}

/** The rows of `_prisma_migrations`; `null`: there is no such table. */
export async function readApplied(transaction: Executes): Promise<readonly AppliedMigration[] | null> {
  const table = await transaction.execute(
    `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_prisma_migrations'`,
  );
  if (table.rows.length === 0) return null;
  const { rows } = await transaction.execute(
    `SELECT "migration_name", "checksum", "finished_at", "rolled_back_at" FROM "_prisma_migrations"`,
  );
  return rows.map((row) => ({
    name: row['migration_name'] as string,
    checksum: row['checksum'] as string,
    finished: row['finished_at'] !== null,
    rolledBack: row['rolled_back_at'] !== null,
  }));
}

export async function hasOtherTables(transaction: Executes): Promise<boolean> {
  const { rows } = await transaction.execute(
    `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_prisma_migrations' LIMIT 1`,
  );
  return rows.length > 0;
}

/** A connection, in a transaction or not. */
type Executes = Pick<Client, 'execute'>;

/** As Prisma's schema engine stores a time in SQLite: whole milliseconds since 1970. */
const NOW_MS = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

/** Column by column as Prisma's schema engine creates it, which is what `prisma migrate deploy` reads. */
const CREATE_MIGRATIONS_TABLE = `CREATE TABLE "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;
