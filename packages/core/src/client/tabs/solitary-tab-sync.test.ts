import { describe, expect, it } from 'vitest';

import { LEASE_RENEWAL_MS, LEASE_TTL_MS } from '../connection/replica-leases.js';
import { expectOrderlySubmission } from '../testing/expect-orderly-submission.js';
import type { FakeTab } from '../testing/fake-tab.js';
import { createFakeWorld, creates, patches, REMOVES, WHOLE, type FakeWorld } from '../testing/fake-world.js';
import { createMemoryTabs } from '../testing/memory-tabs.js';

/** A browser without Web Locks. */
const createWorld = (): FakeWorld => createFakeWorld({}, createMemoryTabs({ isExclusive: false }));

/** By then a lease that is no longer renewed has run out, and somebody has looked. */
const UNTIL_ADOPTED_MS = LEASE_TTL_MS + LEASE_RENEWAL_MS;

const isLive = (tab: FakeTab): boolean => tab.sync.connectionState() === 'live';

async function outboxOf(tab: FakeTab): Promise<readonly string[]> {
  const outbox = await tab.storage.loadOutbox();
  if (!outbox.ok) throw new Error(outbox.error.message);
  return outbox.value.map(({ op }) => op.key);
}

describe('tabs without locks', () => {
  it('CL-4: each has a connection and sends its own ops alone; nobody replaces anybody', async () => {
    const { time, transport, server, open } = createWorld();
    const [first, second] = [await open(), await open()];
    for (const tab of [first, second]) tab.subscribe('todos', WHOLE);
    for (let i = 0; i < 5; i += 1) {
      await first.write('todos', `a${i}`, creates({ i }));
      await second.write('todos', `b${i}`, creates({ i }));
      await time.advance(LEASE_RENEWAL_MS);
    }
    await time.advance(3 * LEASE_TTL_MS);
    expect(transport.connections).toHaveLength(2);
    expect(server.replacedSessions()).toBe(0);
    expect([first, second].map(isLive)).toEqual([true, true]);
    const connectionOf = new Map(server.submitted.map(({ connection, op }) => [op.replica, connection]));
    expect([connectionOf.get(first.replica()), connectionOf.get(second.replica())]).toEqual([1, 2]);
    for (const tab of [first, second]) {
      expect(tab.rows('todos')).toEqual(server.rows('todos'));
      expect(tab.rows('todos').size).toBe(10);
      expect(tab.pending()).toEqual([]);
    }
    expect(await outboxOf(first)).toEqual([]);
    expectOrderlySubmission(server);
  });

  it('CL-1, CL-4: an edit shows in the siblings while offline, in one that opens later too', async () => {
    const { time, transport, server, open } = createWorld();
    const [first, second] = [await open(), await open()];
    transport.cut();
    await time.settle();
    await first.write('todos', 'a', creates({ text: 'milk' }));
    await time.settle();
    const third = await open();
    for (const tab of [second, third]) expect(tab.rows('todos').get('a')).toEqual({ text: 'milk' });
    transport.restore();
    await time.advance(31_000);
    expect(server.rows('todos').get('a')).toEqual({ text: 'milk' });
    for (const tab of [first, second, third]) {
      expect(tab.pending()).toEqual([]);
      expect(tab.rows('todos').get('a')).toEqual({ text: 'milk' });
    }
    expect(server.replacedSessions()).toBe(0);
  });

  it('CL-4: an edit of a record that a sibling has created waits until the create is decided', async () => {
    const { time, transport, server, open } = createWorld();
    const [first, second] = [await open(), await open()];
    transport.cut();
    await time.settle();
    await first.write('todos', 'a', creates({ text: 'milk' }));
    await time.advance(1);
    await second.write('todos', 'a', patches({ text: 'oat milk' }));
    await second.write('todos', 'b', creates({ text: 'tea' }));
    await time.advance(1);
    await first.write('todos', 'b', REMOVES);
    transport.restore();
    second.sync.forceReconnect();
    await time.settle();
    expect(isLive(second)).toBe(false);
    expect(server.taken).toEqual([]);
    first.sync.forceReconnect();
    await time.settle();
    expect(server.taken.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
      'create a',
      'patch a',
      'create b',
      'remove b',
    ]);
    for (const tab of [first, second]) {
      expect(isLive(tab)).toBe(true);
      expect(tab.decisions.map(({ outcome }) => outcome)).toEqual(['applied', 'applied', 'applied', 'applied']);
      expect(tab.rows('todos')).toEqual(new Map([['a', { text: 'oat milk' }]]));
    }
  });

  it('CL-4, PI-11: what a tab wrote before it crashed is sent by one that stays, when the lease has run out, once', async () => {
    const { time, transport, server, open } = createWorld();
    const [first, second, third] = [await open(), await open(), await open()];
    transport.cut();
    await time.settle();
    await first.write('todos', 'a', creates({ text: 'milk' }));
    await first.write('todos', 'a', patches({ text: 'oat milk' }));
    const orphaned = first.replica();
    first.crash();
    transport.restore();
    await time.advance(LEASE_TTL_MS - LEASE_RENEWAL_MS);
    expect([second, third].map(isLive)).toEqual([true, true]);
    expect(server.taken).toEqual([]);
    expect(second.rows('todos').get('a')).toEqual({ text: 'oat milk' });

    await time.advance(2 * LEASE_RENEWAL_MS);
    expect(server.rows('todos').get('a')).toEqual({ text: 'oat milk' });
    expect(server.submitted.map(({ op }) => [op.replica, op.seq])).toEqual([
      [orphaned, 1],
      [orphaned, 2],
    ]);
    expect(server.replacedSessions()).toBe(0);
    await time.advance(LEASE_RENEWAL_MS);
    for (const tab of [second, third]) {
      expect(tab.pending()).toEqual([]);
      expect(tab.rows('todos').get('a')).toEqual({ text: 'oat milk' });
    }
    expect(await outboxOf(second)).toEqual([]);
  });

  it('CL-4: what a tab wrote before it was closed is sent at once', async () => {
    const { time, transport, server, open } = createWorld();
    const [first, second] = [await open(), await open()];
    transport.cut();
    await time.settle();
    await first.write('todos', 'a', creates({ text: 'milk' }));
    await first.close();
    transport.restore();
    second.sync.forceReconnect();
    await time.settle();
    expect(server.rows('todos').get('a')).toEqual({ text: 'milk' });
    expect(second.pending()).toEqual([]);
  });

  it('CL-4: the only tab of yesterday left something: the first of today sends it', async () => {
    const { time, transport, server, open } = createWorld();
    const first = await open();
    transport.cut();
    await time.settle();
    await first.write('todos', 'a', creates({ text: 'milk' }));
    first.crash();
    await time.advance(UNTIL_ADOPTED_MS);
    transport.restore();
    const second = await open();
    expect(server.rows('todos').get('a')).toEqual({ text: 'milk' });
    expect(second.pending()).toEqual([]);
    expect(isLive(second)).toBe(true);
  });

  it('CL-4, SY-2: an adopted replica stays adopted while accepted ops of it are kept, and is given back with the tab', async () => {
    const { time, server, open, adapter } = createWorld();
    const first = await open();
    await first.write('todos', 'a', creates({ text: 'milk' }));
    await time.settle();
    first.crash();
    const second = await open();
    for (let round = 1; round <= 2; round += 1) {
      const op = { ...server.taken[0]!, seq: round + 1, key: `late ${round}` };
      await second.storage.commit({ putOps: [{ op, handed: false }] });
      await time.advance(UNTIL_ADOPTED_MS);
      expect(server.rows('todos').has(`late ${round}`)).toBe(true);
      expect(isLive(second)).toBe(true);
      await time.advance(2 * LEASE_RENEWAL_MS);
      const opened = await adapter.open('topgun:test');
      if (!opened.ok) throw new Error('no storage');
      const asked = { replica: op.replica, holder: 'somebody', now: time.clock.now(), ttlMs: LEASE_TTL_MS };
      expect(await opened.value.lease(asked)).toEqual({ ok: true, value: 'refused' });
      if (round < 2) continue;
      await second.close();
      expect(await opened.value.lease(asked)).toEqual({ ok: true, value: 'taken' });
    }
  });

  it('CR-2, CL-4: a tab that was away for longer than its lease goes on as another replica, and fights nobody', async () => {
    const { time, transport, server, open } = createWorld();
    const device = time.device();
    const sleeper = await open({ device });
    const second = await open();
    transport.cut();
    await time.settle();
    await sleeper.write('todos', 'a', creates({ text: 'milk' }));
    const before = sleeper.replica();
    device.freeze();
    await time.advance(UNTIL_ADOPTED_MS);
    transport.restore();
    second.sync.forceReconnect();
    await time.settle();
    expect(server.rows('todos').get('a')).toEqual({ text: 'milk' });

    device.thaw();
    await time.advance(31_000);
    await sleeper.write('todos', 'b', creates({ text: 'tea' }));
    await time.advance(2 * LEASE_TTL_MS);
    expect(sleeper.replica()).not.toBe(before);
    expect(server.rows('todos').get('b')).toEqual({ text: 'tea' });
    expect(server.taken).toHaveLength(2);
    expect([sleeper, second].map(isLive)).toEqual([true, true]);
    expect(server.replacedSessions()).toBe(0);
    for (const tab of [sleeper, second]) expect(tab.pending()).toEqual([]);
    expect(await outboxOf(second)).toEqual([]);
  });

  it('CL-4: while its lease has run out a tab sends nothing, whatever wakes it first', async () => {
    const { time, transport, server, open } = createWorld();
    const device = time.device();
    const sleeper = await open({ device });
    transport.cut();
    await time.settle();
    await sleeper.write('todos', 'a', creates({ text: 'milk' }));
    const [before] = [sleeper.replica()];
    device.freeze();
    await time.advance(LEASE_TTL_MS);
    const second = await open();
    expect(second.pending()).toHaveLength(1);
    transport.restore();
    // The network's return reaches it before any of its timers.
    sleeper.network.goOnline();
    await time.settle();
    device.thaw();
    await time.advance(LEASE_TTL_MS);
    const [once, ...again] = server.submitted.filter(({ op }) => op.replica === before);
    expect(once?.op.key).toBe('a');
    expect(again).toEqual([]);
    for (const tab of [sleeper, second]) expect(tab.pending()).toEqual([]);
  });

  it('CL-4: a device that slept wakes with all its tabs as they were', async () => {
    const { time, transport, server, open } = createWorld();
    const device = time.device();
    const [first, second] = [await open({ device }), await open({ device })];
    transport.cut();
    await time.settle();
    await first.write('todos', 'a', creates({ text: 'milk' }));
    await second.write('todos', 'b', creates({ text: 'tea' }));
    const before = [first.replica(), second.replica()];
    device.freeze();
    await time.advance(8 * 3_600_000);
    transport.restore();
    device.thaw();
    await time.advance(2 * LEASE_TTL_MS);
    expect([first.replica(), second.replica()]).toEqual(before);
    expect(server.replacedSessions()).toBe(0);
    expect([...server.rows('todos').keys()].sort()).toEqual(['a', 'b']);
    for (const tab of [first, second]) expect(tab.pending()).toEqual([]);
  });

  it('CL-4: sends nothing that whoever had adopted it before has just finished', async () => {
    const { time, transport, server, open } = createWorld();
    const first = await open();
    transport.cut();
    await time.settle();
    await first.write('todos', 'a', creates({ text: 'milk' }));
    const orphaned = first.replica();
    first.crash();
    await time.advance(UNTIL_ADOPTED_MS);
    transport.restore();
    const second = await open({
      wrapStorage: (storage) => ({
        ...storage,
        async lease(request) {
          // The op was sent between this tab's first look and its lease.
          if (request.replica === orphaned) await storage.commit({ removeOps: [{ replica: orphaned, seq: 1 }] });
          return storage.lease(request);
        },
      }),
    });
    await time.advance(LEASE_RENEWAL_MS);
    expect(isLive(second)).toBe(true);
    expect(server.submitted).toEqual([]);
    expect(second.pending()).toEqual([]);
  });

  it('leaves no timer behind, and its replica to whoever comes', async () => {
    const { time, open } = createWorld();
    const tab = await open();
    tab.subscribe('todos', WHOLE);
    await tab.write('todos', 'a', creates({ text: 'milk' }));
    await time.settle();
    await tab.close();
    expect(time.pendingTimers()).toBe(0);
    const asked = { replica: tab.replica(), holder: 'next', now: time.clock.now(), ttlMs: LEASE_TTL_MS };
    expect(await tab.storage.lease(asked)).toEqual({ ok: true, value: 'taken' });
  });
});
