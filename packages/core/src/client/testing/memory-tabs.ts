import type { LockStealing, TabGroup, TabPort } from '../ports/tabs.js';
import { createMemoryLocks } from './memory-locks.js';

/** One tab of the browser that a `MemoryTabs` stands for. */
export interface MemoryTab {
  readonly port: TabPort;
  /** The tab is gone between two instructions: locks fall free, nothing it does from now on is seen, nothing reaches it. */
  crash(): void;
  /** Messages to the tab wait, and so does what becomes of its locks; those stay held, and are granted, as a frozen tab's do and are. */
  freeze(): void;
  thaw(): void;
}

export interface MemoryTabs {
  openTab(): MemoryTab;
  /** Manual delivery: hands over the oldest message (of the oldest post, to one receiver). False when none waits. */
  pump(): boolean;
  pumpAll(): void;
  /** Messages posted and not yet handed over, those to frozen tabs included. */
  undelivered(): number;
  /** Names of the locks held in this browser. */
  heldLocks(): readonly string[];
}

interface TabState {
  crashed: boolean;
  frozen: boolean;
  /** What the browser has to tell the tab when it thaws. */
  readonly untold: (() => void)[];
}

interface Member {
  readonly name: string;
  /** Which of all that have joined. */
  readonly number: number;
  readonly tab: TabState;
  readonly listeners: Set<(message: unknown) => void>;
  left: boolean;
}

interface QueuedMessage {
  readonly from: Member;
  readonly to: Member;
  readonly message: unknown;
}

export interface MemoryTabsOptions {
  readonly delivery?: 'auto' | 'manual';
  readonly isExclusive?: boolean;
  /**
   * Which of so many messages is handed over next: the oldest of each sender to each receiver, by age. Browsers promise the order
   * of one tab's messages, not that among those of several. Absent: always the oldest of all.
   */
  readonly choose?: (count: number) => number;
  /** When a tab that has thawed hears what became of its locks. Absent: among the messages that have waited. */
  readonly tellLater?: (tell: () => void) => void;
}

/**
 * `TabPort` for several clients in one process. Messages are structured-cloned and reach each tab in the order they were posted:
 * by themselves in a microtask (`auto`), or one by one when the test says so (`manual`). Without `isExclusive` it is a browser
 * that lacks Web Locks: every tab is granted every lock.
 */
export function createMemoryTabs(options: MemoryTabsOptions = {}): MemoryTabs {
  const isExclusive = options.isExclusive ?? true;
  const delivery = options.delivery ?? 'auto';
  const locks = createMemoryLocks();
  const members = new Set<Member>();
  const queue: QueuedMessage[] = [];
  let drainScheduled = false;
  let joined = 0;

  /** Places in the queue of what may be handed over next. */
  function deliverable(): number[] {
    const places: number[] = [];
    const isTaken = ({ from, to }: QueuedMessage): boolean =>
      places.some((place) => queue[place]?.from === from && queue[place]?.to === to);
    queue.forEach((message, place) => {
      if (!message.to.tab.frozen && !isTaken(message)) places.push(place);
    });
    return places;
  }

  function nextPlace(): number {
    if (options.choose === undefined) return queue.findIndex(({ to }) => !to.tab.frozen);
    const places = deliverable();
    return places.length === 0 ? -1 : (places[options.choose(places.length)] ?? -1);
  }

  function pump(): boolean {
    const index = nextPlace();
    if (index < 0) return false;
    const [next] = queue.splice(index, 1);
    if (next !== undefined && members.has(next.to)) {
      for (const listener of [...next.to.listeners]) listener(next.message);
    }
    return true;
  }

  function pumpAll(): void {
    while (pump());
  }

  function scheduleDrain(): void {
    if (delivery === 'manual' || drainScheduled) return;
    drainScheduled = true;
    queueMicrotask(() => {
      drainScheduled = false;
      if (pump()) scheduleDrain();
    });
  }

  function remove(member: Member): void {
    members.delete(member);
    member.left = true;
    locks.releaseAll(member);
  }

  function tell(tab: TabState, news: () => void): void {
    if (tab.frozen) tab.untold.push(news);
    else news();
  }

  function join(name: string, tab: TabState): TabGroup {
    joined += 1;
    const member: Member = { name, number: joined, tab, listeners: new Set(), left: tab.crashed };
    if (!tab.crashed) members.add(member);
    const ownName = (lockName: string): string => (isExclusive ? lockName : `${lockName} of ${member.number}`);

    function holding(held: (robbed: Promise<void>) => Promise<void>) {
      let notice = (): void => {};
      const robbed = new Promise<void>((resolve) => (notice = resolve));
      return {
        granted: (release: () => void): void =>
          tell(tab, () => {
            if (!member.left) void held(robbed).finally(release);
          }),
        robbed: (): void => tell(tab, notice),
      };
    }

    const stealing: LockStealing = {
      holderOf(lockName) {
        const holder = locks.holderOf(lockName) as Member | null;
        return Promise.resolve(holder === null ? null : String(holder.number));
      },
      steal(lockName, held) {
        if (member.left) return;
        const { granted, robbed } = holding(held);
        locks.steal(member, lockName, granted, robbed);
      },
    };

    return {
      isExclusive,
      stealing: isExclusive ? stealing : null,
      post(message) {
        if (member.left) return;
        for (const to of members) {
          if (to !== member && to.name === name) queue.push({ from: member, to, message: structuredClone(message) });
        }
        scheduleDrain();
      },
      onMessage(listener) {
        member.listeners.add(listener);
        return () => member.listeners.delete(listener);
      },
      lock(lockName, held) {
        if (member.left) return { cancel() {} };
        const { granted, robbed } = holding(held);
        return { cancel: locks.request(member, ownName(lockName), granted, robbed) };
      },
      tryLock(lockName) {
        if (member.left) return Promise.resolve(null);
        const release = locks.tryRequest(member, ownName(lockName));
        return Promise.resolve(release === null ? null : { release });
      },
      share(lockName) {
        if (member.left) return Promise.resolve();
        return new Promise((resolve) => locks.share(member, ownName(lockName), () => tell(tab, resolve)));
      },
      // Counted at once, and told when the tab runs.
      ...(isExclusive && {
        countHeld(prefix: string) {
          const count = locks.held().filter((held) => held.startsWith(prefix)).length;
          return new Promise<number>((resolve) => tell(tab, () => resolve(count)));
        },
      }),
      leave() {
        remove(member);
      },
    };
  }

  return {
    openTab() {
      const tab: TabState = { crashed: false, frozen: false, untold: [] };
      return {
        port: { join: (name) => join(name, tab) },
        crash() {
          tab.crashed = true;
          for (const member of [...members]) if (member.tab === tab) remove(member);
        },
        freeze() {
          tab.frozen = true;
        },
        thaw() {
          tab.frozen = false;
          scheduleDrain();
          // Browsers promise no order of the two.
          (options.tellLater ?? queueMicrotask)(() => {
            for (const news of tab.untold.splice(0)) tell(tab, news);
          });
        },
      };
    },
    pump,
    pumpAll,
    undelivered: () => queue.length,
    heldLocks: () => locks.held(),
  };
}
