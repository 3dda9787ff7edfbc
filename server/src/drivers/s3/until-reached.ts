import type { Timers } from '../../ports/environment.js';
import { isUnreachable } from './object-store.js';

export interface ReachOptions {
  readonly timers: Timers;
  /** The store is out of reach for this reason, or no longer: `null`. */
  readonly onTrouble: (reason: string | null) => void;
  readonly initialDelayMs?: number;
  readonly maxDelayMs?: number;
}

export interface Reach {
  /** Runs it until it is not out of reach any more, later and later. Rejects with anything else, and when stopped. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Why the store is out of reach; `null`: it is not, as far as is known. */
  readonly trouble: string | null;
  stop(): void;
}

/** What is safe to be done twice is done until it is done. */
export function untilReached({ timers, onTrouble, initialDelayMs = 100, maxDelayMs = 2_000 }: ReachOptions): Reach {
  let trouble: string | null = null;
  let stopped = false;
  const waiting = new Set<() => void>();

  const isIn = (reason: string | null): void => {
    const before = trouble;
    trouble = reason;
    if ((before === null) !== (reason === null)) onTrouble(reason);
  };

  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (stopped) return resolve();
      const go = (): void => {
        cancel();
        waiting.delete(go);
        resolve();
      };
      const cancel = timers.after(ms, go);
      waiting.add(go);
    });

  return {
    get trouble() {
      return trouble;
    },
    async run(work) {
      for (let tried = 0; ; tried += 1) {
        if (stopped) throw new Error('the store is closed');
        try {
          const done = await work();
          isIn(null);
          return done;
        } catch (error) {
          if (!isUnreachable(error)) throw error;
          isIn(error instanceof Error ? error.message : String(error));
        }
        await wait(Math.min(initialDelayMs * 2 ** tried, maxDelayMs));
      }
    },
    stop() {
      stopped = true;
      for (const go of [...waiting]) go();
    },
  };
}
