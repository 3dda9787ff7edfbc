import { describe, expect, it } from 'vitest';

import type { ReplicaId } from '../clock/index.js';
import { advanceCounter, type CountOp } from '../crdt/index.js';
import { TopGunError } from '../primitives/index.js';
import { TopGunClient } from './index.js';
import { MemoryAdapter } from './adapters/memory-storage.js';
import { counterPlace, PNCounterHandle } from './pn-counter-handle.js';
import { createFakeDevice, type FakeDevice } from './testing/fake-clients.js';
import { createFakeWorld, creates, type FakeWorld } from './testing/fake-world.js';
import { createSeededRandom } from './testing/seeded-random.js';
import { createTabHarness } from './testing/tab-harness.js';

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof TopGunError) return error.code;
    throw error;
  }
  return 'nothing thrown';
};

interface OpenDevice {
  readonly device: FakeDevice;
  readonly client: TopGunClient;
  readonly likes: PNCounterHandle;
  /** What a listener was told, oldest first. */
  readonly heard: readonly number[];
}

async function openDevice(world: FakeWorld, device = createFakeDevice(world)): Promise<OpenDevice> {
  const { client } = device.open();
  const likes = client.getPNCounter('likes:1');
  const heard: number[] = [];
  likes.subscribe((value) => heard.push(value));
  await client.start();
  await world.time.settle();
  return { device, client, likes, heard };
}

describe('the name of a counter', () => {
  it('CR-7: is a map and a key, divided by the first colon', () => {
    expect(counterPlace('likes:1')).toEqual({ map: 'likes', key: '1' });
    expect(counterPlace('likes')).toEqual({ map: 'likes', key: '' });
    expect(counterPlace('likes:')).toEqual({ map: 'likes', key: '' });
    expect(counterPlace('likes:post:1')).toEqual({ map: 'likes', key: 'post:1' });
    for (const bad of ['', ':1', 'no spaces:1']) expect(codeOf(() => counterPlace(bad))).toBe('map-name');
    expect(codeOf(() => counterPlace(`likes:${'k'.repeat(2_000)}`))).toBe('key-too-long');
  });

  it('gives the same handle every time', async () => {
    const client = new TopGunClient();
    expect(client.getPNCounter('likes:1')).toBe(client.getPNCounter('likes:1'));
    expect(client.getPNCounter('likes:1').value).toBe(0);
    await client.close();
  });
});

