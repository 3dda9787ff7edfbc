import type { Clock, Timers } from '../ports/environment.js';

/** A turn that comes so late is one of a page in the background, where timers are rationed and nobody is kept waiting. */
const LATE_MS = 500;

export interface TurnsOptions {
  readonly clock: Clock;
  readonly timers: Timers;
}

/**
 * Runs the steps one a turn of the page, the first one at once, and says when all are done; at once, when one turn is enough. The returned
 * function ends it.
 */
export function runInTurns({ clock, timers }: TurnsOptions, steps: Iterator<void>, done: () => void): () => void {
  let cancel = (): void => {};
  let isHurried = false;
  const run = (): void => {
    do {
      if (steps.next().done === true) return done();
    } while (isHurried);
    const askedAt = clock.now();
    cancel = timers.after(0, () => {
      isHurried = clock.now() - askedAt > LATE_MS;
      run();
    });
  };
  run();
  return () => cancel();
}
