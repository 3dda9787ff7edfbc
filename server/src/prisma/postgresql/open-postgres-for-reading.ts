import { err, ok, type Result } from '@topgun/core/primitives';
import pg from 'pg';
import type { DatabaseError } from '../database-error.js';
import { migrationsFolder, readMigrations } from '../migration-runner.js';
import { olderSchema } from '../older-schema.js';
import { toClientConfig } from './postgres-client.js';
import { toPostgresError } from './postgres-error.js';
import { planPostgresMigrations, readApplied } from './postgres-migrations.js';
import { parsePostgresUrl, type PostgresPlace } from './postgres-url.js';

/** A PostgreSQL database in a transaction that only reads: it shows what was there when it was opened. */
export interface PostgresForReading {
  readonly place: PostgresPlace;
  readonly client: pg.Client;
}

/** Opens the database of `url` as it is, beside a server or without one: it must hold our tables, as this version migrates them. Whoever ends the client ends the transaction. */
export async function openPostgresForReading(url: string): Promise<Result<PostgresForReading, DatabaseError>> {
  const parsed = parsePostgresUrl(url);
  if (!parsed.ok) return parsed;
  const place = parsed.value;
  let client: pg.Client | null = null;
  try {
    // A large table takes as long as it takes.
    client = new pg.Client({ ...toClientConfig(place), statement_timeout: 0 });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const refused = await judge(client, place);
    if (refused === null) return ok({ place, client });
    await client.end();
    return err(refused);
  } catch (error) {
    await client?.end().catch(() => undefined);
    return err(toPostgresError(error, place));
  }
}

async function judge(client: pg.Client, { name, schema }: PostgresPlace): Promise<DatabaseError | null> {
  const available = await readMigrations(migrationsFolder('postgresql'));
  const applied = await readApplied(client, schema);
  const plan = await planPostgresMigrations(client, available, applied, schema, name);
  if (!plan.ok) return plan.error;
  if (applied === null) return { code: 'no-database', message: `${name} holds no TopGun database.` };
  return plan.value.length === 0 ? null : olderSchema(name);
}
