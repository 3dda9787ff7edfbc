import type { Result } from '@topgun/core/primitives';
import type { DurableStore } from '../../drivers/durable-store.js';
import { inUse } from '../../drivers/in-use.js';
import { openPostgresStore } from '../../drivers/postgres/open-postgres-store.js';
import { openPostgresReading } from '../../drivers/postgres/postgres-reading.js';
import { openPostgresRestoring } from '../../drivers/postgres/postgres-restoring.js';
import { vacuumPostgres } from '../../drivers/postgres/postgres-vacuum.js';
import { isPostgresInUse } from '../../drivers/postgres/postgres-use.js';
import { isS3Url } from '../../drivers/s3/s3-url.js';
import { openSqliteReading } from '../../drivers/sqlite/sqlite-reading.js';
import { openSqliteRestoring } from '../../drivers/sqlite/sqlite-restoring.js';
import { openSqliteStoreInThread } from '../../drivers/sqlite/sqlite-store-in-thread.js';
import { isSqliteInUse } from '../../drivers/sqlite/sqlite-use.js';
import { vacuumSqlite } from '../../drivers/sqlite/sqlite-vacuum.js';
import type { VacuumedBytes } from '../../drivers/vacuumed-bytes.js';
import type { DatabaseReading } from '../../ports/database-reading.js';
import type { DatabaseRestoring } from '../../ports/database-restoring.js';
import type { DatabaseError } from '../../prisma/database-error.js';
import { isPostgresUrl, parsePostgresUrl } from '../../prisma/postgresql/postgres-url.js';
import { OperationFailure } from '../operation-failure.js';

/** As it is now, beside a server or without one. Throws an `OperationFailure`, as all of these do. */
export async function openReading(url: string): Promise<DatabaseReading> {
  mustBeDatabase(url);
  return must(isPostgresUrl(url) ? await openPostgresReading(url) : await openSqliteReading(url));
}

/** To put a backup there: nobody else may be at work on it. */
export async function openRestoring(url: string): Promise<DatabaseRestoring> {
  await mustBeUnused(url);
  return must(isPostgresUrl(url) ? await openPostgresRestoring(url) : await openSqliteRestoring(url));
}

/** As a server has it, and instead of one. */
export async function openStoreAlone(url: string, absent: 'create' | 'must-exist'): Promise<DurableStore> {
  // First: a connection that this process has given up would count as somebody's.
  await mustBeUnused(url);
  if (absent === 'must-exist') await (await openReading(url)).close();
  return must(isPostgresUrl(url) ? await openPostgresStore(url) : await openSqliteStoreInThread(url));
}

/** Gives back the room that nothing needs any more, and says how many bytes the database took before and takes now. */
export const vacuum = async (url: string): Promise<VacuumedBytes> =>
  must(isPostgresUrl(url) ? await vacuumPostgres(url) : await vacuumSqlite(url));

async function mustBeUnused(url: string): Promise<void> {
  mustBeDatabase(url);
  if (!must(isPostgresUrl(url) ? await isPostgresInUse(url) : await isSqliteInUse(url))) return;
  throw new OperationFailure(inUse(nameOf(url)).message);
}

/** A bucket has neither rows nor transactions, and its service keeps versions of objects. */
function mustBeDatabase(url: string): void {
  if (isS3Url(url))
    throw new OperationFailure(
      'This is for SQLite and PostgreSQL; what is in a bucket is looked after where the bucket is.',
    );
}

/** Without user and password. */
function nameOf(url: string): string {
  if (!isPostgresUrl(url)) return url.replace(/^file:(\/\/)?/, '');
  const parsed = parsePostgresUrl(url);
  return parsed.ok ? parsed.value.name : 'The database';
}

function must<T>(result: Result<T, DatabaseError>): T {
  if (result.ok) return result.value;
  throw new OperationFailure(result.error.message);
}
