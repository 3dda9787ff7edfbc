import { browserNetwork } from '../adapters/browser-network.js';
import { createSocketIoTransport } from '../adapters/socket-io-transport.js';
import { createSoloTabs } from '../adapters/solo-tabs.js';
import { systemClock } from '../adapters/system-clock.js';
import { systemRandom } from '../adapters/system-random.js';
import { systemTimers } from '../adapters/system-timers.js';
import { loadXxhash } from '../adapters/xxhash.js';
import type { Environment } from '../ports/environment.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import { logToConsole } from './log-to-console.js';

/** Composition root for Node and other places without a page: memory, no siblings, Socket.IO. */
export function createNodeEnvironment(): Environment {
  return {
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    network: browserNetwork,
    storage: new MemoryAdapter(),
    tabs: createSoloTabs(),
    transport: createSocketIoTransport(),
    loadHash: loadXxhash,
    log: logToConsole,
  };
}
