import { describe, expect, it } from 'vitest';

import type { MemoryAdapter } from './adapters/memory-storage.js';
import type { TopGunClient } from './index.js';
import type { Storage, StorageAdapter } from './ports/storage.js';
import { createCrashingStorage } from './testing/crashing-storage.js';
import { createFakeDevice } from './testing/fake-clients.js';
import { fakeToken } from './testing/fake-token.js';
import { createFakeWorld, type FakeWorld } from './testing/fake-world.js';

const NOBODY = 'topgun:http://server.test:anonymous';
const ANN = 'topgun:http://server.test:user:ann';
const ann = { getToken: () => fakeToken({ sub: 'ann' }) };

async function withStored<T>(storage: StorageAdapter, name: string, read: (of: Storage) => Promise<T>): Promise<T> {
  const opened = await storage.open(name);
  if (!opened.ok) throw new Error(opened.error.message);
  const value = await read(opened.value);
  await opened.value.close();
  return value;
}

/** What the ops in a database say, apart from their identity. */
const said = (storage: StorageAdapter, name: string): Promise<readonly string[]> =>
  withStored(storage, name, async (database) => {
    const outbox = await database.loadOutbox();
    const rejections = await database.loadRejections();
    if (!outbox.ok || !rejections.ok) throw new Error('unreadable');
    return [
      ...outbox.value.map(
        ({ op: { kind, map, key, transaction } }) => `${kind} ${map}/${key} ${transaction?.parts ?? ''}`,
      ),
      ...rejections.value.map(({ op: { map, key }, code }) => `refused ${map}/${key} ${code}`),
    ];
  });

/** A visitor's work, of every kind, offline but for one write that the server has refused. */
async function visit(world: FakeWorld, device = createFakeDevice(world)) {
  world.server.refuse(({ key }) => (key === 'bad' ? 'not-permitted' : null));
  const { client } = device.open();
  await client.start();
  client.getMap('todos').set('bad', { text: 'no' });
  await client.waitForState('live');
  await world.time.settle();
  expect(client.rejections.list()).toHaveLength(1);
  client.disconnect();
  client.getMap('todos').set('1', { text: 'a' });
  client.getMap('todos').update('1', () => ({ text: 'b' }));
  client.transaction((tx) => {
    tx.map('lists').set('home', { open: 1 });
    tx.map('todos').set('2', { text: 'c' });
  });
  client.getPNCounter('likes:1').add(3);
  client.getPNCounter('likes:1').add(4);
  client.getORMap('tags').add('1', 'red');
  client.getORMap('tags').add('1', 'blue');
  client.getORMap('tags').remove('1', 'red');
  await client.close();
  const before = await said(device.storage, NOBODY);
  expect(before).toHaveLength(10);
  return { device, before };
}

const shownBy = (client: TopGunClient): unknown => [
  [...client.getMap('todos').values()],
  [...client.getMap('lists').values()],
  client.getPNCounter('likes:1').value,
  client.getORMap('tags').get('1'),
];

async function loaded(client: TopGunClient): Promise<void> {
  for (const map of ['todos', 'lists']) await client.getMap(map).loaded();
}

