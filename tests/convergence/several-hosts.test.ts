import { expect, test } from 'vitest';
import { NO_DEFECTS } from './defects.js';
import { checkAcks, checkOnce, checkPersisted, waitsFor } from './oracles.js';
import { runSeed } from './run-seed.js';
import { PLAIN_PROFILE } from './world-options.js';
import { createWorld } from './world.js';

// Seeds that differ in kind: with and without rules, forgetting, and slow storage.
test.each([3, 45])(
  'PI-25, PI-50, PI-52, SE-70: clients of a server of three hosts come to agree, seed %d',
  async (seed) => {
    const { violations } = await runSeed(seed, { profile: { hosts: 3, steps: 2_500 } });
    expect(violations.map(String)).toEqual([]);
  },
);

test('CR-2, SY-2, PI-11: after storage and the ledger went back in time no id is used that the server has decided', async () => {
  const world = await createWorld({ seed: 1, profile: { ...PLAIN_PROFILE, hosts: 3 }, defects: NO_DEFECTS });
  await world.startServer();
  const device = world.addDevice();
  const first = device.openTab();
  const write = async (tab: typeof first, key: string, n: number): Promise<void> => {
    const handle = tab.edit('todos', key, { type: 'set', value: { n } });
    if (handle === null) throw new Error(`the write of ${key} was refused at the call`);
    world.history.note(tab.name, handle);
    await world.time.advance(1_000);
  };
  await world.time.advance(1_000);
  await write(first, 'a', 1);
  world.backUp();
  await write(first, 'b', 1);
  const { length } = device.database;
  world.crashServer();
  expect(world.putBack()).toBe(true);
  await world.startServer();
  await world.time.advance(60_000);
  await write(first, 'c', 1);

  // The device is put back to where it knew the ledger that is gone, and had not written the last yet.
  device.losePower();
  await world.time.settle();
  world.history.forget(device.database.loseLast(device.database.length - length, 'any'));
  device.place.isCut = true;
  const second = device.openTab();
  await world.time.advance(1_000);
  // Of the same record: the server would take it for what it has decided.
  await write(second, 'c', 2);
  device.place.isCut = false;
  second.client.connect();
  await world.time.advance(120_000);
  world.ledger.catchUp(world.time.clock.now());
  expect(waitsFor(world)).toBeNull();
  for (const check of [checkOnce, checkPersisted, checkAcks]) check(world);
  world.checkErrors();
  expect(['a', 'b', 'c'].map((key) => world.ledger.values('todos').get(key))).toEqual([{ n: 1 }, { n: 1 }, { n: 2 }]);
  device.crashTab(second);
});
