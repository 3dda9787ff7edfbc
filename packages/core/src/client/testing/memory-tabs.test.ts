import { describe, expect, it } from 'vitest';
import { describeTabsContract } from '../ports/tabs.contract.js';
import { macrotask } from './macrotask.js';
import { createMemoryTabs } from './memory-tabs.js';

const browser = createMemoryTabs();
describeTabsContract('memory', () => browser.openTab().port);

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

describe('memory tabs: messages', () => {
  it('reach every other tab of the group, in order, as copies, and never the sender', async () => {
    const tabs = createMemoryTabs();
    const [a, b, c, other] = ['x', 'x', 'x', 'y'].map((name) => tabs.openTab().port.join(name));
    const heard: Record<string, unknown[]> = { a: [], b: [], c: [], other: [] };
    a?.onMessage((m) => heard['a']?.push(m));
    b?.onMessage((m) => heard['b']?.push(m));
    c?.onMessage((m) => heard['c']?.push(m));
    other?.onMessage((m) => heard['other']?.push(m));
    const sent = { n: 1 };
    a?.post(sent);
    sent.n = 99;
    a?.post({ n: 2 });
    expect(heard['b']).toEqual([]);
    await macrotask();
    expect(heard).toEqual({ a: [], b: [{ n: 1 }, { n: 2 }], c: [{ n: 1 }, { n: 2 }], other: [] });
  });

  it('may overtake those of another sender when that is chosen, and never those of the same', () => {
    const chosen: number[] = [];
    const tabs = createMemoryTabs({ delivery: 'manual', choose: (count) => (chosen.push(count), count - 1) });
    const [a, b, c] = ['x', 'x', 'x'].map((name) => tabs.openTab().port.join(name));
    const heard: unknown[] = [];
    c?.onMessage((m) => heard.push(m));
    for (const message of ['a1', 'a2']) a?.post(message);
    for (const message of ['b1', 'b2']) b?.post(message);
    tabs.pumpAll();
    // Towards `c`: the oldest of each sender is on offer, and the later sender's was chosen every time.
    expect(heard).toEqual(['b1', 'b2', 'a1', 'a2']);
    expect(Math.max(...chosen)).toBeGreaterThan(1);
    expect(tabs.undelivered()).toBe(0);
  });

  it('wait for the test when delivery is manual', async () => {
    const tabs = createMemoryTabs({ delivery: 'manual' });
    const a = tabs.openTab().port.join('x');
    const b = tabs.openTab().port.join('x');
    const heard: unknown[] = [];
    b.onMessage((m) => heard.push(m));
    a.post(1);
    a.post(2);
    await macrotask();
    expect(heard).toEqual([]);
    expect(tabs.undelivered()).toBe(2);
    expect(tabs.pump()).toBe(true);
    expect(heard).toEqual([1]);
    tabs.pumpAll();
    expect(heard).toEqual([1, 2]);
    expect(tabs.pump()).toBe(false);
  });

  it('do not reach a tab that left or crashed, nor come from one', async () => {
    const tabs = createMemoryTabs();
    const a = tabs.openTab().port.join('x');
    const b = tabs.openTab().port.join('x');
    const crashing = tabs.openTab();
    const c = crashing.port.join('x');
    const heard: unknown[] = [];
    for (const group of [a, b, c]) group.onMessage((m) => heard.push(m));
    a.post('in flight');
    b.leave();
    crashing.crash();
    b.post('from the left');
    c.post('from the crashed');
    crashing.port.join('x').post('from the crashed again');
    await macrotask();
    expect(heard).toEqual([]);
  });

  it('wait while a tab is frozen and arrive, in order, when it thaws', async () => {
    const tabs = createMemoryTabs();
    const a = tabs.openTab().port.join('x');
    const sleeping = tabs.openTab();
    const heard: unknown[] = [];
    sleeping.port.join('x').onMessage((m) => heard.push(m));
    sleeping.freeze();
    a.post(1);
    a.post(2);
    await macrotask();
    expect(heard).toEqual([]);
    sleeping.thaw();
    await macrotask();
    expect(heard).toEqual([1, 2]);
  });
});

describe('memory tabs: locks', () => {
  it('CL-4: one holder at a time, first come first served, over all groups of the browser', async () => {
    const tabs = createMemoryTabs();
    const order: string[] = [];
    const gates = ['a', 'b', 'c'].map((name) => {
      const gate = deferred();
      tabs
        .openTab()
        .port.join(`group of ${name}`)
        .lock('L', () => {
          order.push(name);
          return gate.promise;
        });
      return gate;
    });
    expect(order).toEqual([]);
    await macrotask();
    expect(order).toEqual(['a']);
    gates[0]?.resolve();
    await macrotask();
    expect(order).toEqual(['a', 'b']);
    gates[1]?.resolve();
    await macrotask();
    expect(order).toEqual(['a', 'b', 'c']);
    expect(tabs.heldLocks()).toEqual(['L']);
    gates[2]?.resolve();
    await macrotask();
    expect(tabs.heldLocks()).toEqual([]);
  });

  it('cancel gives up waiting, and does nothing once the lock is held', async () => {
    const tabs = createMemoryTabs();
    const a = tabs.openTab().port.join('x');
    const b = tabs.openTab().port.join('x');
    const gate = deferred();
    const first = a.lock('L', () => gate.promise);
    let second = false;
    const waiting = b.lock('L', () => ((second = true), Promise.resolve()));
    await macrotask();
    waiting.cancel();
    first.cancel();
    expect(tabs.heldLocks()).toEqual(['L']);
    gate.resolve();
    await macrotask();
    expect(second).toBe(false);
    expect(tabs.heldLocks()).toEqual([]);
  });

  it('CL-4: a crash or a leave frees what the tab held and forgets what it waited for', async () => {
    for (const how of ['crash', 'leave'] as const) {
      const tabs = createMemoryTabs();
      const leader = tabs.openTab();
      const group = leader.port.join('x');
      group.lock('L', () => new Promise(() => {}));
      await macrotask();
      const started: string[] = [];
      const waiting = tabs.openTab();
      const waitingGroup = waiting.port.join('x');
      waitingGroup.lock('L', () => (started.push('gone'), Promise.resolve()));
      tabs
        .openTab()
        .port.join('x')
        .lock('L', () => (started.push('next'), new Promise(() => {})));
      if (how === 'crash') {
        waiting.crash();
        leader.crash();
      } else {
        waitingGroup.leave();
        group.leave();
      }
      await macrotask();
      expect(started).toEqual(['next']);
    }
  });

  it('tryLock takes a free lock only, and release gives it back once', async () => {
    const tabs = createMemoryTabs();
    const a = tabs.openTab().port.join('x');
    const b = tabs.openTab().port.join('x');
    const held = await a.tryLock('place:0');
    expect(held).not.toBeNull();
    expect(await b.tryLock('place:0')).toBeNull();
    held?.release();
    const next = await b.tryLock('place:0');
    expect(next).not.toBeNull();
    held?.release();
    expect(await a.tryLock('place:0')).toBeNull();
  });

  it('a lock granted to a tab that crashes before it hears of it goes to the next', async () => {
    const tabs = createMemoryTabs();
    const doomed = tabs.openTab();
    const started: string[] = [];
    doomed.port.join('x').lock('L', () => (started.push('doomed'), Promise.resolve()));
    tabs
      .openTab()
      .port.join('x')
      .lock('L', () => (started.push('next'), Promise.resolve()));
    doomed.crash();
    await macrotask();
    expect(started).toEqual(['next']);
  });
});
