import { MemoryAdapter } from '../adapters/memory-storage.js';
import { TopGunClient, type TopGunClientOptions } from '../index.js';
import { fakeHash } from './fake-hash.js';
import type { FakeWorld } from './fake-world.js';
import { createMemoryNetwork } from './memory-network.js';
import { createMemoryTabs, type MemoryTab } from './memory-tabs.js';
import { createSeededRandom } from './seeded-random.js';
import type { VirtualDevice } from './virtual-time.js';

/** One device in a fake world: its disk, its clock, and as many tabs as a test opens. */
export interface FakeDevice {
  readonly storage: MemoryAdapter;
  readonly clock: VirtualDevice;
  /** A tab with the client as an app has it. `tab` is the test's to crash. */
  open(options?: TopGunClientOptions): OpenClient;
}

export interface OpenClient {
  readonly client: TopGunClient;
  readonly tab: MemoryTab;
}

let opened = 100;

export function createFakeDevice(
  world: FakeWorld,
  base: TopGunClientOptions = { serverUrl: 'http://server.test' },
): FakeDevice {
  const storage = new MemoryAdapter({ random: createSeededRandom((opened += 1)) });
  const tabs = createMemoryTabs();
  const clock = world.time.device();
  return {
    storage,
    clock,
    open(options = {}) {
      const tab = tabs.openTab();
      const client = new TopGunClient({
        ...base,
        storage,
        ...options,
        environment: {
          clock: clock.clock,
          timers: clock.timers,
          random: createSeededRandom((opened += 1)),
          network: createMemoryNetwork(),
          tabs: tab.port,
          transport: world.transport,
          loadHash: () => Promise.resolve(fakeHash),
          log: () => {},
          ...options.environment,
        },
      });
      return { client, tab };
    },
  };
}