describe('a counter', () => {
  it('CL-1, CR-7: a change is visible at once, then durable and acked, and the sum is everybody’s', async () => {
    const world = createFakeWorld();
    const [one, two] = [await openDevice(world), await openDevice(world)];
    const handle = one.likes.increment();
    one.likes.add(5);
    two.likes.decrement();
    expect([one.likes.value, two.likes.value]).toEqual([6, -1]);
    expect(await handle.persisted).toEqual({ ok: true, outcome: 'applied' });
    expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
    await world.time.settle();
    expect([one.likes.value, two.likes.value, world.server.rows('likes').get('1')]).toEqual([5, 5, 5]);
    expect([one.client.getPendingOpsCount(), one.client.syncState('likes', '1')]).toEqual([0, 'synced']);
  });

  it('CR-7: what is shown never goes back and forth between ack, total and push', async () => {
    const world = createFakeWorld();
    const { likes, heard } = await openDevice(world);
    for (let i = 0; i < 20; i += 1) {
      likes.increment();
      if (i % 3 === 0) await world.time.settle();
    }
    await world.time.settle();
    expect(heard).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('CR-7: whoever counts without watching sees the sum with the ack', async () => {
    const world = createFakeWorld();
    const one = await openDevice(world);
    one.likes.add(10);
    await world.time.settle();
    const { client } = createFakeDevice(world).open();
    const likes = client.getPNCounter('likes:1');
    await client.start();
    await likes.loaded();
    const handle = likes.increment();
    expect(likes.value).toBe(1);
    await handle.acked;
    expect(likes.value).toBe(11);
    expect(client.getPendingOpsCount()).toBe(0);
  });

  it('CR-7: the counter of a name without a colon, and what is no whole number', async () => {
    const world = createFakeWorld();
    const { client } = await openDevice(world);
    const visits = client.getPNCounter('visits');
    visits.subscribe(() => {});
    visits.increment();
    await world.time.settle();
    expect([visits.value, world.server.rows('visits').get('')]).toEqual([1, 1]);
    for (const bad of [0.5, Number.NaN, Number.POSITIVE_INFINITY, '1' as never]) {
      expect(codeOf(() => visits.add(bad))).toBe('invalid-value');
    }
    expect(codeOf(() => visits.add(Number.MAX_SAFE_INTEGER))).toBe('too-large');
    expect(await visits.add(0).acked).toEqual({ ok: true, outcome: 'applied' });
    expect([visits.value, client.getPendingOpsCount()]).toEqual([1, 0]);
  });

  it('CL-7, CR-7: a refused delta leaves no trace in later ones, and can be tried again', async () => {
    const world = createFakeWorld();
    const { client, likes, heard } = await openDevice(world);
    likes.add(10);
    await world.time.settle();
    world.server.refuse((op) => (op.kind === 'count' && op.delta === 100 ? 'not-permitted' : null));
    likes.add(100);
    likes.add(1);
    expect(likes.value).toBe(111);
    await world.time.settle();
    expect([likes.value, world.server.rows('likes').get('1')]).toEqual([11, 11]);
    expect(heard).toEqual([10, 110, 111, 11]);
    const [rejection] = client.rejections.list();
    expect(rejection).toMatchObject({ code: 'not-permitted', attempted: { type: 'count', delta: 100 } });
    world.server.refuse(() => null);
    client.rejections.retry(rejection!.id);
    await world.time.settle();
    expect([likes.value, client.rejections.list()]).toEqual([111, []]);
  });

  it('CR-7: a map holds one type', async () => {
    const world = createFakeWorld();
    const { client, likes } = await openDevice(world);
    likes.increment();
    expect(codeOf(() => client.getMap('likes').set('2', { a: 1 }))).toBe('type-mismatch');
    expect(codeOf(() => client.getORMap('likes').add('2', 1))).toBe('type-mismatch');
    client.getMap('todos').set('1', 7);
    expect(client.getPNCounter('todos:1').value).toBe(7);
    expect(codeOf(() => client.getPNCounter('todos:2').increment())).toBe('type-mismatch');
    world.writeElsewhere('todos', '2', creates({ a: 1 }));
  });
});

describe('a delta counts once', () => {
  it('CR-7, PI-11: when its ack was lost, though the total comes before the verdict is told again', async () => {
    const world = createFakeWorld();
    const { client, likes, heard } = await openDevice(world);
    likes.add(10);
    await world.time.settle();
    world.server.holdDecisions();
    likes.add(5);
    await world.time.settle();
    world.server.dropConnections();
    world.server.releaseDecisions();
    expect(world.server.rows('likes').get('1')).toBe(15);
    world.server.holdDecisions();
    client.forceReconnect();
    await world.time.advance(500);
    // The first answer is here and has the delta in it; the verdict is not.
    expect([likes.value, client.getPendingOpsCount()]).toEqual([15, 1]);
    world.server.releaseDecisions();
    await world.time.advance(500);
    expect([likes.value, client.getPendingOpsCount()]).toEqual([15, 0]);
    expect(heard).toEqual([10, 15]);
    expect(world.server.taken).toHaveLength(2);
  });

  it('CL-2, CR-7: when the tab crashed before the ack came, and is opened again', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world);
    const { client, tab } = device.open();
    const likes = client.getPNCounter('likes:1');
    await client.start();
    likes.add(10);
    await world.time.settle();
    world.server.holdDecisions();
    await likes.add(5).persisted;
    await world.time.settle();
    tab.crash();
    world.server.dropConnections();
    world.server.releaseDecisions();
    world.server.holdDecisions();
    const again = await openDevice(world, device);
    await world.time.advance(500);
    expect([again.likes.value, again.client.getPendingOpsCount()]).toEqual([15, 1]);
    world.server.releaseDecisions();
    await world.time.advance(500);
    // The outbox is read before the map is.
    expect([again.likes.value, again.client.getPendingOpsCount(), again.heard]).toEqual([15, 0, [5, 15]]);
    await again.client.close();
    const offline = device.open().client.getPNCounter('likes:1');
    world.transport.cut();
    await offline.loaded();
    expect(offline.value).toBe(15);
  });

  it('CL-2, CR-7: what was counted offline survives a reload and arrives after it', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world);
    world.transport.cut();
    const first = device.open().client;
    // Before storage is open, so that it goes on under another replica.
    first.getPNCounter('likes:1').add(2);
    await first.getPNCounter('likes:1').add(3).persisted;
    await first.close();
    const second = await openDevice(world, device);
    await second.likes.loaded();
    expect([second.likes.value, second.client.syncState('likes', '1')]).toEqual([5, 'pending']);
    second.likes.increment();
    world.transport.restore();
    second.client.forceReconnect();
    await world.time.advance(1_000);
    expect([second.likes.value, world.server.rows('likes').get('1'), second.client.getPendingOpsCount()]).toEqual([
      6, 6, 0,
    ]);
  });

  it('CL-4, CR-7: in every tab, whoever leads', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world);
    const leader = device.open();
    await leader.client.start();
    await world.time.settle();
    const follower = device.open();
    const likes = follower.client.getPNCounter('likes:1');
    await follower.client.start();
    await likes.loaded();
    world.server.holdDecisions();
    likes.add(5);
    await world.time.settle();
    expect([leader.client.getPNCounter('likes:1').value, likes.value]).toEqual([5, 5]);
    follower.tab.freeze();
    world.server.releaseDecisions();
    await world.time.settle();
    leader.tab.crash();
    world.transport.cut();
    follower.tab.thaw();
    await world.time.advance(60_000);
    expect([likes.value, follower.client.getPendingOpsCount()]).toEqual([5, 0]);
    world.transport.restore();
    follower.client.forceReconnect();
    await world.time.advance(60_000);
    likes.increment();
    await world.time.settle();
    expect([likes.value, world.server.rows('likes').get('1')]).toEqual([6, 6]);
  });
});

