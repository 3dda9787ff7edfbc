import { accessSync, constants } from 'node:fs';
import type { Worker } from 'node:worker_threads';

import { ok, type Result } from '@topgun/core/primitives';
import type { Timers } from '../../ports/environment.js';
import type { AppendOutcome } from '../../ports/ledger.js';
import type { DatabaseError } from '../../prisma/database-error.js';
import { parseDatabaseUrl } from '../../prisma/database-url.js';
import type { StoreCalls } from '../store-calls.js';
import type { StorageTrouble } from '../storage-trouble.js';
import type { StoreThreadData } from './sqlite-store-messages.js';
import { createDurableStore, type DurableStore } from '../durable-store.js';
import { createPatientCalls } from '../patient-calls.js';
import { startLedgerWorker, startStoreThread, ThreadLost, type StoreThread } from './store-thread.js';
import { sqliteTroubleOf } from './sqlite-trouble.js';

export interface SqliteWorkerOptions {
  /** An append that has not answered by then has an unknown outcome. Longer than SQLite waits for a lock. */
  readonly appendTimeoutMs?: number;
  /** Starts the thread. A test that passes its own can end it at will. */
  readonly startWorker?: (file: URL, data: StoreThreadData) => Worker;
  /** For what waits until the storage takes it (PI-23). Without them it fails instead. */
  readonly timers?: Timers;
  /** The storage takes nothing for a reason, or does again: `null`. */
  readonly onTrouble?: (trouble: StorageTrouble | null, reason: string) => void;
}

/** The store in a worker thread of its own, which alone blocks while the disk syncs. */
export async function openSqliteStoreInWorker(
  url: string,
  options: SqliteWorkerOptions = {},
): Promise<Result<DurableStore, DatabaseError>> {
  const start = (): Promise<Result<StoreThread, DatabaseError>> =>
    startStoreThread(url, options.startWorker ?? startLedgerWorker, options.appendTimeoutMs ?? 30_000);
  const first = await start();
  if (!first.ok) return first;
  const calls = callsThrough(start, first.value);
  const { timers, onTrouble } = options;
  if (timers === undefined) return ok(createDurableStore(calls));
  const patient = createPatientCalls({
    calls,
    troubleOf: (error) => sqliteTroubleOf(error, () => isWritable(url)),
    timers,
    ...(onTrouble === undefined ? {} : { onTrouble }),
  });
  return ok(createDurableStore(patient.calls, () => patient.trouble));
}

function isWritable(url: string): boolean {
  const path = parseDatabaseUrl(url, process.cwd());
  if (!path.ok) return false;
  try {
    accessSync(path.value, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Each call on the thread there is. When one was lost, the next call starts another: it has nothing to remember. */
function callsThrough(start: () => Promise<Result<StoreThread, DatabaseError>>, first: StoreThread): StoreCalls {
  let thread: Promise<StoreThread> = Promise.resolve(first);
  /** The one that answered last, until it is found lost: an append need not wait to hear that it is there. */
  let known = first;
  let closed = false;

  const current = async (): Promise<StoreThread> => {
    const asked = thread;
    const reached = await asked.catch(() => null);
    if (reached?.isAlive === true) return (known = reached);
    if (closed) throw new ThreadLost('the store is closed');
    // Of several calls that find it lost, the first starts the next.
    if (thread === asked) {
      thread = start().then((started) => {
        if (!started.ok) throw new ThreadLost(started.error.message);
        return started.value;
      });
    }
    return thread;
  };
  const ask = async <Call extends keyof StoreCalls>(
    call: Call,
    ...args: Parameters<StoreCalls[Call]>
  ): Promise<Awaited<ReturnType<StoreCalls[Call]>>> =>
    (await (await current()).ask(call, args)) as Awaited<ReturnType<StoreCalls[Call]>>;

  return {
    claim: () => ask('claim'),
    renew: (epoch) => ask('renew', epoch),
    append(epoch, segment) {
      if (known.isAlive) return known.append(epoch, segment);
      return current().then(
        (reached) => reached.append(epoch, segment),
        (error: unknown): AppendOutcome => ({ type: 'failed', reason: reasonOf(error) }),
      );
    },
    segmentsAfter: (position) => ask('segmentsAfter', position),
    through: () => ask('through'),
    writeRows: (rows, through) => ask('writeRows', rows, through),
    rowsAfter: (map, key) => ask('rowsAfter', map, key),
    trim: (epoch, through) => ask('trim', epoch, through),
    snapshotProgress: () => ask('snapshotProgress'),
    headsAfter: (partition) => ask('headsAfter', partition),
    recordsOf: (partition) => ask('recordsOf', partition),
    writeSnapshots: (epoch, snapshots, progress) => ask('writeSnapshots', epoch, snapshots, progress),
    async close() {
      if (closed) return;
      closed = true;
      const known = await thread.catch(() => null);
      if (known?.isAlive !== true) return;
      await known.ask('close', []);
      await known.ended;
    },
  };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
