// When the changes of the other side are here: the same for every subject.

import { sharedNow } from './workload.mjs';

export function createArrivals() {
  let missing = new Set();
  let awaited = 0;
  let lastAt = 0;
  let resolveAll = () => {};
  let whenAll = Promise.resolve();

  return {
    /** A record now has this priority. */
    heard(key, priority) {
      if (priority !== awaited || !missing.delete(key) || missing.size > 0) return;
      lastAt = sharedNow();
      resolveAll();
    },
    answers: {
      /** From now on waits for these records to have this priority. */
      expect(keys, priority) {
        missing = new Set(keys);
        awaited = priority;
        whenAll = new Promise((resolve) => {
          resolveAll = resolve;
        });
        if (keys.length === 0) resolveAll();
      },
      /** Resolves to the moment the last of them had it. */
      async arrived() {
        await whenAll;
        return lastAt;
      },
    },
  };
}
