import { assertNever } from '@topgun/core/primitives';
import type { AuditLog } from '../../ports/audit-log.js';
import type { Clock, Logger, Timers } from '../../ports/environment.js';
import type { ThreadFigures } from '../../ports/host-gauges.js';
import type { HostEvent, HostStarted, PartitionHost } from '../../ports/partition-host.js';
import type { StorageTrouble } from '../storage-trouble.js';
import type { HostLife, LifeNews } from './host-life.js';
import type { HostStartFault } from './host-messages.js';
import { restartDelay } from './restart-delay.js';

export interface WorkerHostOptions {
  /** Starts the thread or threads that serve a host. Called again after each death. */
  readonly begin: (receive: (news: LifeNews) => void) => HostLife;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Logger;
  readonly audit: AuditLog;
}

/** A host in a thread of its own, and what is known of it here. */
export interface WorkerPartitionHost extends PartitionHost {
  /** Why its storage takes no writes; `null`: it does. */
  readonly trouble: StorageTrouble | null;
  readonly areRowsBehind: boolean;
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
  const deaths: number[] = [];
  let life: HostLife | null = null;
  let trouble: StorageTrouble | null = null;
  let areRowsBehind = false;
  /** It was up once, and is to be so again. */
  let isDown = false;
  let isEnding = false;

  const emit = (event: HostEvent): void => {
    for (const listener of listeners) listener(event);
  };

  const receive = (news: LifeNews): void => {
    switch (news.type) {
      case 'event':
        emit(news.event);
        return;
      case 'log':
        log[news.level](news.message, news.detail);
        return;
      case 'audit':
        audit.note(news.entry);
        return;
      case 'trouble':
        ({ trouble } = news);
        return;
      case 'rows-behind':
        areRowsBehind = news.areBehind;
        return;
      default:
        assertNever(news);
    }
  };

  /** Rejects with a `HostStartError`. */
  const begin = async (): Promise<HostStarted> => {
    const begun = options.begin(receive);
    const outcome = await begun.started;
    if (!outcome.ok) throw new HostStartError(outcome.error);
    if (isEnding) await begun.stop();
    life = begun;
    void begun.ended.then((reason) => died(begun, reason));
    return outcome.value;
  };

  const died = (dead: HostLife, reason: string): void => {
    if (life !== dead) return;
    life = null;
    trouble = null;
    areRowsBehind = false;
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
      life?.send(command);
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async drain() {
      isEnding = true;
      const draining = life;
      if (draining !== null) await within(DRAIN_MS, draining.drain(), () => draining.terminate());
    },
    async stop() {
      isEnding = true;
      const stopping = life;
      if (stopping !== null) await within(STOP_MS, stopping.stop(), () => stopping.terminate());
      life = null;
    },
    measure() {
      if (life === null) return Promise.resolve([]);
      const measured = life.measure();
      return new Promise((resolve) => {
        const cancel = timers.after(MEASURE_MS, () => resolve([]));
        void measured.then((figures) => {
          cancel();
          resolve(figures);
        });
      });
    },
    get trouble() {
      return trouble;
    },
    get areRowsBehind() {
      return areRowsBehind;
    },
    get isDown() {
      return isDown;
    },
    get queued() {
      return life?.queued ?? 0;
    },
  };
}

/** Twice what the host itself takes for a ledger that does not answer, and for snapshots (PI-10). */
const DRAIN_MS = 40_000;
const STOP_MS = 20_000;

/** Whoever asks for figures waits as long for a thread that is busy. */
const MEASURE_MS = 2_000;

const givenUp = (deaths: number, reason: string): string =>
  `The thread of the data has ended ${deaths} times (${reason}); this server stops. What was acknowledged is safe in the database.`;
