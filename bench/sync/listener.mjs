// What the receiving client notes, for TopGun and for the floor.

import { sharedNow } from './workload.mjs';

export function createListener() {
  let count = 0;
  let lastAt = 0;
  let target = Number.POSITIVE_INFINITY;
  let resolveTarget = () => {};
  /** @type {Map<number, number>} */
  const latencies = new Map();
  /** @type {Map<number, (latency: number) => void>} */
  const waiting = new Map();

  return {
    /** Write `i` has arrived. */
    heard(i, latency) {
      count += 1;
      if (waiting.has(i)) waiting.get(i)(latency);
      else latencies.set(i, latency);
      if (count < target) return;
      lastAt = sharedNow();
      resolveTarget();
    },
    answers: {
      /** Resolves to the latency of write `i` once it is here. */
      latencyOf(i) {
        const known = latencies.get(i);
        return known ?? new Promise((resolve) => waiting.set(i, resolve));
      },
      /** From now on counts up to `writes`. */
      expect(writes) {
        count = 0;
        target = writes;
        latencies.clear();
        waiting.clear();
        this.whenAll = new Promise((resolve) => {
          resolveTarget = resolve;
        });
      },
      /** Resolves to the moment the last expected write arrived. */
      async arrived() {
        await this.whenAll;
        return lastAt;
      },
      /** Writes heard of since `expect`. */
      count: () => count,
    },
  };
}
