import type { Timers } from '../ports/environment.js';
import { settle } from './test-host.js';

/** Timers of a clock that a test moves on. */
export interface TimedTimers extends Timers {
  /** Moves the clock on, and runs what comes due, each at its time, with time for promises in between. */
  advance(ms: number): Promise<void>;
  readonly pending: number;
}

export function createTimedTimers(clock: { now: number }): TimedTimers {
  const waiting = new Set<{ readonly at: number; readonly run: () => void }>();
  return {
    after(delayMs, run) {
      const timer = { at: clock.now + delayMs, run };
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
    async advance(ms) {
      const until = clock.now + ms;
      for (;;) {
        const next = [...waiting].toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > until) break;
        waiting.delete(next);
        clock.now = Math.max(clock.now, next.at);
        next.run();
        await settle();
      }
      clock.now = until;
      await settle();
    },
    get pending() {
      return waiting.size;
    },
  };
}
