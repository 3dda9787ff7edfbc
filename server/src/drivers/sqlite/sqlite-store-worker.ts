// The thread that owns the SQLite file: its driver blocks for every sync of the disk, which here blocks nobody.
import { parentPort, workerData } from 'node:worker_threads';

import { assertNever, ok } from '@topgun/core/primitives';
import { openDatabase } from '../../prisma/open-database.js';
import type { LedgerSegment } from '../../ports/ledger.js';
import type { StoredRecords } from '../../ports/snapshot-store.js';
import { sqliteErrorCode } from '../../prisma/sqlite-error-code.js';
import type { StoreCalls } from '../store-calls.js';
import { callsOn } from './sqlite-store-in-thread.js';
import type { StoreAnswer, StoreRequest, StoreThreadData } from './sqlite-store-messages.js';

const port = parentPort;
if (port === null) throw new Error('this file is started as a worker thread');
const send = (answer: StoreAnswer, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(answer, [...transfer]);

const { url, area } = workerData as StoreThreadData;
const opened = await openDatabase(url);
if (opened.ok) {
  const calls = callsOn(opened.value);
  port.on('message', (request: StoreRequest) => void answer(calls, request));
  send({ type: 'opened', result: ok(null) });
} else {
  send({ type: 'opened', result: opened });
}

async function answer(calls: StoreCalls, request: StoreRequest): Promise<void> {
  const { id } = request;
  try {
    const value = await perform(calls, request);
    send({ type: 'returned', id, value }, buffersOf(request.call, value));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    send({ type: 'threw', id, reason, code: sqliteErrorCode(error) });
  }
  // With its port closed the thread has nothing left to wait for, and ends.
  if (request.call === 'close') port?.close();
}

function perform(calls: StoreCalls, request: StoreRequest): Promise<unknown> {
  switch (request.call) {
    case 'claim':
      return calls.claim();
    case 'renew':
      return calls.renew(...request.args);
    case 'append':
      return calls.append(...request.args);
    case 'appendLaid':
      return calls.append(request.args[0], new Uint8Array(area, 0, request.args[1]));
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
function buffersOf(call: StoreRequest['call'], value: unknown): readonly ArrayBuffer[] {
  switch (call) {
    case 'segmentsAfter':
      return (value as readonly LedgerSegment[]).map(({ bytes }) => bytes.buffer as ArrayBuffer);
    case 'recordsOf':
      return value === null ? [] : [(value as StoredRecords).bytes.buffer as ArrayBuffer];
    default:
      return [];
  }
}
