import { describe, expect, it, vi } from 'vitest';

import type { LockStealing, TabGroup, TabPort } from './tabs.js';

let created = 0;

interface Holder {
  readonly run: (robbed: Promise<void>) => Promise<void>;
  readonly stop: () => void;
  readonly isHeld: () => boolean;
  readonly isRobbed: () => boolean;
}

/** What every `TabPort` that joins tabs must do. `openTab` gives the port of one more tab of the same browser. */
export function describeTabsContract(name: string, openTab: () => TabPort): void {
  const uniqueName = (): string => `tabs-contract-${created++}`;

  const stealingOf = ({ stealing }: TabGroup): LockStealing => {
    if (stealing === null) throw new Error('there is nothing to steal here');
    return stealing;
  };

  /** Resolves when the group has heard `last`: what was posted before it has arrived or never will. */
  const heardUntil = async (heard: readonly unknown[], last: unknown): Promise<void> =>
    vi.waitFor(() => expect(heard).toContainEqual(last));

  const listen = (group: TabGroup): unknown[] => {
    const heard: unknown[] = [];
    group.onMessage((message) => heard.push(message));
    return heard;
  };

  /** A holder that keeps the lock until it is told to stop. */
  function holder(): Holder {
    let stop = (): void => {};
    let isHeld = false;
    let isRobbed = false;
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    return {
      run: (robbed) => {
        isHeld = true;
        void robbed.then(() => (isRobbed = true));
        return stopped.then(() => void (isHeld = false));
      },
      stop,
      isHeld: () => isHeld,
      isRobbed: () => isRobbed,
    };
  }

  describe(`tabs contract: ${name}`, () => {
    it('CL-8: a lock that tabs share is not to be had alone before the last of them has left', async () => {
      const [group, map] = [uniqueName(), uniqueName()];
      const [one, two, three] = [openTab().join(group), openTab().join(group), openTab().join(group)];
      await Promise.all([one.share(map), two.share(map), one.share(map)]);
      expect(await three.tryLock(map)).toBeNull();
      expect(await one.tryLock(map)).toBeNull();
      one.leave();
      expect(await three.tryLock(map)).toBeNull();
      two.leave();
      await vi.waitFor(async () => {
        const held = await three.tryLock(map);
        expect(held).not.toBeNull();
        held?.release();
      });
      three.leave();
    });

    it('CL-8: whoever would share a lock waits for the one who has it alone, until it leaves itself', async () => {
      const [group, map] = [uniqueName(), uniqueName()];
      const [one, two, three] = [openTab().join(group), openTab().join(group), openTab().join(group)];
      const alone = await one.tryLock(map);
      expect(alone).not.toBeNull();
      const shared: string[] = [];
      const waiting = [two.share(map).then(() => shared.push('two')), three.share(map)];
      await two.tryLock(uniqueName());
      expect(shared).toEqual([]);
      three.leave();
      alone?.release();
      await Promise.race([Promise.all(waiting), waiting[0]]);
      expect(shared).toEqual(['two']);
      expect(await one.tryLock(map)).toBeNull();
      for (const tab of [one, two]) tab.leave();
    });

    it('CL-4: a message reaches every other tab of the group, in order, as a copy, and never its sender', async () => {
      const group = uniqueName();
      const [one, two, three] = [openTab().join(group), openTab().join(group), openTab().join(group)];
      const stranger = openTab().join(uniqueName());
      const [byOne, byTwo, byThree, byStranger] = [one, two, three, stranger].map(listen);
      const message = { n: 1, bytes: Uint8Array.of(1, 2) };
      one.post(message);
      message.n = 99;
      one.post({ n: 2 });
      one.post('end');
      await heardUntil(byTwo ?? [], 'end');
      await heardUntil(byThree ?? [], 'end');
      const expected = [{ n: 1, bytes: Uint8Array.of(1, 2) }, { n: 2 }, 'end'];
      expect([byOne, byTwo, byThree, byStranger]).toEqual([[], expected, expected, []]);
      for (const tab of [one, two, three, stranger]) tab.leave();
    });

    it('nothing is heard after unsubscribing, nothing comes from or goes to a tab that left', async () => {
      const group = uniqueName();
      const [one, two, three] = [openTab().join(group), openTab().join(group), openTab().join(group)];
      const quiet: unknown[] = [];
      two.onMessage((message) => quiet.push(message))();
      const byLeft = listen(three);
      three.leave();
      three.post('from the grave');
      const byTwo = listen(two);
      one.post('end');
      await heardUntil(byTwo, 'end');
      expect(byTwo).toEqual(['end']);
      expect(quiet).toEqual([]);
      expect(byLeft).toEqual([]);
      one.leave();
      two.leave();
    });

    it('CL-4: a lock has one holder, and goes on in the order of asking', async () => {
      const lock = uniqueName();
      const tabs = [1, 2, 3].map(() => openTab().join(lock));
      const holders = tabs.map(holder);
      tabs.forEach((tab, i) => tab.lock(lock, holders[i]?.run ?? (() => Promise.resolve())));
      expect(holders.map((h) => h.isHeld())).toEqual([false, false, false]);
      for (const current of holders) {
        await vi.waitFor(() => expect(current.isHeld()).toBe(true));
        expect(holders.filter((h) => h.isHeld()).length).toBe(1);
        current.stop();
      }
      await vi.waitFor(() => expect(holders.some((h) => h.isHeld())).toBe(false));
      for (const tab of tabs) tab.leave();
    });

    it('cancel gives up waiting; a lock that is held stays', async () => {
      const lock = uniqueName();
      const [one, two, three] = [openTab().join(lock), openTab().join(lock), openTab().join(lock)];
      const [first, second, third] = [holder(), holder(), holder()];
      const held = one.lock(lock, first.run);
      const waiting = two.lock(lock, second.run);
      three.lock(lock, third.run);
      await vi.waitFor(() => expect(first.isHeld()).toBe(true));
      held.cancel();
      waiting.cancel();
      expect(await two.tryLock(lock)).toBeNull();
      first.stop();
      await vi.waitFor(() => expect(third.isHeld()).toBe(true));
      expect(second.isHeld()).toBe(false);
      third.stop();
      for (const tab of [one, two, three]) tab.leave();
    });

    it('CR-2: tryLock takes what is free, and only that, within one tab too', async () => {
      const place = uniqueName();
      const [one, two] = [openTab().join(place), openTab().join(place)];
      const taken = await one.tryLock(place);
      expect(taken).not.toBeNull();
      expect(await two.tryLock(place)).toBeNull();
      expect(await one.tryLock(place)).toBeNull();
      taken?.release();
      let next: { release(): void } | null = null;
      await vi.waitFor(async () => {
        next ??= await two.tryLock(place);
        expect(next).not.toBeNull();
      });
      // A second release of the old holder must not free the new one's.
      taken?.release();
      expect(await one.tryLock(place)).toBeNull();
      one.leave();
      two.leave();
    });

    it("CL-4: a stolen lock is the thief's, who waits for nobody; the robbed is told, and what it does with it has no effect", async () => {
      const lock = uniqueName();
      const [one, two, three] = [openTab().join(lock), openTab().join(lock), openTab().join(lock)];
      const [first, waiting, thief] = [holder(), holder(), holder()];
      one.lock(lock, first.run);
      await vi.waitFor(() => expect(first.isHeld()).toBe(true));
      two.lock(lock, waiting.run);
      stealingOf(three).steal(lock, thief.run);
      await vi.waitFor(() => expect([thief.isHeld(), first.isRobbed()]).toEqual([true, true]));
      first.stop();
      one.leave();
      expect(await two.tryLock(lock)).toBeNull();
      expect([waiting.isHeld(), thief.isRobbed()]).toEqual([false, false]);
      thief.stop();
      await vi.waitFor(() => expect(waiting.isHeld()).toBe(true));
      expect(thief.isRobbed()).toBe(false);
      for (const tab of [two, three]) tab.leave();
    });

    it('CL-4: a lock that nobody holds can be stolen too; whoever has left steals nothing, and is not robbed', async () => {
      const lock = uniqueName();
      const [one, two] = [openTab().join(lock), openTab().join(lock)];
      const [first, second] = [holder(), holder()];
      two.leave();
      stealingOf(one).steal(lock, first.run);
      await vi.waitFor(() => expect(first.isHeld()).toBe(true));
      stealingOf(two).steal(lock, second.run);
      one.leave();
      const three = openTab().join(lock);
      await vi.waitFor(async () => expect(await three.tryLock(lock)).not.toBeNull());
      expect([first.isRobbed(), second.isHeld()]).toEqual([false, false]);
      three.leave();
    });

    it('CL-4: it can be asked who holds a lock, which is the same as long as that one does', async () => {
      const lock = uniqueName();
      const [one, two] = [openTab().join(lock), openTab().join(lock)];
      const [first, next] = [holder(), holder()];
      const asked = (): Promise<string | null> => stealingOf(two).holderOf(lock);
      expect(await asked()).toBeNull();
      one.lock(lock, first.run);
      await vi.waitFor(async () => expect(await asked()).not.toBeNull());
      const held = await asked();
      one.lock(lock, next.run);
      expect([await asked(), await stealingOf(one).holderOf(lock)]).toEqual([held, held]);
      first.stop();
      next.stop();
      await vi.waitFor(async () => expect(await asked()).toBeNull());
      for (const tab of [one, two]) tab.leave();
    });

    it('CL-4: it can be asked how many locks of a name are held, by whichever tab', async () => {
      const [group, lock] = [uniqueName(), uniqueName()];
      const [one, two] = [openTab().join(group), openTab().join(group)];
      const count = (): Promise<number> | undefined => one.countHeld?.(`${lock}:`);
      expect(await count()).toBe(0);
      const held = await one.tryLock(`${lock}:0`);
      await two.tryLock(`${lock}:1`);
      await two.tryLock(`${lock}-another`);
      expect(await count()).toBe(2);
      held?.release();
      await vi.waitFor(async () => expect(await count()).toBe(1));
      two.leave();
      await vi.waitFor(async () => expect(await count()).toBe(0));
    });

    it('CL-4: a tab that leaves gives back what it holds and waits for nothing', async () => {
      const [lock, place] = [uniqueName(), uniqueName()];
      const [one, two, three] = [openTab().join(lock), openTab().join(lock), openTab().join(lock)];
      const [first, second, third] = [holder(), holder(), holder()];
      one.lock(lock, first.run);
      await vi.waitFor(() => expect(first.isHeld()).toBe(true));
      expect(await one.tryLock(place)).not.toBeNull();
      two.lock(lock, second.run);
      three.lock(lock, third.run);
      two.leave();
      one.leave();
      await vi.waitFor(() => expect(third.isHeld()).toBe(true));
      expect(second.isHeld()).toBe(false);
      await vi.waitFor(async () => expect(await three.tryLock(place)).not.toBeNull());
      expect(await one.tryLock(uniqueName())).toBeNull();
      third.stop();
      three.leave();
    });
  });
}
