import type { Result } from '@topgun/core/primitives';
import type { DurableStore } from '../../drivers/durable-store.js';
import { inUse } from '../../drivers/in-use.js';
import { openPostgresStore } from '../../drivers/postgres/open-postgres-store.js';
import { openPostgresReading } from '../../drivers/postgres/postgres-reading.js';
import { openPostgresRestoring } from '../../drivers/postgres/postgres-restoring.js';
import { isPostgresInUse } from '../../drivers/postgres/postgres-use.js';
import { openSqliteReading } from '../../drivers/sqlite/sqlite-reading.js';
import { openSqliteRestoring } from '../../drivers/sqlite/sqlite-restoring.js';
import { openSqliteStoreInThread } from '../../drivers/sqlite/sqlite-store-in-thread.js';
import { isSqliteInUse } from '../../drivers/sqlite/sqlite-use.js';
import type { DatabaseReading } from '../../ports/database-reading.js';
import type { DatabaseRestoring } from '../../ports/database-restoring.js';
import type { DatabaseError } from '../../prisma/database-error.js';
import { isPostgresUrl, parsePostgresUrl } from '../../prisma/postgresql/postgres-url.js';
import { OperationFailure } from '../operation-failure.js';

/** As it is now, beside a server or without one. Throws an `OperationFailure`, as all of these do. */
export const openReading = async (url: string): Promise<DatabaseReading> =>
  must(isPostgresUrl(url) ? await openPostgresReading(url) : await openSqliteReading(url));

/** To put a backup there: nobody else may be at work on it. */
export async function openRestoring(url: string): Promise<DatabaseRestoring> {
  await mustBeUnused(url);
  return must(isPostgresUrl(url) ? await openPostgresRestoring(url) : await openSqliteRestoring(url));
}

/** As a server has it, and instead of one. It must be there. */
export async function openStoreAlone(url: string): Promise<DurableStore> {
  // Whatever is wrong with it is said before anything is made or migrated.
  await (await openReading(url)).close();
  await mustBeUnused(url);
  return must(isPostgresUrl(url) ? await openPostgresStore(url) : await openSqliteStoreInThread(url));
}

async function mustBeUnused(url: string): Promise<void> {
  if (!must(isPostgresUrl(url) ? await isPostgresInUse(url) : await isSqliteInUse(url))) return;
  throw new OperationFailure(inUse(nameOf(url)).message);
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
