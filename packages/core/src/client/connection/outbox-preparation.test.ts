import { describe, expect, it } from 'vitest';

import { stampMillis } from '../../clock/index.js';
import { createFakeWorld, creates, patches, WHOLE } from '../testing/fake-world.js';
import { subscriptionKey } from '../tabs/subscription-key.js';

const HOUR_MS = 3_600_000;

describe('CR-11: ops stamped by a clock that was off', () => {
  for (const skewMs of [HOUR_MS, -HOUR_MS]) {
    it(`CR-11: a device ${skewMs / HOUR_MS} h off: the later edit wins, not the later reconnect`, async () => {
      const { time, transport, server, open, writeElsewhere } = createFakeWorld();
      const tab = await open({ device: time.device({ skewMs }) });
      await tab.write('todos', 'early', creates({ by: 'nobody' }));
      await tab.write('todos', 'late', creates({ by: 'nobody' }));
      await tab.close();

      // A page session that has never heard the server's time.
      transport.cut();
      const offline = await open({ device: time.device({ skewMs }) });
      await time.advance(1_000);
      await offline.write('todos', 'early', patches({ by: 'me' }));
      const writtenAt = time.clock.now();
      await time.advance(1_000);
      writeElsewhere('todos', 'early', patches({ by: 'other' }));
      writeElsewhere('todos', 'late', patches({ by: 'other' }));
      await time.advance(1_000);
      await offline.write('todos', 'late', patches({ by: 'me' }));
      transport.restore();
      await time.advance(60_000);

      expect(server.rows('todos').get('early')).toEqual({ by: 'other' });
      expect(server.rows('todos').get('late')).toEqual({ by: 'me' });
      expect(offline.pending()).toEqual([]);
      const early = server.taken.findLast((op) => op.key === 'early');
      expect(Math.abs(stampMillis(early!.stamp) - writtenAt)).toBeLessThan(20);
    });
  }

  it('CR-11: after the first welcome the tabs stamp with server time, and nothing is corrected twice', async () => {
    const { time, transport, server, open } = createFakeWorld();
    const device = time.device({ skewMs: HOUR_MS });
    const [leader, follower] = [await open({ device }), await open({ device })];
    for (const tab of [leader, follower]) {
      const op = await tab.write('todos', `live-${tab.replica()}`, creates({ n: 1 }));
      expect(stampMillis(op.stamp)).toBe(time.clock.now());
    }
    await time.settle();
    expect(server.taken).toHaveLength(2);
    transport.cut();
    await time.settle();
    const offline = await follower.write('todos', 'offline', creates({ n: 1 }));
    expect(stampMillis(offline.stamp)).toBe(time.clock.now());
    await follower.close();
    await leader.close();
    transport.restore();
    await time.advance(10_000);
    await open({ device });
    await time.advance(1_000);
    expect(server.taken.at(-1)!.stamp).toBe(offline.stamp);
  });

  it('CR-11: an op stays after what its author had seen, though the clock was far ahead', async () => {
    const { time, transport, server, open, writeElsewhere } = createFakeWorld();
    const device = time.device({ skewMs: HOUR_MS });
    const tab = await open({ device });
    tab.subscribe('todos', { where: { type: 'and', of: [] }, sort: [], limit: null });
    await time.settle();
    writeElsewhere('todos', 'a', creates({ by: 'other' }));
    await time.settle();
    await tab.close();
    transport.cut();
    const offline = await open({ device });
    // At the same moment of true time, but after reading it.
    await offline.write('todos', 'a', patches({ by: 'me' }));
    transport.restore();
    await time.advance(60_000);
    expect(server.rows('todos').get('a')).toEqual({ by: 'me' });
  });

  it('CR-11: what others wrote since counts as not seen, however slow this storage is', async () => {
    const { time, transport, server, open, writeElsewhere } = createFakeWorld();
    const device = time.device({ skewMs: HOUR_MS });
    writeElsewhere('todos', 'a', creates({ by: 'nobody' }));
    transport.cut();
    const tab = await open({
      device,
      wrapStorage: (storage) => ({
        ...storage,
        loadMap: (map) =>
          new Promise((resolve) => device.timers.after(200, () => void storage.loadMap(map).then(resolve))),
      }),
    });
    await time.advance(10);
    await tab.write('todos', 'a', patches({ by: 'me' }));
    await time.advance(10);
    writeElsewhere('todos', 'a', patches({ by: 'other' }));
    tab.sync.openSubscription(subscriptionKey('todos', WHOLE), 'todos', WHOLE);
    transport.restore();
    await time.advance(10_000);
    expect(server.rows('todos').get('a')).toEqual({ by: 'other' });
    expect(tab.pending()).toEqual([]);
  });

  it('CR-11: `handed` is durable before an op leaves', async () => {
    const { time, transport, server, adapter, open } = createFakeWorld();
    transport.cut();
    const tab = await open();
    await tab.write('todos', 'a', creates({ n: 1 }));
    const opened = await adapter.open('topgun:test');
    if (!opened.ok) throw new Error('no storage');
    const before = await opened.value.loadOutbox();
    expect(before.ok && before.value.map(({ handed }) => handed)).toEqual([false]);
    server.holdDecisions();
    transport.restore();
    await time.advance(2_000);
    expect(server.submitted).toHaveLength(1);
    const after = await opened.value.loadOutbox();
    expect(after.ok && after.value.map(({ handed }) => handed)).toEqual([true]);
  });

  it('CL-2, CR-11: a long queue is marked, and told of, in steps, and the first are sent before the last are marked', async () => {
    const { time, transport, server, open } = createFakeWorld();
    transport.cut();
    const leader = await open();
    const author = await open();
    for (let i = 0; i < 2_500; i += 1) void author.write('todos', `k${i}`, creates({ i }));
    await time.settle();
    author.crash();
    leader.crash();

    const marked: number[] = [];
    const sentBefore: number[] = [];
    const tab = await open({
      wrapStorage: (storage) => ({
        ...storage,
        commit: (commit) => {
          if (commit.putOps !== undefined) {
            marked.push(commit.putOps.length);
            sentBefore.push(server.submitted.length);
          }
          return storage.commit(commit);
        },
      }),
    });
    await time.advance(10);
    const told = tab.events.flatMap((event) => (event.type === 'persisted' ? [event.entries.length] : []));
    expect(told).toEqual([1_024, 1_024, 452]);
    server.holdDecisions();
    transport.restore();
    await time.advance(5_000);
    expect(marked).toEqual([1_024, 1_024, 452]);
    expect([sentBefore[0], sentBefore.at(-1)]).toEqual([0, 1_024]);
    server.releaseDecisions();
    while (tab.pending().length > 0) await time.settle();
    expect(server.submitted).toHaveLength(2_500);
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('CR-11: an op is not sent while its mark cannot be stored', async () => {
    const { time, transport, server, open } = createFakeWorld();
    transport.cut();
    let fails = false;
    const tab = await open({
      wrapStorage: (storage) => ({
        ...storage,
        commit: (commit) =>
          fails ? Promise.resolve({ ok: false, error: { code: 'quota', message: 'full' } }) : storage.commit(commit),
      }),
    });
    await tab.write('todos', 'a', creates({ n: 1 }));
    fails = true;
    transport.restore();
    await time.advance(30_000);
    expect(server.submitted).toEqual([]);
    fails = false;
    await time.advance(30_000);
    expect(server.rows('todos').has('a')).toBe(true);
    expect(tab.pending()).toEqual([]);
    expect(tab.sync.connectionState()).toBe('live');
  });
});

describe('CR-2: a storage that went back in time', () => {
  /** A database restored from a backup: its outbox is empty, and it has issued less than the server has decided. */
  async function restored() {
    const world = createFakeWorld();
    const { time, adapter, open } = world;
    const first = await open();
    for (let i = 0; i < 5; i += 1) await first.write('todos', `old${i}`, creates({ i }));
    await time.settle();
    await first.close();
    const opened = await adapter.open('topgun:test');
    if (!opened.ok) throw new Error('no storage');
    const rolledBack = {
      databaseId: opened.value.identity.databaseId,
      issued: new Map([[first.replica(), { seq: 2, stamp: first.decisions[1]!.op.stamp }]]),
    };
    return {
      ...world,
      spent: first.replica(),
      again: () => open({ wrapStorage: (storage) => ({ ...storage, identity: rolledBack }) }),
    };
  }

  it('CR-2: ops written before the handshake are issued again under another replica', async () => {
    const { time, transport, server, spent, again } = await restored();
    transport.cut();
    const tab = await again();
    expect(tab.replica()).toBe(spent);
    await tab.write('todos', 'new0', creates({ n: 0 }));
    await tab.write('todos', 'new1', creates({ n: 1 }));
    transport.restore();
    await time.advance(60_000);
    expect([...server.rows('todos').keys()].sort()).toEqual(['new0', 'new1', 'old0', 'old1', 'old2', 'old3', 'old4']);
    expect(tab.replica()).not.toBe(spent);
    expect(tab.pending()).toEqual([]);
    await tab.write('todos', 'new2', creates({ n: 2 }));
    await time.settle();
    expect(server.rows('todos').has('new2')).toBe(true);
    const ids = server.taken.map((op) => `${op.replica}:${op.seq}`);
    expect(new Set(ids).size).toBe(8);
  });

  it('CR-2: with nothing written yet the tab still takes another replica', async () => {
    const { time, server, spent, again } = await restored();
    const tab = await again();
    await time.settle();
    expect(tab.replica()).not.toBe(spent);
    await tab.write('todos', 'new', creates({ n: 0 }));
    await time.settle();
    expect(server.rows('todos').has('new')).toBe(true);
  });
});

describe('CL-8: a storage that fails while this tab leads', () => {
  it('CL-8: acks are not lost: what was decided is stored when it can be, and siblings hear of it', async () => {
    const { time, server, adapter, open } = createFakeWorld();
    let fails = false;
    const leader = await open({
      wrapStorage: (storage) => ({
        ...storage,
        commit: (commit) =>
          fails && commit.removeOps !== undefined
            ? Promise.resolve({ ok: false, error: { code: 'failed', message: 'broken' } })
            : storage.commit(commit),
      }),
    });
    const follower = await open();
    fails = true;
    await follower.write('todos', 'a', creates({ n: 1 }));
    await time.settle();
    expect(server.rows('todos').has('a')).toBe(true);
    expect(leader.pending()).toEqual([]);
    expect(follower.pending()).toEqual([]);
    const opened = await adapter.open('topgun:test');
    if (!opened.ok) throw new Error('no storage');
    const stored = async (): Promise<readonly [number, number]> => {
      const [outbox, map] = [await opened.value.loadOutbox(), await opened.value.loadMap('todos')];
      return [outbox.ok ? outbox.value.length : -1, map.ok ? map.value.size : -1];
    };
    expect(await stored()).toEqual([1, 0]);
    fails = false;
    await time.advance(2_000);
    expect(await stored()).toEqual([0, 1]);
  });

  it('CL-8: a leader that ends before it could store an ack: the next one asks again and is told the same', async () => {
    const { time, server, open } = createFakeWorld();
    const leader = await open({
      wrapStorage: (storage) => ({
        ...storage,
        commit: (commit) =>
          commit.removeOps !== undefined
            ? Promise.resolve({ ok: false, error: { code: 'failed', message: 'broken' } })
            : storage.commit(commit),
      }),
    });
    const follower = await open();
    await follower.write('todos', 'a', creates({ n: 1 }));
    await time.settle();
    leader.crash();
    await time.advance(5_000);
    expect(server.taken).toHaveLength(1);
    expect(server.submitted).toHaveLength(2);
    const outbox = await follower.storage.loadOutbox();
    expect(outbox.ok && outbox.value).toEqual([]);
    expect(follower.rows('todos').get('a')).toEqual({ n: 1 });
  });
});
