import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import { assertNever, err, ok, type Result } from '@topgun/core/primitives';
import type { AppendOutcome } from '../../ports/ledger.js';
import type { DatabaseError } from '../../prisma/database-error.js';
import type { HeldUp, StoreCalls } from '../store-calls.js';
import { Doorbell } from './doorbell.js';
import { LaidAppends, unanswered } from './laid-appends.js';
import { SegmentArea } from './segment-area.js';
import { LAID, type StoreAnswer, type StoreRequest, type StoreThreadData } from './sqlite-store-messages.js';

/** One running thread and the calls it has not answered. */
export interface StoreThread {
  ask(call: keyof StoreCalls, args: readonly unknown[], transfer?: readonly ArrayBuffer[]): Promise<unknown>;
  /** Never rejects. The caller keeps its bytes: what crosses is a copy. */
  append(epoch: number, segment: Uint8Array): Promise<AppendOutcome | HeldUp>;
  readonly ended: Promise<void>;
  readonly isAlive: boolean;
}

export class ThreadLost extends Error {
  override readonly name = 'ThreadLost';
}

/** Without this process's own flags: under a test runner they would lead the thread to sources it cannot load. */
export const startLedgerWorker = (file: URL, data: StoreThreadData): Worker =>
  new Worker(file, { workerData: data, name: 'topgun-ledger', execArgv: [] });

/** Starts the thread and waits until it has opened the file. */
export async function startStoreThread(
  url: string,
  startWorker: typeof startLedgerWorker,
  appendTimeoutMs: number,
): Promise<Result<StoreThread, DatabaseError>> {
  const file = workerFile();
  if (!existsSync(fileURLToPath(file))) {
    return err({
      code: 'failed',
      message: `The ledger's thread is not built: ${fileURLToPath(file)} is missing; run npm run build.`,
    });
  }
  const area = new SegmentArea();
  const bell = new Doorbell();
  const worker = startWorker(file, { url, area: area.memory, bell: bell.memory });
  return new Promise((resolve) => {
    const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
    let lastId = 0;
    let isAlive = true;
    let failure = 'the ledger thread has ended';

    const post = (request: StoreRequest, transfer: readonly ArrayBuffer[] = []): void => {
      worker.postMessage(request, transfer);
      bell.ring();
    };
    const laid = new LaidAppends(area, appendTimeoutMs, () => {
      // Where it is not asleep it may be long until it looks: a message has its turn.
      if (!bell.ring()) post(LAID);
    });

    const ended = new Promise<void>((end) => {
      worker.once('exit', () => {
        isAlive = false;
        for (const call of waiting.values()) call.reject(new ThreadLost(failure));
        waiting.clear();
        laid.end(failure);
        resolve(err({ code: 'failed', message: `The database could not be opened: ${failure}.` }));
        end();
      });
    });
    worker.on('error', (error) => {
      failure = `the ledger thread has failed: ${reasonOf(error)}`;
    });
    worker.on('message', (answer: StoreAnswer) => {
      if (typeof answer === 'number') return laid.answer({ type: 'committed', position: answer });
      switch (answer.type) {
        case 'appended':
          return laid.answer(answer.outcome);
        case 'opened':
          return resolve(answer.result.ok ? ok(thread) : answer.result);
        case 'returned':
          waiting.get(answer.id)?.resolve(answer.value);
          break;
        case 'threw':
          waiting.get(answer.id)?.reject(Object.assign(new Error(answer.reason), { code: answer.code }));
          break;
        default:
          assertNever(answer);
      }
      waiting.delete(answer.id);
    });

    const thread: StoreThread = {
      get isAlive() {
        return isAlive;
      },
      ended,
      ask(call, args, transfer = []) {
        if (!isAlive) return Promise.reject(new ThreadLost(failure));
        return new Promise((done, fail) => {
          const id = ++lastId;
          waiting.set(id, { resolve: done, reject: fail });
          post({ id, call, args } as StoreRequest, transfer);
        });
      },
      append(epoch, segment) {
        return laid.append(epoch, segment) ?? appendInMessage(thread, epoch, segment, appendTimeoutMs);
      },
    };
  });
}

/** A segment that is too long for the area, or comes while another one lies there. */
function appendInMessage(
  thread: StoreThread,
  epoch: number,
  segment: Uint8Array,
  timeoutMs: number,
): Promise<AppendOutcome | HeldUp> {
  const bytes = segment.slice();
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(unanswered(timeoutMs)), timeoutMs);
    thread
      .ask('append', [epoch, bytes], [bytes.buffer])
      .then(
        (outcome) => resolve(outcome as AppendOutcome | HeldUp),
        (error: unknown) => resolve({ type: 'unknown', reason: reasonOf(error) }),
      )
      .finally(() => clearTimeout(timer));
  });
}

/** Threads run what is built, also when this file itself runs from its source in a test. */
function workerFile(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../../../dist/drivers/sqlite/sqlite-store-worker.js', import.meta.url)
    : new URL('./sqlite-store-worker.js', import.meta.url);
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
