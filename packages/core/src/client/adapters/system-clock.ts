import type { Clock } from '../ports/environment.js';

/** This device's wall clock. It may be wrong and it may jump. */
export const systemClock: Clock = { now: () => Date.now() };
