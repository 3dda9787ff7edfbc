import type { Timers } from '../ports/environment.js';
import type { AppendOutcome } from '../ports/ledger.js';
import { StorageTroubleError, type StorageTrouble } from './storage-trouble.js';
import type { HeldUp, StoreCalls } from './store-calls.js';

export interface PatientCallsOptions {
  readonly calls: StoreCalls;
  /** What an error that a call rejects with says of the storage; `null`: nothing that passes. */
  readonly troubleOf: (error: unknown) => StorageTrouble | null;
  readonly timers: Timers;
  /** When it begins, when it becomes another, and `null` when it is over. */
  readonly onTrouble?: (trouble: StorageTrouble | null, reason: string) => void;
  /** Between two tries, twice as long each time. */
  readonly retry?: { readonly initialDelayMs: number; readonly maxDelayMs: number };
}

export interface PatientCalls {
  readonly calls: StoreCalls;
  /** Why something waits now; `null` when nothing does. */
  readonly trouble: StorageTrouble | null;
}

/**
 * PI-23: appends and renewals wait as long as storage has no room or takes no writes, and go on by themselves. A claim does not: whoever
 * starts a server is told. Nor do reads, which need no room, nor what is written behind, which has retries of its own.
 */
export function createPatientCalls({ calls, troubleOf, timers, onTrouble, retry }: PatientCallsOptions): PatientCalls {
  const { initialDelayMs, maxDelayMs } = retry ?? { initialDelayMs: 100, maxDelayMs: 2_000 };
  const pauses = new Set<() => void>();
  let trouble: StorageTrouble | null = null;
  let closed = false;

  const note = (found: StorageTrouble | null, reason: string): void => {
    if (found === trouble) return;
    trouble = found;
    onTrouble?.(found, reason);
  };

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        cancel();
        pauses.delete(end);
        resolve();
      };
      const cancel = timers.after(ms, end);
      pauses.add(end);
    });

  /** What came of it in the end; `null`: closed before. */
  const untilOver = async <T extends object>(attempt: () => Promise<T | HeldUp>): Promise<T | null> => {
    for (let tried = 0; ; tried += 1) {
      const outcome = await attempt();
      if (!isHeldUp(outcome)) return outcome;
      note(outcome.trouble, outcome.reason);
      if (!closed) await pause(Math.min(initialDelayMs * 2 ** tried, maxDelayMs));
      if (closed) return null;
    }
  };

  const renewed = async (epoch: number): Promise<{ readonly epoch: number | null } | HeldUp> => {
    try {
      return { epoch: await calls.renew(epoch) };
    } catch (error) {
      const found = troubleOf(error);
      if (found === null) throw error;
      return { type: 'held-up', trouble: found, reason: reasonOf(error) };
    }
  };

  return {
    get trouble() {
      return trouble;
    },
    calls: {
      ...calls,
      async claim() {
        try {
          return await calls.claim();
        } catch (error) {
          const found = troubleOf(error);
          throw found === null ? error : new StorageTroubleError(found, reasonOf(error), error);
        }
      },
      async append(epoch, segment) {
        const outcome = await untilOver<AppendOutcome>(() => calls.append(epoch, segment));
        if (outcome === null) return { type: 'failed', reason: CLOSED };
        // Of an unknown one nobody knows yet whether the trouble is over.
        if (outcome.type !== 'unknown') note(null, '');
        return outcome;
      },
      async renew(epoch) {
        const outcome = await untilOver(() => renewed(epoch));
        if (outcome === null) throw new Error(CLOSED);
        note(null, '');
        return outcome.epoch;
      },
      async close() {
        closed = true;
        for (const end of [...pauses]) end();
        await calls.close();
      },
    },
  };
}

const CLOSED = 'the store is closed';

const isHeldUp = (outcome: object): outcome is HeldUp => 'type' in outcome && outcome.type === 'held-up';

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
