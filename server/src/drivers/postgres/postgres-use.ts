import { err, ok, type Result } from '@topgun/core/primitives';
import pg from 'pg';
import type { DatabaseError } from '../../prisma/database-error.js';
import { toClientConfig } from '../../prisma/postgresql/postgres-client.js';
import { toPostgresError } from '../../prisma/postgresql/postgres-error.js';
import { parsePostgresUrl, type PostgresPlace } from '../../prisma/postgresql/postgres-url.js';

/** 'TopG', and the PostgreSQL schema: an advisory lock that servers share, and that whoever needs the database alone looks for. */
const LOCK = '1416589383, hashtext($1)';

/**
 * The connection, which from now on says that a server is at work here: until it ends, however it does. It bars no other server, which takes over by a claim (PI-3). Rejects
 * while the database is being replaced.
 */
export async function beginUse(client: pg.Client, { name, schema }: PostgresPlace): Promise<pg.Client> {
  const { rows } = await client.query<{ got: boolean }>(`SELECT pg_try_advisory_lock_shared(${LOCK}) AS got`, [schema]);
  if (rows[0]?.got === true) return client;
  await client.end().catch(() => undefined);
  throw new Error(`${name} is being restored or replaced`);
}

/** In a transaction: nobody is at work here, and until it ends no server begins to be. False: somebody is. */
export async function excludeUse(client: pg.Client, schema: string): Promise<boolean> {
  const { rows } = await client.query<{ got: boolean }>(`SELECT pg_try_advisory_xact_lock(${LOCK}) AS got`, [schema]);
  return rows[0]?.got === true;
}

/** How often, and how long apart, somebody is looked for: of a connection that has just ended PostgreSQL may not know yet. */
const LOOKS = 10;
const APART_S = 0.2;

/** Whether a server is at work on the database of `url`. */
export async function isPostgresInUse(url: string): Promise<Result<boolean, DatabaseError>> {
  const parsed = parsePostgresUrl(url);
  if (!parsed.ok) return parsed;
  const client = new pg.Client(toClientConfig(parsed.value));
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (let look = 1; look <= LOOKS; look += 1) {
      if (await excludeUse(client, parsed.value.schema)) return ok(false);
      // Trying, and sleeping in between, since a lock that waits would keep a server from starting meanwhile.
      await client.query(`SELECT pg_sleep(${APART_S})`);
    }
    return ok(true);
  } catch (error) {
    return err(toPostgresError(error, parsed.value));
  } finally {
    await client.end().catch(() => undefined);
  }
}
