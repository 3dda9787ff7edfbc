import type { Clock, Timers } from '../../ports/environment.js';

/** Work that falls due. */
export interface Sweep {
  /** When the next of it is due, in ms since 1970; `null`: there is none. */
  next(): number | null;
  /** Does a bounded part of what is due at `now`. False: it could not be written, and is due still. */
  run(now: number): Promise<boolean>;
}

/** The machine's clock may be set: it is looked at so often while anything is to come. */
const MAX_WAIT_MS = 60_000;
const RETRY_MS = 1_000;

export interface Sweeper {
  /** Something has become due, or is to be earlier than what was. Costs nothing when it is not. */
  wake(): void;
  /** Nothing more is begun. Resolves when what has been begun is done. */
  stop(): Promise<void>;
}

/** Runs sweeps when they are due, one at a time and part by part, so that clients' ops go in between. */
export function createSweeper(options: {
  readonly sweeps: readonly Sweep[];
  readonly clock: Clock;
  readonly timers: Timers;
}): Sweeper {
  const { sweeps, clock, timers } = options;
  let stopped = false;
  let running: Promise<void> | null = null;
  let wakesAt: number | null = null;
  let cancel: (() => void) | null = null;

  const nextOf = (): number | null => {
    let next: number | null = null;
    for (const sweep of sweeps) {
      const at = sweep.next();
      if (at !== null && (next === null || at < next)) next = at;
    }
    return next;
  };

  const arm = (notBefore: number): void => {
    cancel?.();
    cancel = null;
    wakesAt = nextOf();
    if (stopped || wakesAt === null) return;
    const wait = Math.min(Math.max(wakesAt, notBefore) - clock.now(), MAX_WAIT_MS);
    cancel = timers.after(Math.max(wait, 0), () => {
      cancel = null;
      running = sweepAll().then((notBefore) => {
        // In one step: what becomes due in between would wake nobody.
        running = null;
        arm(notBefore);
      });
    });
  };

  /** When to look again, at the earliest. */
  const sweepAll = async (): Promise<number> => {
    for (const sweep of sweeps) {
      while (!stopped) {
        const at = sweep.next();
        const now = clock.now();
        if (at === null || at > now) break;
        if (!(await sweep.run(now))) return now + RETRY_MS;
      }
    }
    return 0;
  };

  return {
    wake() {
      if (stopped || running !== null) return;
      const next = nextOf();
      if (next !== null && (cancel === null || wakesAt === null || next < wakesAt)) arm(0);
    },
    async stop() {
      stopped = true;
      cancel?.();
      cancel = null;
      await running;
    },
  };
}
