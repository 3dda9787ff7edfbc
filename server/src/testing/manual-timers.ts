import type { Timers } from '../ports/environment.js';

/** Timers that run when a test says so. */
export interface ManualTimers extends Timers {
  /** Runs every timer that is set now. */
  runAll(): void;
  readonly pending: number;
}

export function createManualTimers(): ManualTimers {
  const waiting = new Set<() => void>();
  return {
    after(_delayMs, run) {
      // A wrapper of its own: one function may be set twice.
      const own = (): void => run();
      waiting.add(own);
      return () => waiting.delete(own);
    },
    runAll() {
      for (const run of [...waiting]) {
        waiting.delete(run);
        run();
      }
    },
    get pending() {
      return waiting.size;
    },
  };
}
