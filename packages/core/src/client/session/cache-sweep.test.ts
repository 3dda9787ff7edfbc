import { describe, expect, it } from 'vitest';

import type { TopGunClientOptions } from '../client-options.js';
import { unwrap } from '../storage/samples.contract.js';
import { SWEEP_DELAY_MS, SWEEP_INTERVAL_MS } from '../tabs/cache-sweeps.js';
import { createFakeDevice, type OpenClient } from '../testing/fake-clients.js';
import { createFakeWorld, creates } from '../testing/fake-world.js';
import { ANONYMOUS, databaseName } from './database-name.js';

const DAY_MS = 86_400_000;
const MAPS = ['todos', 'notes', 'old', 'drafts', 'refused'];
const SERVER = 'http://server.test';

type TestClient = OpenClient['client'];

/** A server that has a record in each map, and a device that has fetched them all. */
async function createScene(cache: TopGunClientOptions['cache'] = {}) {
  const world = createFakeWorld();
  for (const map of MAPS) world.writeElsewhere(map, 'a', creates({ text: map.repeat(100) }));
  const device = createFakeDevice(world, {
    serverUrl: SERVER,
    cache,
    heartbeat: { intervalMs: DAY_MS / 4, timeoutMs: DAY_MS },
  });

  async function open(isOffline = false): Promise<TestClient> {
    const { client } = device.open();
    if (isOffline) client.disconnect();
    await client.start();
    await world.time.settle();
    return client;
  }

  /** What a reload would find. */
  async function stored(): Promise<readonly string[]> {
    const its = unwrap(await device.storage.open(databaseName(SERVER, ANONYMOUS)));
    const held: string[] = [];
    for (const map of MAPS) if (unwrap(await its.loadMap(map)).size > 0) held.push(map);
    await its.close();
    return held;
  }

  const evicted = (client: TestClient) =>
    client.timeline().events.flatMap((event) => (event.type === 'evicted' ? [[event.map, event.reason]] : []));

  const first = await open();
  for (const map of MAPS) first.getMap(map).subscribe(() => {});
  await world.time.advance(1_000);
  expect(await stored()).toEqual(MAPS);
  return { world, first, open, crashing: device.open, stored, evicted };
}

describe('what nobody uses', () => {
  it('SY-6: is given up after a week, once there is a connection, but nothing that is in use or refused, and comes back from the server', async () => {
    const { world, first, open, stored, evicted } = await createScene();
    world.server.refuse(({ map }) => (map === 'refused' ? 'not-permitted' : null));
    await first.getMap('refused').patch('a', { text: 'not that' }).acked;
    await first.close();
    await world.time.advance(8 * DAY_MS);

    const [one, two] = [await open(true), await open(true)];
    await one.getMap('todos').loaded();
    await two.getMap('notes').loaded();
    await world.time.advance(10 * SWEEP_DELAY_MS);
    expect(await stored()).toEqual(MAPS);

    for (const client of [one, two]) client.connect();
    await world.time.advance(SWEEP_DELAY_MS / 2);
    expect([one.getConnectionState(), await stored()]).toEqual(['live', MAPS]);
    await world.time.advance(SWEEP_DELAY_MS);
    expect(await stored()).toEqual(['todos', 'notes', 'refused']);
    expect(evicted(one).toSorted()).toEqual([
      ['drafts', 'age'],
      ['old', 'age'],
    ]);
    expect(evicted(two)).toEqual([]);

    const old = two.getMap('old');
    await old.loaded();
    expect(old.size).toBe(0);
    old.subscribe(() => {});
    await world.time.advance(1_000);
    expect(old.get('a')).toEqual({ text: 'old'.repeat(100) });
    expect(await stored()).toEqual(['todos', 'notes', 'old', 'refused']);
    await Promise.all([one.close(), two.close()]);
  });

  it('SY-6: is kept where something of it is not decided yet, whoever wrote it', async () => {
    const { world, first, open, crashing, stored } = await createScene({ maxBytes: 0 });
    await first.close();
    const leader = await open();
    world.server.holdDecisions();
    const { client: author, tab } = crashing();
    await author.start();
    await author.getMap('drafts').loaded();
    await author.getMap('drafts').patch('a', { done: true }).persisted;
    tab.crash();
    await world.time.advance(2 * SWEEP_DELAY_MS);
    expect([leader.getConnectionState(), leader.getPendingOpsCount()]).toEqual(['live', 1]);
    expect(await stored()).toEqual(['drafts']);
    world.server.releaseDecisions();
    await world.time.advance(1_000);
    await leader.getMap('drafts').loaded();
    expect(leader.getMap('drafts').get('a')).toEqual({ text: 'drafts'.repeat(100), done: true });
    await leader.close();
  });

  it('SY-6: is of an age from when it was used last, however long the tab was open', async () => {
    const { world, first, open, stored } = await createScene();
    for (let day = 0; day < 3; day += 1) await world.time.advance(SWEEP_INTERVAL_MS);
    await first.close();
    await world.time.advance(5 * DAY_MS);
    const again = await open();
    await world.time.advance(2 * SWEEP_DELAY_MS);
    expect(await stored()).toEqual(MAPS);
    await world.time.advance(3 * DAY_MS);
    expect(await stored()).toEqual([]);
    await again.close();
  });

  it('SY-6: gives up what is too much, by size, and what the app has set no limit to is kept', async () => {
    const small = await createScene({ maxBytes: 1_200, unusedForMs: Number.POSITIVE_INFINITY });
    await small.first.close();
    const client = await small.open();
    await client.getMap('old').loaded();
    await small.world.time.advance(2 * SWEEP_DELAY_MS);
    const held = await small.stored();
    expect(held).toContain('old');
    expect(held.length).toBeLessThan(MAPS.length);
    expect(small.evicted(client).map(([, reason]) => reason)).toEqual(Array(MAPS.length - held.length).fill('size'));
    await client.close();

    const unbounded = { maxBytes: Number.POSITIVE_INFINITY, unusedForMs: Number.POSITIVE_INFINITY };
    const all = await createScene(unbounded);
    await all.first.close();
    const again = await all.open();
    await all.world.time.advance(2 * SWEEP_DELAY_MS);
    expect(await all.stored()).toEqual(MAPS);
    await again.close();
  });
});
