import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Client } from '@libsql/client/sqlite3';
import { err, ok, type Result } from '@topgun/core/primitives';
import { checkPages, checkPagesOfFile } from './check-pages.js';
import type { DatabaseError } from './database-error.js';
import { parseDatabaseUrl } from './database-url.js';
import { inspectFile, type FoundFile } from './inspect-file.js';
import { applyMigrations, migrationsFolder, readMigrations } from './migration-runner.js';
import { openSqliteClient } from './sqlite-client.js';
import { sqliteErrorCode } from './sqlite-error-code.js';
import { APPLICATION_ID } from './sqlite-header.js';
import type { PrismaClient } from './sqlite/generated/client.js';

/** An open, migrated database. Prisma and `client` speak over one connection; calls must not overlap. */
export interface Database {
  readonly path: string;
  /** Made when it is asked for: a start has no need of it, and its engine alone takes longer than all that a start does. */
  prisma(): Promise<PrismaClient>;
  readonly client: Client;
  close(): Promise<void>;
}

/** More than it ever takes. */
const SWITCHING_TRIES = 8;

/**
 * Opens the SQLite file of `url`, creating it when absent, and brings its tables up to date. A file that is refused keeps
 * every byte: what can be told from its header is, and its pages are checked before the first write.
 */
export async function openDatabase(
  url: string,
  workingDirectory = process.cwd(),
): Promise<Result<Database, DatabaseError>> {
  const parsed = parseDatabaseUrl(url, workingDirectory);
  if (!parsed.ok) return parsed;
  const path = parsed.value;
  const inspected = await inspectFile(path);
  if (!inspected.ok) return inspected;

  const found = inspected.value;
  try {
    if (found.kind === 'ours' && !found.hasLog) {
      const finding = await checkPagesOfFile(path, found.bytes);
      if (finding !== null) return err(damaged(path, finding));
    }
    return await connect(path, found);
  } catch (error) {
    return err(toDatabaseError(error, path));
  }
}

async function connect(path: string, found: FoundFile): Promise<Result<Database, DatabaseError>> {
  const client = openSqliteClient(path);
  let prisma: Promise<PrismaClient> | null = null;
  try {
    const refused = await prepare(client, found, path);
    if (refused === null) {
      return ok({
        path,
        client,
        prisma: () =>
          (prisma ??= import('./sqlite-prisma.js').then(({ createSqlitePrisma }) => createSqlitePrisma(client))),
        async close() {
          await foldIn(client);
          await (await prisma)?.$disconnect();
          client.close();
        },
      });
    }
    client.close();
    return err(refused);
  } catch (error) {
    client.close();
    throw error;
  }
}

/** `null` when the database is ready. Writes nothing before it is sure of the database. */
async function prepare(client: Client, found: FoundFile, path: string): Promise<DatabaseError | null> {
  if (found.kind === 'new') {
    // Before there is a log, so that the header in the file itself says whose it is from the first moment on.
    await client.execute(`PRAGMA application_id = ${APPLICATION_ID}`);
  } else if (found.hasLog) {
    const finding = await checkPages(client, found.bytes);
    if (finding !== null) return damaged(path, finding);
  }
  const migrations = await readMigrations(migrationsFolder('sqlite'));
  const migrated = await applyMigrations(client, migrations, path);
  if (!migrated.ok) return migrated.error;
  await switchToLog(client);
  // What was migrated is in the log, however much it is: else the first append brings it into the file.
  if (migrated.value.length > 0) await foldIn(client);
  // Acked means fsynced (PI-1): in WAL mode only FULL syncs at every commit.
  await client.execute('PRAGMA synchronous = FULL');
  return null;
}

/** SQLite does not wait for others where it changes how a file is written, and who makes it in the same moment is at that too: a write waits for them. */
async function switchToLog(client: Client): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.execute('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (sqliteErrorCode(error) !== 'SQLITE_BUSY' || tries === SWITCHING_TRIES) throw error;
      await client.executeMultiple('BEGIN IMMEDIATE; COMMIT');
    }
  }
}

/**
 * Brings what is in the log into the file, so that the file alone is the whole database: the driver lets go of a
 * connection only when its thread ends or collects garbage. Another process at work on the file just keeps its log.
 */
async function foldIn(client: Client): Promise<void> {
  // Where that fails, on a full disk say, the log beside the file still has everything.
  await client.execute('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => undefined);
}

/** What is said of a file whose pages are not whole. */
export const damaged = (path: string, finding: string): DatabaseError => ({
  code: 'corrupt',
  message: `The database ${path} is damaged (${finding}); restore it from a backup.`,
});

const full = (path: string): DatabaseError => ({
  code: 'full',
  message: `The database ${path} cannot be opened: its disk is full.`,
});

/** For the file that SQLite makes beside the database, and of which it says no more than I/O error. */
function hasRoom(path: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize >= 64 * 1024;
}

/** What keeps a SQLite file from being opened, in a sentence. */
export function toDatabaseError(error: unknown, path: string): DatabaseError {
  const detail = error instanceof Error ? error.message : String(error);
  switch (sqliteErrorCode(error)) {
    case 'SQLITE_CORRUPT':
    case 'SQLITE_NOTADB':
      return damaged(path, detail);
    case 'SQLITE_READONLY':
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_PERM':
      return { code: 'not-writable', message: `The database ${path} cannot be opened for writing (${detail}).` };
    case 'SQLITE_FULL':
      return full(path);
    case 'SQLITE_IOERR':
      return hasRoom(path)
        ? { code: 'failed', message: `The database ${path} cannot be opened (${detail}).` }
        : full(path);
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return { code: 'busy', message: `The database ${path} is locked by another process.` };
    default:
      return { code: 'failed', message: `The database ${path} cannot be opened: ${detail}.` };
  }
}
