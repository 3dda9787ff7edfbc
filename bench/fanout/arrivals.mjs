// What the clients of one process note, for TopGun and for the floor.

import { sharedNow } from './workload.mjs';

export function createArrivals() {
  /** By the number of the write: how many clients have heard of it, and when the last one did. */
  const arrivals = new Map();
  /** @type {{ i: number, listeners: number, resolve: (at: number) => void } | null} */
  let waiting = null;

  const settle = () => {
    const seen = waiting === null ? undefined : arrivals.get(waiting.i);
    if (seen === undefined || seen.count < waiting.listeners) return;
    waiting.resolve(seen.at);
    waiting = null;
  };

  return {
    /** A client has heard of write `i`. */
    heard(i) {
      const seen = arrivals.get(i) ?? { count: 0, at: 0 };
      arrivals.set(i, seen);
      seen.count += 1;
      seen.at = sharedNow();
      settle();
    },
    answers: {
      /** Resolves to the moment at which so many clients have heard of write `i`. */
      lastOf: (i, listeners) =>
        new Promise((resolve) => {
          waiting = { i, listeners, resolve };
          settle();
        }),
      /** How many clients have heard of the writes from one number to before another. */
      count(from, until) {
        let count = 0;
        for (const [i, seen] of arrivals) if (i >= from && i < until) count += seen.count;
        return count;
      },
    },
  };
}
