import { existsSync } from 'node:fs';
import { err, ok, type Result } from '@topgun/core/primitives';
import Database from 'libsql';
import type { DatabaseError } from '../../prisma/database-error.js';
import { parseDatabaseUrl } from '../../prisma/database-url.js';
import { inspectFile } from '../../prisma/inspect-file.js';
import { toDatabaseError } from '../../prisma/open-database.js';
import { sqliteErrorCode } from '../../prisma/sqlite-error-code.js';

/** How long somebody who only looks at the file may take. */
const WAIT_MS = 500;

/**
 * Whether another connection, of this process or another, is open on the file of `url`. SQLite gives up its write-ahead log only when nobody else has the file
 * open; a server's start takes it up again.
 */
export async function isSqliteInUse(
  url: string,
  workingDirectory = process.cwd(),
): Promise<Result<boolean, DatabaseError>> {
  const parsed = parseDatabaseUrl(url, workingDirectory);
  if (!parsed.ok) return parsed;
  const path = parsed.value;
  const inspected = await inspectFile(path);
  if (!inspected.ok) return inspected;
  if (!existsSync(path)) return ok(false);
  let database: Database.Database | null = null;
  try {
    database = new Database(path, { timeout: WAIT_MS });
    database.exec('PRAGMA journal_mode = DELETE');
    return ok(false);
  } catch (error) {
    const code = sqliteErrorCode(error);
    return code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED' ? ok(true) : err(toDatabaseError(error, path));
  } finally {
    database?.close();
  }
}
