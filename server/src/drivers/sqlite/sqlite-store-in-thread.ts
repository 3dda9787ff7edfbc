import { ok, type Result } from '@topgun/core/primitives';
import type { DatabaseError } from '../../prisma/database-error.js';
import { openDatabase, type Database } from '../../prisma/open-database.js';
import { BUSY_TIMEOUT_MS } from '../../prisma/sqlite-client.js';
import { sqliteAppendOn } from './sqlite-append.js';
import { openSqliteConnection } from './sqlite-connection.js';
import { claimLedger, readSegments, renewClaim } from './sqlite-ledger-statements.js';
import { readRows, readThrough } from './sqlite-record-statements.js';
import { sqliteRowsOn } from './sqlite-rows.js';
import {
  readHeads,
  readRecords,
  readSnapshotProgress,
  sqliteSnapshotsOn,
  trimSegments,
} from './sqlite-snapshot-statements.js';
import type { AppendOutcome } from '../../ports/ledger.js';
import type { HeldUp, StoreCalls } from '../store-calls.js';
import { createDurableStore, type DurableStore } from '../durable-store.js';
import { createTurns } from '../turns.js';

/**
 * The store in the caller's own thread, which every commit blocks while the disk syncs: for tests and tools. A server
 * uses `openSqliteStoreInWorker`.
 */
export async function openSqliteStoreInThread(url: string): Promise<Result<DurableStore, DatabaseError>> {
  const opened = await openDatabase(url);
  return opened.ok ? ok(createDurableStore(callsOn(opened.value))) : opened;
}

/** Of a caller in the same thread. */
export interface SqliteCalls extends StoreCalls {
  /** `append` without its turn, for whoever knows that no other call is under way. */
  appendNow(epoch: number, segment: Uint8Array): AppendOutcome | HeldUp;
}

/**
 * The calls on an open database, one at a time: the statements of two must not mix on one connection, and two connections in one
 * thread would wait for each other.
 */
export function callsOn(database: Database): SqliteCalls {
  const { client, path } = database;
  const connection = openSqliteConnection(path, BUSY_TIMEOUT_MS);
  const appends = sqliteAppendOn(connection);
  const records = sqliteRowsOn(connection);
  const snapshots = sqliteSnapshotsOn(connection);
  const turns = createTurns(() => new Promise((resolve) => void setImmediate(resolve)));
  return {
    claim: () => turns.run('urgent', () => claimLedger(client)),
    renew: (epoch) => turns.run('urgent', () => renewClaim(client, epoch)),
    appendNow: (epoch, segment) => appends.append(epoch, segment),
    append: (epoch, segment) => turns.run('urgent', async () => appends.append(epoch, segment)),
    segmentsAfter: (position) => turns.run('patient', () => readSegments(client, position)),
    through: () => turns.run('patient', () => readThrough(client)),
    writeRows: (rows, through) => turns.run('patient', async () => records.write(rows, through)),
    rowsAfter: (map, key) => turns.run('patient', async () => readRows(await database.prisma(), map, key)),
    trim: (epoch, through) => turns.run('patient', () => trimSegments(client, epoch, through)),
    snapshotProgress: () => turns.run('patient', () => readSnapshotProgress(client)),
    headsAfter: (partition) => turns.run('patient', () => readHeads(client, partition)),
    recordsOf: (partition) => turns.run('patient', () => readRecords(client, partition)),
    writeSnapshots: (epoch, written, progress) =>
      turns.run('patient', async () => snapshots.write(epoch, written, progress)),
    close: () =>
      turns.run('patient', () => {
        connection.database.close();
        return database.close();
      }),
  };
}
