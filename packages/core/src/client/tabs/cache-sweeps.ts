import type { Environment } from '../ports/environment.js';

/** SY-6: so long after it has caught up a tab looks at what this device keeps: when the app has opened, and shows what it shows. */
export const SWEEP_DELAY_MS = 60_000;
/** And again while it is open. */
export const SWEEP_INTERVAL_MS = 86_400_000;

/** SY-6: looks now and then, while there is a connection, for what has to make way: what goes is to be had again at once. */
export interface CacheSweeps {
  /** Whether this tab leads and has caught up. */
  connected(isLive: boolean): void;
  /** Resolves when none is under way. None begins after this. */
  stop(): Promise<void>;
}

export function createCacheSweeps(options: {
  readonly environment: Pick<Environment, 'clock' | 'timers' | 'log'>;
  readonly sweep: () => Promise<unknown>;
}): CacheSweeps {
  const { environment, sweep } = options;
  let isConnected = false;
  let lastAt: number | null = null;
  let cancel: (() => void) | null = null;
  let running: Promise<void> | null = null;

  function schedule(): void {
    if (!isConnected || cancel !== null || running !== null) return;
    cancel = environment.timers.after(delayMs(), () => {
      cancel = null;
      lastAt = environment.clock.now();
      running = sweep()
        .catch((error: unknown) => environment.log('error', 'giving up what nobody uses failed', error))
        .then(() => {
          running = null;
          schedule();
        });
    });
  }

  function delayMs(): number {
    if (lastAt === null) return SWEEP_DELAY_MS;
    const passed = environment.clock.now() - lastAt;
    // The clock may be set back meanwhile.
    return passed < 0 ? SWEEP_INTERVAL_MS : Math.max(SWEEP_DELAY_MS, SWEEP_INTERVAL_MS - passed);
  }

  return {
    connected(isLive) {
      isConnected = isLive;
      if (isLive) return schedule();
      cancel?.();
      cancel = null;
    },
    async stop() {
      this.connected(false);
      await running;
    },
  };
}
