// The thread that owns the SQLite file: its driver blocks for every sync of the disk, which here blocks nobody.
import { parentPort, workerData } from 'node:worker_threads';

import { assertNever, ok } from '@topgun/core/primitives';
import { openDatabase } from '../../prisma/open-database.js';
import type { AppendOutcome, LedgerSegment } from '../../ports/ledger.js';
import type { StoredRecords } from '../../ports/snapshot-store.js';
import { sqliteErrorCode } from '../../prisma/sqlite-error-code.js';
import type { HeldUp, StoreCalls } from '../store-calls.js';
import { Doorbell } from './doorbell.js';
import { SegmentArea, type LaidSegment } from './segment-area.js';
import { ThreadRest } from './thread-rest.js';
import { callsOn, type SqliteCalls } from './sqlite-store-in-thread.js';
import {
  LAID,
  type StoreAnswer,
  type StoreCall,
  type StoreRequest,
  type StoreThreadData,
} from './sqlite-store-messages.js';

const port = parentPort;
if (port === null) throw new Error('this file is started as a worker thread');
const send = (answer: StoreAnswer, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(answer, [...transfer]);

const data = workerData as StoreThreadData;
const area = new SegmentArea(data.area);
const bell = new Doorbell(data.bell);
const opened = await openDatabase(data.url);
if (opened.ok) {
  const calls = callsOn(opened.value);
  const serve = serving(calls);
  port.on('message', (request: StoreRequest) => void serve(request));
  send({ type: 'opened', result: ok(null) });
} else {
  send({ type: 'opened', result: opened });
}

/**
 * Answers requests, and sleeps on the bell while there is none: what is laid meanwhile is appended as soon as the thread is awake, messages are
 * heard by the event loop.
 */
function serving(calls: SqliteCalls): (request: StoreRequest) => Promise<void> {
  const rest = new ThreadRest({
    sleep: () => bell.sleep(),
    work() {
      const laid = take();
      if (laid !== null) sendAppended(calls.appendNow(laid.epoch, laid.segment));
      return laid !== null;
    },
    soon: (run) => void setImmediate(run),
  });
  return async (request) => {
    bell.answer();
    rest.begin();
    if (request === LAID) await appendLaid(calls);
    else await answer(calls, request);
    // With its port closed the thread has nothing left to wait for, and ends: the call does not, so that it never sleeps again.
    if (request !== LAID && request.call === 'close') port?.close();
    else rest.end();
  };
}

function take(): LaidSegment | null {
  const laid = area.take();
  if (laid !== null) bell.answer();
  return laid;
}

/** In its turn among the calls that are under way; nothing where it was found before its message. */
async function appendLaid(calls: StoreCalls): Promise<void> {
  const laid = take();
  if (laid !== null) sendAppended(await calls.append(laid.epoch, laid.segment));
}

const sendAppended = (outcome: AppendOutcome | HeldUp): void =>
  send(outcome.type === 'committed' ? outcome.position : { type: 'appended', outcome });

async function answer(calls: StoreCalls, request: StoreCall): Promise<void> {
  const { id } = request;
  try {
    const value = await perform(calls, request);
    send({ type: 'returned', id, value }, buffersOf(request.call, value));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    send({ type: 'threw', id, reason, code: sqliteErrorCode(error) });
  }
}

function perform(calls: StoreCalls, request: StoreCall): Promise<unknown> {
  switch (request.call) {
    case 'claim':
      return calls.claim();
    case 'renew':
      return calls.renew(...request.args);
    case 'append':
      return calls.append(...request.args);
    case 'segmentsAfter':
      return calls.segmentsAfter(...request.args);
    case 'through':
      return calls.through();
    case 'writeRows':
      return calls.writeRows(...request.args);
    case 'rowsAfter':
      return calls.rowsAfter(...request.args);
    case 'trim':
      return calls.trim(...request.args);
    case 'snapshotProgress':
      return calls.snapshotProgress();
    case 'headsAfter':
      return calls.headsAfter(...request.args);
    case 'recordsOf':
      return calls.recordsOf(...request.args);
    case 'writeSnapshots':
      return calls.writeSnapshots(...request.args);
    case 'close':
      return calls.close();
    default:
      return assertNever(request);
  }
}

/** Of answers that are bytes: they cross without a copy. */
function buffersOf(call: StoreCall['call'], value: unknown): readonly ArrayBuffer[] {
  switch (call) {
    case 'segmentsAfter':
      return (value as readonly LedgerSegment[]).map(({ bytes }) => bytes.buffer as ArrayBuffer);
    case 'recordsOf':
      return value === null ? [] : [(value as StoredRecords).bytes.buffer as ArrayBuffer];
    default:
      return [];
  }
}
