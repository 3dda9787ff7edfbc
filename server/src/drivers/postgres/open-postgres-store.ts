import { err, ok, type Result } from '@topgun/core/primitives';
import type pg from 'pg';

import type { Timers } from '../../ports/environment.js';
import type { DatabaseError } from '../../prisma/database-error.js';
import { openPostgres } from '../../prisma/postgresql/open-postgres.js';
import { STATEMENT_TIMEOUT_MS } from '../../prisma/postgresql/postgres-client.js';
import { toPostgresError } from '../../prisma/postgresql/postgres-error.js';
import { createDurableStore, type DurableStore } from '../durable-store.js';
import { createPatientCalls } from '../patient-calls.js';
import type { StoreCalls } from '../store-calls.js';
import type { StorageTrouble } from '../storage-trouble.js';
import { createPostgresAppend } from './postgres-append.js';
import { claimLedger, readSegments, renewClaim } from './postgres-ledger-statements.js';
import { createPostgresLink } from './postgres-link.js';
import { beginUse } from './postgres-use.js';
import { readRows, readThrough, writeRows } from './postgres-rows.js';
import {
  readHeads,
  readRecords,
  readSnapshotProgress,
  trimSegments,
  writeSnapshots,
} from './postgres-snapshot-statements.js';
import { tablesIn } from './postgres-tables.js';
import { postgresTroubleOf } from './postgres-trouble.js';

export interface PostgresStoreOptions {
  /** An append that has not answered by then has an unknown outcome. */
  readonly appendTimeoutMs?: number;
  /** For what waits until the storage takes it (PI-23). Without them it fails instead; a connection that is lost comes back in any case. */
  readonly timers?: Timers;
  /** The storage takes nothing for a reason, or does again: `null`. */
  readonly onTrouble?: (trouble: StorageTrouble | null, reason: string) => void;
}

/**
 * Ledger and cold store in one PostgreSQL database. The ledger has a connection of its own, which comes back by itself: what
 * is asked of the ledger meanwhile waits. What is asked of the cold store fails, and is tried again by who asks.
 */
export async function openPostgresStore(
  url: string,
  options: PostgresStoreOptions = {},
): Promise<Result<DurableStore, DatabaseError>> {
  const opened = await openPostgres(url);
  if (!opened.ok) return opened;
  const database = opened.value;
  const { place, pool, prisma } = database;
  const connect = async (): Promise<pg.Client> => beginUse(await database.connect(), place);
  let first: pg.Client;
  try {
    first = await connect();
  } catch (error) {
    await database.close();
    return err(toPostgresError(error, place));
  }
  const link = createPostgresLink({
    first,
    connect,
    onTrouble: (reason) => options.onTrouble?.(reason === null ? null : 'out-of-reach', reason ?? ''),
  });
  const tables = tablesIn(place.schema);
  const append = createPostgresAppend({
    link,
    tables,
    timeoutMs: options.appendTimeoutMs ?? STATEMENT_TIMEOUT_MS + 5_000,
  });
  const calls: StoreCalls = {
    claim: () => link.run((client) => claimLedger(client, tables)),
    renew: (epoch) => link.run((client) => renewClaim(client, tables, epoch)),
    append,
    segmentsAfter: (position) => link.run((client) => readSegments(client, tables, position)),
    through: () => readThrough(prisma),
    writeRows: (rows, through) => writeRows(pool, tables, rows, through),
    trim: (epoch, through) => trimSegments(pool, tables, epoch, through),
    snapshotProgress: () => readSnapshotProgress(pool, tables),
    headsAfter: (partition) => readHeads(pool, tables, partition),
    recordsOf: (partition) => readRecords(pool, tables, partition),
    writeSnapshots: (epoch, snapshots, progress) => writeSnapshots(pool, tables, epoch, snapshots, progress),
    rowsAfter: (map, key) => readRows(prisma, map, key),
    async close() {
      await link.close();
      await database.close();
    },
  };
  const linkTrouble = (): StorageTrouble | null => (link.trouble === null ? null : 'out-of-reach');
  const { timers, onTrouble } = options;
  if (timers === undefined) return ok(createDurableStore(calls, linkTrouble));
  const patient = createPatientCalls({
    calls,
    troubleOf: postgresTroubleOf,
    timers,
    ...(onTrouble === undefined ? {} : { onTrouble }),
  });
  return ok(createDurableStore(patient.calls, () => linkTrouble() ?? patient.trouble));
}
