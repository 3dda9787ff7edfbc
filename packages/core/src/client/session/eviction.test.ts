import { describe, expect, it } from 'vitest';

import type { StorageError } from '../ports/storage.js';
import { unwrap } from '../storage/samples.contract.js';
import { createFakeDevice, type OpenClient } from '../testing/fake-clients.js';
import { createFakeWorld, creates } from '../testing/fake-world.js';
import { createFaultyStorage } from '../testing/faulty-storage.js';
import { databaseName, ANONYMOUS } from './database-name.js';

const FULL: StorageError = { code: 'quota', message: 'Full.' };
const MAPS = ['todos', 'notes', 'old', 'drafts'];

type TestClient = OpenClient['client'];

/** A server that has a record in each map, and a device whose storage is full when the test says so. */
function createScene(serverUrl: string | null = 'http://server.test') {
  const world = createFakeWorld();
  for (const map of MAPS) world.writeElsewhere(map, 'a', creates({ text: map }));
  const device = createFakeDevice(world, serverUrl === null ? {} : { serverUrl });
  const storage = createFaultyStorage(device.storage);
  const issues: StorageError[] = [];

  async function open(isOffline = false): Promise<TestClient> {
    const { client } = device.open({ storage });
    client.onStorageIssue((issue) => issues.push(issue));
    if (isOffline) client.disconnect();
    await client.start();
    await world.time.settle();
    return client;
  }

  /** What a reload would find, by map. */
  async function stored(): Promise<Record<string, readonly string[]>> {
    const its = unwrap(await device.storage.open(databaseName(serverUrl, ANONYMOUS)));
    const found: Record<string, readonly string[]> = {};
    for (const map of MAPS) {
      const keys = [...unwrap(await its.loadMap(map)).keys()];
      if (keys.length > 0) found[map] = keys;
    }
    await its.close();
    return found;
  }

  return { world, storage, issues, open, stored };
}

describe('storage without room', () => {
  it('CL-8, CL-2: confirmed records that no tab uses make way, and what is written is durable after all', async () => {
    const { world, storage, issues, open, stored } = createScene();
    const before = await open();
    for (const map of MAPS) before.getMap(map).subscribe(() => {});
    await world.time.advance(1_000);
    before.disconnect();
    // Unsent, and nobody uses its map: whoever is next to look at it is to see the whole record.
    await before.getMap('drafts').patch('a', { done: true }).persisted;
    await before.close();
    expect(Object.keys(await stored())).toEqual(MAPS);

    const [one, two] = [await open(true), await open(true)];
    await one.getMap('todos').loaded();
    await two.getMap('notes').loaded();
    storage.failCommits(FULL);
    const written = await one.getMap('todos').set('b', { text: 'written' }).persisted;
    expect(written).toMatchObject({ ok: true });
    expect(issues.map(({ code, eviction }) => [code, eviction])).toEqual([
      ['quota', { maps: ['old'], freedBytes: expect.any(Number) as number, isWritten: true, lostWrites: 0 }],
    ]);
    expect(issues[0]?.eviction?.freedBytes).toBeGreaterThan(0);
    expect(issues[0]?.message).toContain('nothing unsent was lost');
    expect(await stored()).toEqual({ todos: ['a'], notes: ['a'], drafts: ['a'] });
    expect(one.timeline().events).toContainEqual(expect.objectContaining({ type: 'storage-fault', code: 'quota' }));

    // As if it had never been fetched: neither complete, nor removed.
    const old = one.getMap('old');
    await old.loaded();
    expect(old.size).toBe(0);
    old.subscribe(() => {});
    await two.getMap('drafts').loaded();
    expect(two.getMap('drafts').get('a')).toEqual({ text: 'drafts', done: true });
    one.connect();
    await world.time.advance(5_000);
    expect(old.get('a')).toEqual({ text: 'old' });
    expect([one.getPendingOpsCount(), world.server.taken.map(({ key }) => key).toSorted()]).toEqual([0, ['a', 'b']]);
    await Promise.all([one.close(), two.close()]);
  });

  it('CL-8: where nothing can make way, that is told, and what is written stays in the page until there is room', async () => {
    const { world, storage, issues, open, stored } = createScene();
    const client = await open();
    client.getMap('todos').subscribe(() => {});
    await world.time.advance(1_000);
    client.disconnect();
    storage.failCommits(FULL, FULL);
    const write = client.getMap('todos').set('b', { text: 'written' });
    let isPersisted = false;
    void write.persisted.then(() => (isPersisted = true));
    await world.time.settle();
    expect(isPersisted).toBe(false);
    expect(issues.map(({ eviction }) => eviction)).toEqual([
      { maps: [], freedBytes: 0, isWritten: false, lostWrites: 0 },
    ]);
    expect(issues[0]?.message).toContain('keep it open');
    await world.time.advance(60_000);
    expect(await write.persisted).toMatchObject({ ok: true });
    expect(await stored()).toEqual({ todos: ['a'] });
    await client.close();
  });

  it('CL-8: that what the server says has no room is told too, once until it has', async () => {
    const { world, storage, issues, open, stored } = createScene();
    const client = await open();
    client.getMap('todos').subscribe(() => {});
    await world.time.advance(1_000);
    storage.failCommits(FULL, FULL, FULL);
    world.writeElsewhere('todos', 'b', creates({ text: 'later' }));
    await world.time.advance(100);
    expect(issues.map(({ code }) => code)).toEqual(['quota']);
    await world.time.advance(60_000);
    expect(issues).toHaveLength(1);
    expect(await stored()).toEqual({ todos: ['a', 'b'] });
    await client.close();
  });

  it('CL-8: without a server nothing makes way: nobody else has it', async () => {
    const { world, storage, issues, open, stored } = createScene(null);
    const before = await open();
    await before.getMap('old').set('a', { text: 'mine alone' }).persisted;
    await before.close();
    const client = await open();
    storage.failCommits(FULL);
    const write = client.getMap('todos').set('a', { text: 'written' });
    await world.time.advance(60_000);
    expect(await write.persisted).toMatchObject({ ok: true });
    expect(issues).toEqual([FULL]);
    expect(await stored()).toEqual({ todos: ['a'], old: ['a'] });
    await client.close();
  });
});
