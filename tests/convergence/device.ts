import type { Hash64 } from '../../packages/core/src/client/ports/environment.js';
import type { TabGroup, TabPort } from '../../packages/core/src/client/ports/tabs.js';
import { MemoryAdapter } from '../../packages/core/src/client/adapters/memory-storage.js';
import { createMemoryTabs, type MemoryTab } from '../../packages/core/src/client/testing/memory-tabs.js';
import { createSeededRandom, type SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { VirtualDevice, VirtualTime } from '../../packages/core/src/client/testing/virtual-time.js';
import { openAppTab, type AppTab } from './app-tab.js';
import { createLocalDisk, type SharedDatabase } from './local-disk.js';
import type { NetworkPlace } from './network.js';
import type { WorldOptions } from './world-options.js';

/** One browser: a database, a channel, a clock and a way to the network, all shared by its tabs. */
export interface Device {
  readonly name: string;
  readonly place: NetworkPlace;
  readonly adapter: MemoryAdapter;
  /** Those that are open, the ones being closed not among them. */
  readonly tabs: ReadonlySet<AppTab>;
  openTab(): AppTab;
  closeTab(tab: AppTab): Promise<void>;
  crashTab(tab: AppTab): void;
  /** The device's clock is off by so much from here on, in all tabs. */
  setSkew(skewMs: number): void;
}

export interface DeviceOptions extends WorldOptions {
  readonly name: string;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly place: NetworkPlace;
  readonly hash: Hash64;
  readonly log: (level: 'warn' | 'error', message: string, detail: unknown) => void;
}

export function createDevice(options: DeviceOptions): Device {
  const { name, time, random, place, profile } = options;
  const adapter = new MemoryAdapter({ random });
  const browser = createMemoryTabs({ delivery: profile.channelMs === 0 ? 'auto' : 'manual' });
  const database: SharedDatabase = { adapter, landing: Promise.resolve() };
  const tabs = new Set<AppTab>();
  const crashed = new WeakSet<AppTab>();
  const clocks = new Set<VirtualDevice>();
  let skewMs = 0;
  let opened = 0;

  /** Messages between tabs take their time; their order stays. A tab that is gone gets no answer, not even a no. */
  function portOf(tab: MemoryTab, isGone: () => boolean): TabPort {
    return {
      join(group): TabGroup {
        const joined = tab.port.join(group);
        return {
          ...joined,
          post(message) {
            joined.post(message);
            if (profile.channelMs > 0)
              time.timers.after(random.integer(profile.channelMs + 1), () => browser.pumpAll());
          },
          tryLock: (lock) => (isGone() ? new Promise(() => {}) : joined.tryLock(lock)),
        };
      },
    };
  }

  function openTab(): AppTab {
    opened += 1;
    const virtual = time.device({ skewMs });
    clocks.add(virtual);
    const browserTab: MemoryTab = browser.openTab();
    const own = createSeededRandom(random.integer(2 ** 31));
    const tab: AppTab = openAppTab({
      name: `${name}.${opened}`,
      random: own,
      virtual,
      browserTab,
      place,
      tabs: portOf(browserTab, () => crashed.has(tab)),
      loadHash: () => Promise.resolve(options.hash),
      disk: createLocalDisk({
        database,
        random: own,
        diskTimers: time.timers,
        tabTimers: virtual.timers,
        maxDelayMs: profile.storageMs,
        defects: options.defects,
      }),
      log: options.log,
    });
    tabs.add(tab);
    return tab;
  }

  return {
    name,
    place,
    adapter,
    tabs,
    openTab,
    async closeTab(tab) {
      tabs.delete(tab);
      await tab.close();
    },
    crashTab(tab) {
      tabs.delete(tab);
      crashed.add(tab);
      tab.crash();
    },
    setSkew(next) {
      skewMs = next;
      for (const clock of clocks) clock.setSkew(next);
    },
  };
}