describe('a verdict that was stored and could not be told', () => {
  it('CL-4, CR-7: leaves the delta shown until the total is read from storage', async () => {
    const tab = createTabHarness();
    await tab.runtime.start();
    const likes = new PNCounterHandle('likes:1', counterPlace('likes:1'), tab.runtime);
    const heard: number[] = [];
    likes.subscribe((value) => heard.push(value));
    await likes.loaded();
    likes.add(5);
    await tab.time.settle();
    const [entry] = tab.sync().outbox;
    const op = entry!.op as CountOp;
    // As another tab's leader left it, with what others had counted.
    const others = advanceCounter(undefined, { ...op, replica: 'other.0' as ReplicaId, delta: 100 });
    const delta = advanceCounter(others, op);
    await tab.sync().options.storage.commit({
      removeOps: [op],
      base: [{ map: 'likes', changes: [{ type: 'merge', key: '1', delta }] }],
    });
    tab.sync().decide(0, [op]);
    expect([likes.value, tab.runtime.pendingOps]).toEqual([5, 0]);
    await tab.time.settle();
    expect([likes.value, heard]).toEqual([105, [5, 105]]);
    expect(tab.runtime.stores.use('likes').overlay.isPending('1')).toBe(false);
  });

  it('CL-8, CR-7: goes without it when storage cannot be read, and says so', async () => {
    const storage = new MemoryAdapter({ random: createSeededRandom(5) });
    const tab = createTabHarness({ storage });
    await tab.runtime.start();
    const issues: unknown[] = [];
    tab.runtime.storageIssues.add((issue) => issues.push(issue.code));
    const likes = new PNCounterHandle('likes:1', counterPlace('likes:1'), tab.runtime);
    await likes.loaded();
    likes.add(5);
    await tab.time.settle();
    const { storage: open, name } = tab.sync().options;
    expect(name).not.toBe('');
    open.loadMap = () => Promise.resolve({ ok: false, error: { code: 'failed', message: 'Not now.' } });
    tab.sync().decide(
      0,
      tab.sync().outbox.map(({ op }) => op),
    );
    await tab.time.settle();
    expect([likes.value, issues]).toEqual([0, ['failed']]);
  });
});

describe('a counter without a server', () => {
  it('CR-7: counts on the device, in all its tabs, over reloads', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world, {});
    const clients = [device.open().client, device.open().client];
    const [one, two] = clients.map((client) => client.getPNCounter('likes:1')) as [PNCounterHandle, PNCounterHandle];
    one.add(10);
    two.add(1);
    expect([one.value, two.value]).toEqual([10, 1]);
    await Promise.all(clients.map((client) => client.start()));
    await Promise.all([one.loaded(), two.loaded()]);
    await world.time.settle();
    expect([one.value, two.value]).toEqual([11, 11]);
    for (let i = 0; i < 5; i += 1) (i % 2 === 0 ? one : two).increment();
    await world.time.settle();
    expect([one.value, two.value]).toEqual([16, 16]);
    await Promise.all(clients.map((client) => client.close()));

    const again = device.open().client;
    const likes = again.getPNCounter('likes:1');
    likes.decrement();
    expect(likes.value).toBe(-1);
    await likes.loaded();
    await world.time.settle();
    expect(likes.value).toBe(15);
    const handle = likes.decrement();
    expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
    expect([likes.value, again.syncState('likes', '1')]).toEqual([14, 'local-only']);
    await again.close();
    const last = device.open().client.getPNCounter('likes:1');
    await last.loaded();
    expect(last.value).toBe(14);
  });
});
