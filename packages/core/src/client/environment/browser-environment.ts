import { browserNetwork } from '../adapters/browser-network.js';
import { createBrowserPersistence } from '../adapters/browser-persistence.js';
import { createBrowserTabs } from '../adapters/browser-tabs.js';
import { startBrowserSearchWorker } from '../adapters/browser-search-worker.js';
import { DexieAdapter } from '../adapters/dexie-storage.js';
import { createSocketIoTransport } from '../adapters/socket-io-transport.js';
import { systemClock } from '../adapters/system-clock.js';
import { systemRandom } from '../adapters/system-random.js';
import { systemTimers } from '../adapters/system-timers.js';
import { loadXxhash } from '../adapters/xxhash.js';
import type { Environment } from '../ports/environment.js';
import { logToConsole } from './log-to-console.js';

/** Composition root for a page: IndexedDB, the tabs of this browser, Socket.IO. */
export function createBrowserEnvironment(): Environment {
  return {
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    network: browserNetwork,
    storage: new DexieAdapter(),
    tabs: createBrowserTabs(),
    transport: createSocketIoTransport(),
    loadHash: loadXxhash,
    persistStorage: createBrowserPersistence(),
    startSearchWorker: startBrowserSearchWorker,
    log: logToConsole,
  };
}
