import { accessSync, constants, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import { err, ok, type Result } from '@topgun/core/primitives';
import type { Timers } from '../../ports/environment.js';
import type { AppendOutcome } from '../../ports/ledger.js';
import type { DatabaseError } from '../../prisma/database-error.js';
import { parseDatabaseUrl } from '../../prisma/database-url.js';
import type { HeldUp, StoreCalls } from '../store-calls.js';
import type { StorageTrouble } from '../storage-trouble.js';
import type { StoreAnswer, StoreRequest, StoreThreadData } from './sqlite-store-messages.js';
import { SegmentArea } from './segment-area.js';
import { createDurableStore, type DurableStore } from '../durable-store.js';
import { createPatientCalls } from '../patient-calls.js';
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
    startThread(url, options.startWorker ?? startLedgerWorker);
  const first = await start();
  if (!first.ok) return first;
  const calls = callsThrough(start, first.value, options.appendTimeoutMs ?? 30_000);
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

/** One running thread and the calls it has not answered. */
interface StoreThread {
  ask(call: StoreRequest['call'], args: readonly unknown[], transfer?: readonly ArrayBuffer[]): Promise<unknown>;
  readonly area: SegmentArea;
  readonly ended: Promise<void>;
  readonly isAlive: boolean;
}

class ThreadLost extends Error {
  override readonly name = 'ThreadLost';
}

/** Each call on the thread there is. When one was lost, the next call starts another: it has nothing to remember. */
function callsThrough(
  start: () => Promise<Result<StoreThread, DatabaseError>>,
  first: StoreThread,
  appendTimeoutMs: number,
): StoreCalls {
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
      if (known.isAlive) return appendOn(known, epoch, segment, appendTimeoutMs);
      return current().then(
        (reached) => appendOn(reached, epoch, segment, appendTimeoutMs),
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

function appendOn(
  thread: StoreThread,
  epoch: number,
  segment: Uint8Array,
  timeoutMs: number,
): Promise<AppendOutcome | HeldUp> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve({ type: 'unknown', reason: `the ledger did not answer within ${timeoutMs} ms` });
    }, timeoutMs);
    const answer = (outcome: AppendOutcome | HeldUp): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    askToAppend(thread, epoch, segment).then(
      (outcome) => answer(outcome as AppendOutcome | HeldUp),
      (error: unknown) => answer({ type: 'unknown', reason: reasonOf(error) }),
    );
  });
}

/** The caller keeps its bytes: what crosses is a copy. */
async function askToAppend(thread: StoreThread, epoch: number, segment: Uint8Array): Promise<unknown> {
  if (thread.area.lay(segment)) {
    return thread.ask('appendLaid', [epoch, segment.length]).finally(() => thread.area.clear());
  }
  const bytes = segment.slice();
  return thread.ask('append', [epoch, bytes], [bytes.buffer]);
}

/** Without this process's own flags: under a test runner they would lead the thread to sources it cannot load. */
export const startLedgerWorker = (file: URL, data: StoreThreadData): Worker =>
  new Worker(file, { workerData: data, name: 'topgun-ledger', execArgv: [] });

async function startThread(
  url: string,
  startWorker: NonNullable<SqliteWorkerOptions['startWorker']>,
): Promise<Result<StoreThread, DatabaseError>> {
  const file = workerFile();
  if (!existsSync(fileURLToPath(file))) {
    return err({
      code: 'failed',
      message: `The ledger's thread is not built: ${fileURLToPath(file)} is missing; run npm run build.`,
    });
  }
  const area = new SegmentArea();
  const worker = startWorker(file, { url, area: area.memory });
  return new Promise((resolve) => {
    const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
    let lastId = 0;
    let isAlive = true;
    let failure = 'the ledger thread has ended';

    const ended = new Promise<void>((end) => {
      worker.once('exit', () => {
        isAlive = false;
        for (const call of waiting.values()) call.reject(new ThreadLost(failure));
        waiting.clear();
        resolve(err({ code: 'failed', message: `The database could not be opened: ${failure}.` }));
        end();
      });
    });
    worker.on('error', (error) => {
      failure = `the ledger thread has failed: ${reasonOf(error)}`;
    });
    worker.on('message', (answer: StoreAnswer) => {
      if (answer.type === 'opened') {
        resolve(answer.result.ok ? ok(thread) : answer.result);
        return;
      }
      const call = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (answer.type === 'returned') call?.resolve(answer.value);
      else call?.reject(Object.assign(new Error(answer.reason), { code: answer.code }));
    });

    const thread: StoreThread = {
      get isAlive() {
        return isAlive;
      },
      ended,
      area,
      ask(call, args, transfer = []) {
        if (!isAlive) return Promise.reject(new ThreadLost(failure));
        return new Promise((done, fail) => {
          const id = ++lastId;
          waiting.set(id, { resolve: done, reject: fail });
          worker.postMessage({ id, call, args }, [...transfer]);
        });
      },
    };
  });
}

/** Threads run what is built, also when this file itself runs from its source in a test. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../../../dist/drivers/sqlite/sqlite-store-worker.js', import.meta.url)
    : new URL('./sqlite-store-worker.js', import.meta.url);
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
