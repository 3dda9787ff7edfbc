import { pathToFileURL } from 'node:url';
import { createClient, type Client } from '@libsql/client/sqlite3';
import { err, ok, type Result } from '@topgun/core/primitives';
import { checkPages } from './check-pages.js';
import type { DatabaseError } from './database-error.js';
import { parseDatabaseUrl } from './database-url.js';
import { inspectFile } from './inspect-file.js';
import { planMigrations } from './migration-plan.js';
import { hasOtherTables, migrationsFolder, readApplied, readMigrations } from './migration-runner.js';
import { damaged, toDatabaseError } from './open-database.js';
import { BUSY_TIMEOUT_MS } from './sqlite-client.js';
import { olderSchema } from './older-schema.js';

/** A SQLite file in a transaction that only reads: it shows what was there when it was opened. */
export interface SqliteForReading {
  readonly path: string;
  readonly client: Client;
}

/**
 * Opens the file of `url` as it is, beside a server or without one: it must be there, whole, and as this version migrates it. Nothing in it is written. `closeReading` ends it.
 */
export async function openForReading(
  url: string,
  workingDirectory = process.cwd(),
): Promise<Result<SqliteForReading, DatabaseError>> {
  const parsed = parseDatabaseUrl(url, workingDirectory);
  if (!parsed.ok) return parsed;
  const path = parsed.value;
  const inspected = await inspectFile(path);
  if (!inspected.ok) return inspected;
  if (inspected.value.kind === 'new') {
    return err({ code: 'no-database', message: `There is no database at ${path}.` });
  }
  const client = createClient({ url: pathToFileURL(path).href, intMode: 'bigint', timeout: BUSY_TIMEOUT_MS });
  try {
    const refused = await prepare(client, path);
    if (refused === null) return ok({ path, client });
    await closeReading(client);
    return err(refused);
  } catch (error) {
    client.close();
    return err(toDatabaseError(error, path));
  }
}

/** Ends the transaction, and gives up the connection: the driver lets go of that only later, and of an open transaction with it. */
export async function closeReading(client: Client): Promise<void> {
  try {
    await client.execute('ROLLBACK');
  } finally {
    client.close();
  }
}

async function prepare(client: Client, path: string): Promise<DatabaseError | null> {
  await client.execute('PRAGMA query_only = 1');
  await client.execute('BEGIN');
  // The first statement that reads fixes what all others see; and what it sees is checked here, since a server may write beside it.
  const finding = await checkPages(client);
  if (finding !== null) return damaged(path, finding);
  const available = await readMigrations(migrationsFolder('sqlite'));
  const plan = planMigrations(available, await readApplied(client), await hasOtherTables(client), path);
  if (!plan.ok) return plan.error;
  return plan.value.length === 0 ? null : olderSchema(path);
}
