import { err, ok, type Result } from '@topgun/core/primitives';
import pg from 'pg';
import type { DatabaseError } from '../../prisma/database-error.js';
import { toClientConfig } from '../../prisma/postgresql/postgres-client.js';
import { toPostgresError } from '../../prisma/postgresql/postgres-error.js';
import { parsePostgresUrl } from '../../prisma/postgresql/postgres-url.js';
import type { VacuumedBytes } from '../vacuumed-bytes.js';
import { tablesIn } from './postgres-tables.js';

/** Writes our tables in the database of `url` anew, each locked meanwhile, and lets PostgreSQL count what is in them. */
export async function vacuumPostgres(url: string): Promise<Result<VacuumedBytes, DatabaseError>> {
  const parsed = parsePostgresUrl(url);
  if (!parsed.ok) return parsed;
  const tables = Object.values(tablesIn(parsed.value.schema));
  // A large table takes as long as it takes.
  const client = new pg.Client({ ...toClientConfig(parsed.value), statement_timeout: 0 });
  client.on('error', () => undefined);
  const size = async (): Promise<number> => {
    const { rows } = await client.query<{ size: string }>(
      'SELECT sum(pg_total_relation_size(name::regclass)) AS size FROM unnest($1::text[]) AS name',
      [tables],
    );
    return Number(rows[0]?.size ?? 0);
  };
  try {
    await client.connect();
    const before = await size();
    for (const table of tables) await client.query(`VACUUM (FULL, ANALYZE) ${table}`);
    return ok({ before, after: await size() });
  } catch (error) {
    return err(toPostgresError(error, parsed.value));
  } finally {
    await client.end().catch(() => undefined);
  }
}
