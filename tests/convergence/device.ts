import type { SchemaDefinition } from '../../packages/core/src/schema/index.js';
import type { Hash64, Timers } from '../../packages/core/src/client/ports/environment.js';
import type { TabGroup, TabPort } from '../../packages/core/src/client/ports/tabs.js';
import { createMemoryTabs, type MemoryTab } from '../../packages/core/src/client/testing/memory-tabs.js';
import { createSeededRandom, type SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { VirtualDevice, VirtualTime } from '../../packages/core/src/client/testing/virtual-time.js';
import { tokenOf, type Account } from './access/users.js';
import { openAppTab, type AppTab } from './app-tab.js';
import type { Fault } from './faults.js';
import type { History } from './history.js';
import { createTabTurns, lateTurns, type TabTurns } from './late-turns.js';
import { createLeadJudge, type LeadJudge } from './lead-judge.js';
import { createLocalDisk } from './local-disk.js';
import type { NetworkPlace } from './network.js';
import { createSharedDatabase, type SharedDatabase } from './shared-database.js';
import type { StepKind } from './trace.js';
import { Violation } from './violation.js';
import type { WorldOptions } from './world-options.js';

/** One browser: a database, a channel, a clock and a way to the network, all shared by its tabs. */
export interface Device {
  readonly name: string;
  readonly place: NetworkPlace;
  readonly database: SharedDatabase;
  /** Those that are open, the ones being closed not among them. */
  readonly tabs: ReadonlySet<AppTab>;
  /** Who uses it, where the server asks. */
  account: Account | null;
  openTab(schema?: SchemaDefinition): AppTab;
  closeTab(tab: AppTab): Promise<void>;
  crashTab(tab: AppTab): void;
  thawTab(tab: AppTab): void;
  /** All tabs are gone, and what they were writing. */
  losePower(): void;
  /** The device's clock is off by so much from here on, in all tabs. */
  setSkew(skewMs: number): void;
}

export interface DeviceOptions extends WorldOptions {
  readonly name: string;
  readonly time: VirtualTime;
  /** For ids and such: the same whatever happens. */
  readonly random: SeededRandom;
  readonly ambient: SeededRandom;
  readonly place: NetworkPlace;
  readonly hash: Hash64;
  readonly log: (level: 'warn' | 'error', message: string, detail: unknown) => void;
  readonly step: (kind: StepKind, what: string) => void;
  readonly fired: (fault: Fault) => void;
  readonly history: History;
  readonly found: (violation: Violation) => void;
  readonly account: Account | null;
}

export function createDevice(options: DeviceOptions): Device {
  const { name, time, random, ambient, place, profile } = options;
  const database = createSharedDatabase({ random, moved: options.history.moved });
  const browser = createMemoryTabs({
    delivery: profile.channelMs === 0 ? 'auto' : 'manual',
    isExclusive: profile.hasLocks,
    ...(profile.channelMs === 0 ? {} : { choose: chooseMessage, tellLater }),
  });
  const judge = createLeadJudge({
    isFrozen: (tab) => [...tabs].some(({ name: of, isFrozen }) => of === tab && isFrozen),
    isOpen: (tab) => [...tabs].some(({ name: of }) => of === tab),
    robbed: () => options.fired('lead-stolen'),
  });

  /** What a tab did is judged as it does it, and told when the step is over. */
  function judged(check: (judge: LeadJudge) => void): void {
    try {
      check(judge);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      options.found(error);
    }
  }
  const tabs = new Set<AppTab>();
  const closing = new Set<AppTab>();
  /** What a tab that was being closed does not finish any more. */
  const ended = new WeakMap<AppTab, () => void>();
  const crashed = new WeakSet<AppTab>();
  const clocks = new Set<VirtualDevice>();
  let skewMs = 0;
  let opened = 0;

  /** Browsers keep the order of one tab's messages to another, and no other. */
  function chooseMessage(count: number): number {
    const chosen = ambient.integer(count);
    if (chosen > 0) options.fired('reorder');
    return chosen;
  }

  function tellLater(tell: () => void): void {
    time.timers.after(ambient.integer(profile.channelMs + 1), tell);
  }

  function deliverLater(count: number): void {
    if (profile.channelMs === 0) return;
    time.timers.after(ambient.integer(profile.channelMs + 1), () => {
      for (let left = count; left > 0 && browser.pump(); left -= 1);
    });
  }

  /** Messages between tabs take their time. A tab that is gone gets no answer, not even a no. */
  function portOf(tab: MemoryTab, name: string, isGone: () => boolean): TabPort {
    return {
      join(group): TabGroup {
        const joined = tab.port.join(group);
        return {
          ...joined,
          post(message) {
            const before = browser.undelivered();
            joined.post(message);
            deliverLater(browser.undelivered() - before);
          },
          onMessage: (listener) =>
            joined.onMessage((message) => {
              options.step('delivery', `${name} hears of a sibling ${typeOf(message)}`);
              listener(message);
            }),
          tryLock: (lock) => (isGone() ? new Promise(() => {}) : joined.tryLock(lock)),
        };
      },
    };
  }

  function openTab(schema?: SchemaDefinition): AppTab {
    opened += 1;
    const virtual = time.device({ skewMs });
    clocks.add(virtual);
    const browserTab: MemoryTab = browser.openTab();
    const tabName = `${name}.${opened}`;
    // A client joins its tabs while it is made.
    let made: AppTab | null = null;
    const tab: AppTab = openAppTab({
      name: tabName,
      random: createSeededRandom(random.integer(2 ** 31)),
      ambient,
      defects: options.defects,
      schema,
      ...(device.account === null ? {} : { getToken: () => tokenOf(accountNow()) }),
      timerRan: (what) => options.step('timer', what),
      ...(profile.turnRecords === undefined ? {} : { turns: turnsOf(profile.turnRecords) }),
      submits: () => judged(({ submits }) => submits(tabName)),
      virtual,
      browserTab,
      place,
      tabs: portOf(browserTab, tabName, () => made !== null && crashed.has(made)),
      loadHash: () => Promise.resolve(options.hash),
      disk: createLocalDisk({
        database,
        random: ambient,
        diskTimers: time.timers,
        tabTimers: virtual.timers,
        maxDelayMs: profile.storageMs,
        defects: options.defects,
        completed: (what) => options.step('storage', `${tabName}: ${what}`),
        leads: () => judged(({ leads }) => leads(tabName)),
        madeRoom: () => {
          options.fired('evicted');
          for (const each of tabs) each.disk.recover('quota');
        },
        decided: () => {
          if (profile.hasLocks) judged(({ stores }) => stores(tabName));
        },
      }),
      log: options.log,
    });
    made = tab;
    tabs.add(tab);
    return tab;
  }

  const turnsOf =
    (records: number) =>
    (timers: Timers): TabTurns =>
      createTabTurns({
        records,
        timers: lateTurns(timers, time.clock.now, ambient),
        written: () => options.history.writes.length,
        overtaken: () => options.fired('write-in-fill'),
      });

  function accountNow(): Account {
    if (device.account === null) throw new Error(`nobody uses ${name}`);
    return device.account;
  }

  function left(tab: AppTab): void {
    tabs.delete(tab);
    // CL-8: it said so.
    if (tab.client.isInMemory) options.history.forgetTab(tab.name);
  }

  const device: Device = {
    name,
    place,
    database,
    tabs,
    account: options.account,
    openTab,
    async closeTab(tab) {
      tabs.delete(tab);
      closing.add(tab);
      await Promise.race([tab.close(), new Promise<void>((resolve) => ended.set(tab, resolve))]);
      closing.delete(tab);
      left(tab);
    },
    crashTab(tab) {
      left(tab);
      crashed.add(tab);
      options.history.crashed(tab.name);
      tab.crash();
    },
    thawTab(tab) {
      tab.thaw(time.clock.now());
      deliverLater(browser.undelivered());
    },
    losePower() {
      for (const tab of [...tabs, ...closing]) {
        left(tab);
        crashed.add(tab);
        options.history.crashed(tab.name);
        tab.losePower();
        ended.get(tab)?.();
      }
    },
    setSkew(next) {
      skewMs = next;
      for (const clock of clocks) clock.setSkew(next);
    },
  };
  return device;
}

const typeOf = (message: unknown): string => JSON.stringify(message).slice(0, 200);
