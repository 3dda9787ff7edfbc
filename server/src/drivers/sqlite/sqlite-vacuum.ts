import { statSync } from 'node:fs';
import { err, ok, type Result } from '@topgun/core/primitives';
import type { DatabaseError } from '../../prisma/database-error.js';
import { parseDatabaseUrl } from '../../prisma/database-url.js';
import { toDatabaseError } from '../../prisma/open-database.js';
import { BUSY_TIMEOUT_MS } from '../../prisma/sqlite-client.js';
import type { VacuumedBytes } from '../vacuumed-bytes.js';
import { openSqliteConnection } from './sqlite-connection.js';

/** Writes the file of `url` anew without the pages that nothing is on, which takes as much room again meanwhile. */
export async function vacuumSqlite(
  url: string,
  workingDirectory = process.cwd(),
): Promise<Result<VacuumedBytes, DatabaseError>> {
  const parsed = parseDatabaseUrl(url, workingDirectory);
  if (!parsed.ok) return parsed;
  const path = parsed.value;
  const before = statSync(path).size;
  try {
    const { database: connection } = openSqliteConnection(path, BUSY_TIMEOUT_MS);
    try {
      connection.exec('VACUUM');
      connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      connection.close();
    }
    return ok({ before, after: statSync(path).size });
  } catch (error) {
    return err(toDatabaseError(error, path));
  }
}
