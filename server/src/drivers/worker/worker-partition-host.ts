import { assertNever } from '@topgun/core/primitives';
import type { AuditLog } from '../../ports/audit-log.js';
import type { Clock, Logger, Timers } from '../../ports/environment.js';
import type { ThreadFigures } from '../../ports/host-gauges.js';
import type { HostEvent, HostStarted, PartitionHost } from '../../ports/partition-host.js';
import type { StorageTrouble } from '../storage-trouble.js';
import { BytesUnderWay } from './bytes-under-way.js';
import { unpackEvents } from './crossing.js';
import type { FromHost, HostStartFault } from './host-messages.js';
import { HostThread, type Thread } from './host-thread.js';
import { restartDelay } from './restart-delay.js';

export interface WorkerHostOptions {
  /** Starts a thread that serves a host (`serveHost`). Called again after each death. */
  readonly startThread: () => Thread;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
  readonly audit: AuditLog;
}

/** A host in a thread of its own, and what is known of it here. */
export interface WorkerPartitionHost extends PartitionHost {
  /** Why its storage takes no writes; `null`: it does. */
  readonly trouble: StorageTrouble | null;
  /** It has died, and begins again. */
  readonly isDown: boolean;
  /** Commands that its thread has not taken yet. */
  readonly queued: number;
  /** What its thread has measured; nothing when it does not answer in time, busy or dead. */
  measure(): Promise<ThreadFigures>;
}

/** Of a thread that could not begin. The message is for whoever starts the server. */
export class HostStartError extends Error {
  override readonly name = 'HostStartError';
  readonly code: HostStartFault['code'];

  constructor({ code, message }: HostStartFault) {
    super(message);
    this.code = code;
  }
}

/**
 * PI-6, PI-35: the side of the gateway. What is sent while the host is down goes nowhere: by `host-down` whoever sends has been told that the host knows no
 * session any more. Holds no record, and no command beyond the end of the turn.
 */
export function createWorkerPartitionHost(options: WorkerHostOptions): WorkerPartitionHost {
  const { audit, clock, log, timers } = options;
  const listeners = new Set<(event: HostEvent) => void>();
  const underWay = new BytesUnderWay();
  const deaths: number[] = [];
  let thread: HostThread | null = null;
  let trouble: StorageTrouble | null = null;
  let measuring: ((figures: ThreadFigures) => void)[] = [];
  /** It was up once, and is to be so again. */
  let isDown = false;
  let isEnding = false;

  const emit = (event: HostEvent): void => {
    for (const listener of listeners) listener(event);
  };

  const receive = (message: Exclude<FromHost, { type: 'started' | 'start-failed' | 'drained' | 'stopped' }>): void => {
    switch (message.type) {
      case 'events':
        underWay.taken(message.taken);
        for (const event of unpackEvents(message.events)) emit(event);
        return;
      case 'log':
        log[message.level](message.message, message.detail);
        return;
      case 'audit':
        audit.note(message.entry);
        return;
      case 'measured':
        for (const answer of measuring.splice(0)) answer(message.figures);
        return;
      case 'trouble':
        ({ trouble } = message);
        return;
      default:
        assertNever(message);
    }
  };

  /** Rejects with a `HostStartError`. */
  const begin = async (): Promise<HostStarted> => {
    const begun = new HostThread(options.startThread(), receive);
    const outcome = await begun.started;
    if (!outcome.ok) throw new HostStartError(outcome.error);
    if (isEnding) await begun.stop();
    thread = begun;
    void begun.ended.then((reason) => died(begun, reason));
    return outcome.value;
  };

  const died = (dead: HostThread, reason: string): void => {
    if (thread !== dead) return;
    thread = null;
    trouble = null;
    underWay.clear();
    if (isEnding) return;
    isDown = true;
    log.error('the thread of the data has ended; it begins again', { reason });
    emit({ type: 'host-down', reason });
    deaths.push(clock.now());
    startAgain(reason);
  };

  const startAgain = (reason: string): void => {
    const delay = restartDelay(deaths);
    if (delay === null) {
      emit({ type: 'host-lost', message: givenUp(deaths.length, reason) });
      return;
    }
    timers.after(delay, () => {
      if (!isEnding) begin().then(restarted, failedAgain);
    });
  };

  const restarted = ({ lineage, position }: HostStarted): void => {
    isDown = false;
    log.warn('the thread of the data is back', { lineage, position });
    emit({ type: 'host-up', lineage, position });
  };

  const failedAgain = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error);
    log.error('the thread of the data cannot begin again', { reason });
    if (error instanceof HostStartError && error.code === 'ledger-damaged') {
      emit({ type: 'ledger-damaged', message: reason });
      return;
    }
    deaths.push(clock.now());
    startAgain(reason);
  };

  /** A thread that is caught in the app's own code answers nothing any more. What it has not acked stays with the clients. */
  const within = async (ms: number, work: Promise<void>, giveUp: () => void): Promise<void> => {
    const cancel = timers.after(ms, () => {
      log.warn('the thread of the data does not answer; it is ended', { ms });
      giveUp();
    });
    await work;
    cancel();
  };

  return {
    start: begin,
    send(command) {
      if (thread === null) return;
      if (underWay.hasRoomFor(command)) {
        underWay.add(command);
        thread.send(command);
      } else emit({ type: 'session-error', session: command.session, ...TOO_MUCH_UNDER_WAY });
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async drain() {
      isEnding = true;
      const draining = thread;
      if (draining !== null) await within(DRAIN_MS, draining.drain(), () => draining.terminate());
    },
    async stop() {
      isEnding = true;
      const stopping = thread;
      if (stopping !== null) await within(STOP_MS, stopping.stop(), () => stopping.terminate());
      thread = null;
    },
    measure() {
      if (thread === null) return Promise.resolve([]);
      if (measuring.length === 0) thread.measure();
      return new Promise((resolve) => {
        const cancel = timers.after(MEASURE_MS, () => answer([]));
        const answer = (figures: ThreadFigures): void => {
          cancel();
          measuring = measuring.filter((waiting) => waiting !== answer);
          resolve(figures);
        };
        measuring.push(answer);
      });
    },
    get trouble() {
      return trouble;
    },
    get isDown() {
      return isDown;
    },
    get queued() {
      return underWay.commands;
    },
  };
}

/** Twice what the host itself takes for a ledger that does not answer, and for snapshots (PI-10). */
const DRAIN_MS = 40_000;
const STOP_MS = 20_000;

/** Whoever asks for figures waits as long for a thread that is busy. */
const MEASURE_MS = 2_000;

const TOO_MUCH_UNDER_WAY = {
  code: 'overloaded',
  reason: 'More ops are waiting than the server can write.',
  fatal: true,
} as const;

const givenUp = (deaths: number, reason: string): string =>
  `The thread of the data has ended ${deaths} times (${reason}); this server stops. What was acknowledged is safe in the database.`;
