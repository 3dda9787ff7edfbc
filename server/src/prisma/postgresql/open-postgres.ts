import { PrismaPg } from '@prisma/adapter-pg';
import { err, ok, type Result } from '@topgun/core/primitives';
import pg from 'pg';

import type { DatabaseError } from '../database-error.js';
import { migrationsFolder, readMigrations } from '../migration-runner.js';
import { PrismaClient } from './generated/client.js';
import { connectDurably, STATEMENT_TIMEOUT_MS, toClientConfig } from './postgres-client.js';
import { toPostgresError } from './postgres-error.js';
import { applyPostgresMigrations } from './postgres-migrations.js';
import { parsePostgresUrl, type PostgresPlace } from './postgres-url.js';

/** An open, migrated database. */
export interface PostgresDatabase {
  readonly place: PostgresPlace;
  /** Over `pool`. */
  readonly prisma: PrismaClient;
  /** For what may fail and is tried again. */
  readonly pool: pg.Pool;
  /** One more connection, whose commits are on the disk when they return. */
  readonly connect: () => Promise<pg.Client>;
  close(): Promise<void>;
}

const OLDEST_VERSION = 13;
const POOL_CONNECTIONS = 2;

/**
 * Opens the database of `url`, which must exist, and brings its tables up to date. Nothing is written before the last
 * refusal.
 */
export async function openPostgres(url: string): Promise<Result<PostgresDatabase, DatabaseError>> {
  const parsed = parsePostgresUrl(url);
  if (!parsed.ok) return parsed;
  const place = parsed.value;
  try {
    const config = toClientConfig(place);
    const connect = (): Promise<pg.Client> => connectDurably(config);
    const client = await connect();
    try {
      const refused = await prepare(client, place);
      if (refused !== null) return err(refused);
    } finally {
      await client.end();
    }
    return ok(openPool(place, config, connect));
  } catch (error) {
    return err(toPostgresError(error, place));
  }
}

/** `null` when the database is ready. */
async function prepare(client: pg.Client, { name, schema }: PostgresPlace): Promise<DatabaseError | null> {
  const { rows } = await client.query<{ version: string; encoding: string }>(
    `SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding`,
  );
  const version = Math.floor(Number(rows[0]?.version) / 10_000);
  if (version < OLDEST_VERSION) {
    return {
      code: 'failed',
      message: `${name} is served by PostgreSQL ${version}; TopGun needs ${OLDEST_VERSION} or later.`,
    };
  }
  if (rows[0]?.encoding !== 'UTF8') {
    return { code: 'failed', message: `${name} is encoded in ${rows[0]?.encoding}; TopGun needs one in UTF8.` };
  }
  const migrations = await readMigrations(migrationsFolder('postgresql'));
  const migrated = await applyPostgresMigrations(client, migrations, schema, name);
  return migrated.ok ? null : migrated.error;
}

function openPool(
  place: PostgresPlace,
  config: pg.ClientConfig,
  connect: PostgresDatabase['connect'],
): PostgresDatabase {
  const pool = new pg.Pool({ ...config, max: POOL_CONNECTIONS, query_timeout: STATEMENT_TIMEOUT_MS + 5_000 });
  // A connection that is lost while nobody uses it is made anew when somebody does.
  pool.on('error', () => undefined);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { schema: place.schema }) });
  return {
    place,
    prisma,
    pool,
    connect,
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
