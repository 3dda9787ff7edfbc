import type { Timers } from '../ports/environment.js';

/** How long a server that shuts down waits for a ledger that does not answer. */
const SETTLE_MS = 10_000;

/** PI-10: what a host that ends waits for, and how long. */
export interface Settling {
  /** True when everything taken is decided, false when the ledger has not said so in time. */
  settled(): Promise<boolean>;
  /** Resolves when the work is done, or has taken that long. */
  within(work?: Promise<void>): Promise<void>;
}

/** `decide`: has everything decided that was taken. Done once, however many wait for it. */
export function createSettling(timers: Timers, decide: () => Promise<void>): Settling {
  let settling: Promise<boolean> | null = null;
  return {
    settled: () =>
      (settling ??= new Promise((resolve) => {
        const cancel = timers.after(SETTLE_MS, () => resolve(false));
        void decide().then(() => {
          cancel();
          resolve(true);
        });
      })),
    within: (work = Promise.resolve()) =>
      new Promise((resolve) => {
        const cancel = timers.after(SETTLE_MS, resolve);
        void work.finally(() => (cancel(), resolve()));
      }),
  };
}
