import type { Timers } from '../ports/environment.js';
import { inNextTurn } from './next-turn.js';

// The longest delay the platform's timers take; a longer one would fire at once.
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The platform's timers. Throttled in background tabs: nothing may rely on their being on time. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    if (delayMs <= 0) return inNextTurn(run);
    const timer = setTimeout(run, Math.min(delayMs, LONGEST_DELAY_MS));
    return () => clearTimeout(timer);
  },
};
