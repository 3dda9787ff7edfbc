import type { TabPort } from '../ports/tabs.js';
import { createSoloTabs } from './solo-tabs.js';

/** Tabs of one browser, by Web Locks and a BroadcastChannel. Where either is missing, every tab stands alone. */
export function createBrowserTabs(): TabPort {
  // Absent outside secure contexts, whatever the type says.
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  if (locks === undefined || typeof BroadcastChannel === 'undefined') return createSoloTabs({ isExclusive: false });
  return { join: (name) => joinTabs(name, locks) };
}

function joinTabs(name: string, locks: LockManager): ReturnType<TabPort['join']> {
  const channel = new BroadcastChannel(name);
  const requests = new Set<AbortController>();
  let hasLeft = false;
  let leave = (): void => {};
  // A lock is held while this is pending, however long its holder takes: whoever leaves holds nothing.
  const left = new Promise<void>((resolve) => (leave = resolve));

  return {
    isExclusive: true,
    post(message) {
      if (!hasLeft) channel.postMessage(message);
    },
    onMessage(listener) {
      const heard = (event: MessageEvent): void => listener(event.data);
      channel.addEventListener('message', heard);
      return () => channel.removeEventListener('message', heard);
    },
    lock(lockName, held) {
      if (hasLeft) return { cancel() {} };
      const request = new AbortController();
      requests.add(request);
      locks
        .request(lockName, { signal: request.signal }, () => {
          // From here on an abort has no effect: exactly what `cancel` promises.
          requests.delete(request);
          return Promise.race([held(), left]);
        })
        .catch((error: unknown) => {
          requests.delete(request);
          if (!request.signal.aborted) throw error;
        });
      return { cancel: () => request.abort() };
    },
    tryLock(lockName) {
      if (hasLeft) return Promise.resolve(null);
      return new Promise((resolve, reject) => {
        locks
          .request(lockName, { ifAvailable: true }, (lock) => {
            if (lock === null) {
              resolve(null);
              return undefined;
            }
            const released = new Promise<void>((release) => resolve({ release }));
            return Promise.race([released, left]);
          })
          .catch(reject);
      });
    },
    leave() {
      hasLeft = true;
      leave();
      for (const request of requests) request.abort();
      channel.close();
    },
  };
}
