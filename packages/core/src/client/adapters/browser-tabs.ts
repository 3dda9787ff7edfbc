import type { TabGroup, TabPort } from '../ports/tabs.js';
import { createSoloTabs } from './solo-tabs.js';

/**
 * Tabs of one browser, by Web Locks and a BroadcastChannel. Without the locks (plain http on a LAN) tabs hear each other still, and
 * exclude nobody; without the channel every tab stands alone.
 */
export function createBrowserTabs(): TabPort {
  if (typeof BroadcastChannel === 'undefined') return createSoloTabs({ isExclusive: false });
  // Absent outside secure contexts, whatever the type says.
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  if (locks !== undefined) return { join: (name) => joinTabs(name, locks) };
  const solo = createSoloTabs({ isExclusive: false });
  return { join: (name) => joinUnlockedTabs(name, solo.join(name)) };
}

/** A tab's end of the channel of that name. */
function openChannel(name: string): Pick<TabGroup, 'post' | 'onMessage' | 'leave'> {
  const channel = new BroadcastChannel(name);
  let isClosed = false;
  return {
    post(message) {
      if (!isClosed) channel.postMessage(message);
    },
    onMessage(listener) {
      const heard = (event: MessageEvent): void => listener(event.data);
      channel.addEventListener('message', heard);
      return () => channel.removeEventListener('message', heard);
    },
    leave() {
      isClosed = true;
      channel.close();
    },
  };
}

function joinUnlockedTabs(name: string, solo: TabGroup): TabGroup {
  const channel = openChannel(name);
  return {
    isExclusive: false,
    post: channel.post,
    onMessage: channel.onMessage,
    lock: (lockName, held) => solo.lock(lockName, held),
    tryLock: (lockName) => solo.tryLock(lockName),
    leave() {
      solo.leave();
      channel.leave();
    },
  };
}

function joinTabs(name: string, locks: LockManager): TabGroup {
  const channel = openChannel(name);
  const requests = new Set<AbortController>();
  let hasLeft = false;
  let leave = (): void => {};
  // A lock is held while this is pending, however long its holder takes: whoever leaves holds nothing.
  const left = new Promise<void>((resolve) => (leave = resolve));

  return {
    isExclusive: true,
    post: channel.post,
    onMessage: channel.onMessage,
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
      channel.leave();
    },
  };
}
