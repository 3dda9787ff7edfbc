import type { LockStealing, TabGroup, TabPort } from '../ports/tabs.js';
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
    stealing: null,
    post: channel.post,
    onMessage: channel.onMessage,
    lock: (lockName, held) => solo.lock(lockName, held),
    tryLock: (lockName) => solo.tryLock(lockName),
    share: (lockName) => solo.share(lockName),
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

  /** Holds the lock for as long as `held` takes. `request` and `steal` exclude each other: a theft has nothing to wait for. */
  function hold(
    lockName: string,
    options: LockOptions,
    held: (robbed: Promise<void>) => Promise<void>,
    granted: () => void,
  ): Promise<void> {
    let isHeld = false;
    let tell = (): void => {};
    const robbed = new Promise<void>((resolve) => (tell = resolve));
    const holding = locks.request(lockName, options, () => {
      isHeld = true;
      granted();
      return Promise.race([held(robbed), left]);
    });
    return holding.then(
      () => {},
      (error: unknown) => {
        // What ends a lock that is held, other than its holder, is a theft.
        if (isHeld && error instanceof DOMException && error.name === 'AbortError') tell();
        else throw error;
      },
    );
  }

  const stealing: LockStealing = {
    async holderOf(lockName) {
      const { held = [] } = await locks.query();
      return held.find(({ name: of }) => of === lockName)?.clientId ?? null;
    },
    steal(lockName, held) {
      if (!hasLeft) void hold(lockName, { steal: true }, held, () => {});
    },
  };

  return {
    isExclusive: true,
    stealing,
    post: channel.post,
    onMessage: channel.onMessage,
    lock(lockName, held) {
      if (hasLeft) return { cancel() {} };
      const request = new AbortController();
      requests.add(request);
      // From the grant on an abort has no effect: exactly what `cancel` promises.
      const granted = (): void => void requests.delete(request);
      hold(lockName, { signal: request.signal }, held, granted).catch((error: unknown) => {
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
    async countHeld(prefix) {
      const { held = [] } = await locks.query();
      return held.filter(({ name: of = '' }) => of.startsWith(prefix)).length;
    },
    share(lockName) {
      if (hasLeft) return Promise.resolve();
      const request = new AbortController();
      requests.add(request);
      return new Promise((resolve, reject) => {
        locks
          .request(lockName, { mode: 'shared', signal: request.signal }, () => {
            requests.delete(request);
            resolve();
            return left;
          })
          .catch((error: unknown) => {
            requests.delete(request);
            // Whoever has left waits for nothing.
            if (request.signal.aborted) resolve();
            else reject(error);
          });
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