describe('anonymous work', () => {
  it('CL-10: stays nobody’s until the app asks, and is the user’s then, in all tabs and on the server', async () => {
    const world = createFakeWorld();
    const { device, before } = await visit(world);
    world.transport.cut();
    const { client } = device.open({ auth: ann });
    const sibling = device.open({ auth: ann }).client;
    for (const tab of [client, sibling]) {
      await tab.start();
      await loaded(tab);
      tab.getPNCounter('likes:1').subscribe(() => {});
      tab.getORMap('tags').subscribe(() => {});
    }
    await world.time.settle();
    expect(shownBy(client)).toEqual([[], [], 0, []]);
    expect(await client.adoptAnonymous()).toEqual({ writes: 9, rejections: 1, left: 0 });
    await world.time.settle();
    const shown = [[{ text: 'b' }, { text: 'c' }], [{ open: 1 }], 7, ['blue']];
    expect([shownBy(client), shownBy(sibling)]).toEqual([shown, shown]);
    expect([client, sibling].map((tab) => tab.getPendingOpsCount())).toEqual([9, 9]);
    expect([client, sibling].map((tab) => tab.rejections.list().length)).toEqual([1, 1]);
    expect([await said(device.storage, NOBODY), (await said(device.storage, ANN)).toSorted()]).toEqual([
      [],
      before.toSorted(),
    ]);

    world.transport.restore();
    await world.time.advance(60_000);
    expect([client.getPendingOpsCount(), shownBy(client)]).toEqual([0, shown]);
    expect(world.server.taken).toHaveLength(9);
    expect(world.server.rows('todos')).toEqual(
      new Map([
        ['1', { text: 'b' }],
        ['2', { text: 'c' }],
      ]),
    );
    expect(await client.adoptAnonymous()).toEqual({ writes: 0, rejections: 0, left: 0 });
  });

  it('CL-10: what may have been sent is left, to be decided as nobody’s', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world);
    const visitor = device.open().client;
    await visitor.waitForState('live');
    world.server.holdDecisions();
    visitor.getMap('todos').set('sent', { text: 'a' });
    await world.time.settle();
    world.transport.cut();
    await world.time.settle();
    visitor.getMap('todos').set('unsent', { text: 'b' });
    await world.time.settle();
    const switched = visitor.setAuthToken(fakeToken({ sub: 'ann' }));
    await world.time.advance(1_000);
    await switched;
    expect(await visitor.adoptAnonymous()).toEqual({ writes: 1, rejections: 0, left: 1 });
    expect([await said(device.storage, NOBODY), await said(device.storage, ANN)]).toEqual([
      ['create todos/sent '],
      ['create todos/unsent '],
    ]);
  });

  it('CL-10: a tab that still submits as nobody is taken along first', async () => {
    const world = createFakeWorld();
    world.transport.cut();
    const device = createFakeDevice(world);
    const visitor = device.open().client;
    await visitor.start();
    visitor.getMap('todos').set('1', { text: 'a' });
    await world.time.settle();
    const { client } = device.open({ auth: ann });
    await client.start();
    expect(await client.adoptAnonymous()).toEqual({ writes: 1, rejections: 0, left: 0 });
    await visitor.getMap('todos').loaded();
    await world.time.settle();
    expect(visitor.getMap('todos').get('1')).toEqual({ text: 'a' });
    expect([await said(device.storage, NOBODY), await said(device.storage, ANN)]).toEqual([[], ['create todos/1 ']]);
  });

  it('CL-10: needs a user and a server', async () => {
    const device = createFakeDevice(createFakeWorld());
    await expect(device.open().client.adoptAnonymous()).rejects.toMatchObject({ code: 'needs-auth' });
    const local = createFakeDevice(createFakeWorld(), {});
    await expect(local.open({ auth: ann }).client.adoptAnonymous()).rejects.toMatchObject({ code: 'no-server' });
  });

  /** Signs in and adopts on a page that ends at that step; resolves to whether it got through. */
  async function adoptAndCrash(world: FakeWorld, storage: MemoryAdapter, last: number, when: 'before' | 'after') {
    const page = world.time.device();
    const device = createFakeDevice(world);
    let crash = (): void => {};
    const crashing = createCrashingStorage(storage, { last, when, crash: () => crash() });
    const environment = { clock: page.clock, timers: page.timers };
    const { client, tab } = device.open({ auth: ann, storage: crashing, environment });
    crash = () => {
      page.crash();
      tab.crash();
    };
    let isThrough = false;
    void client.adoptAnonymous().then(() => (isThrough = true));
    await world.time.advance(5_000);
    const { steps } = crashing;
    crash();
    return { isThrough, steps };
  }

  it('CL-10: a crash at any step of storage leaves each write in one place, and the next start ends what was begun', async () => {
    const outcomes = new Set<string>();
    for (const when of ['before', 'after'] as const) {
      for (let last = 1, isThrough = false; !isThrough; last += 1) {
        const world = createFakeWorld();
        const { device, before } = await visit(world);
        world.transport.cut();
        ({ isThrough } = await adoptAndCrash(world, device.storage, last, when));

        const { client } = device.open({ auth: ann });
        await client.start();
        await world.time.settle();
        const places = [await said(device.storage, NOBODY), await said(device.storage, ANN)];
        // All or nothing, and never twice.
        expect(places.flat().toSorted(), `${when} step ${last}`).toEqual(before.toSorted());
        expect(places.map(({ length }) => length)).toContain(10);
        outcomes.add(places[1]!.length === 10 ? 'done' : 'not begun');

        await client.adoptAnonymous();
        world.transport.restore();
        await world.time.advance(60_000);
        expect(world.server.taken.length, `${when} step ${last}`).toBe(9);
        expect(client.getPNCounter('likes:1').value).toBe(7);
        expect([client.getPendingOpsCount(), client.rejections.list().length]).toEqual([0, 1]);
        expect(await said(device.storage, NOBODY)).toEqual([]);
        await client.close();
      }
    }
    expect(outcomes).toEqual(new Set(['done', 'not begun']));
  });
});
