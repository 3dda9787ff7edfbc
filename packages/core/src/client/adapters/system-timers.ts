import type { Timers } from '../ports/environment.js';

// The longest delay the platform's timers take; a longer one would fire at once.
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The platform's timers. Throttled in background tabs: nothing may rely on their being on time. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), LONGEST_DELAY_MS));
    return () => clearTimeout(timer);
  },
};
