import { expect, it } from 'vitest';

import { createBrowserPersistence } from '../adapters/browser-persistence.js';
import { createFakeDevice } from '../testing/fake-clients.js';
import { createFakeWorld } from '../testing/fake-world.js';
import { createFaultyStorage } from '../testing/faulty-storage.js';

it.each([
  ['granted', () => Promise.resolve(true)],
  ['denied', () => Promise.resolve(false)],
  ['unknown', () => Promise.reject(new Error('not here'))],
] as const)(
  'CL-8: the browser is asked once to keep what is stored, after the first durable write: %s',
  async (answer, answers) => {
    for (const serverUrl of ['http://server.test', undefined]) {
      const world = createFakeWorld();
      const device = createFakeDevice(world, serverUrl === undefined ? {} : { serverUrl });
      const storage = createFaultyStorage(device.storage);
      let asked = 0;
      const persistStorage = (): Promise<boolean> => {
        asked += 1;
        return answers();
      };
      const { client } = device.open({ storage, environment: { persistStorage } });
      await client.start();
      storage.pause();
      const todos = client.getMap('todos');
      const first = todos.set('a', { n: 1 });
      await world.time.settle();
      expect([asked, client.explain('todos').storage.persistence]).toEqual([0, null]);
      storage.resume();
      await first.persisted;
      await todos.set('b', { n: 2 }).persisted;
      await world.time.settle();
      expect([asked, client.explain('todos').storage.persistence]).toEqual([1, answer]);
      const events = client.timeline().events.filter(({ type }) => type === 'storage-persistence');
      expect(events).toEqual([expect.objectContaining({ answer })]);
      await client.close();
    }
  },
);

it('CL-8: what lasts no longer than the page is not asked for', async () => {
  const world = createFakeWorld();
  const device = createFakeDevice(world);
  const storage = createFaultyStorage(device.storage);
  storage.failOpen({ code: 'unavailable', message: 'Private.' });
  let asked = 0;
  const persistStorage = (): Promise<boolean> => Promise.resolve(asked++ === 0);
  const { client } = device.open({ storage, environment: { persistStorage } });
  await client.getMap('todos').set('a', { n: 1 }).persisted;
  await world.time.settle();
  expect([client.isInMemory, asked]).toEqual([true, 0]);
  await client.close();
});

it('CL-8: a browser that has granted it is asked for nothing more, and one without the means says so', async () => {
  const calls: string[] = [];
  const manager = (isPersisted: boolean): StorageManager =>
    ({
      persisted: () => (calls.push('persisted'), Promise.resolve(isPersisted)),
      persist: () => (calls.push('persist'), Promise.resolve(true)),
    }) as unknown as StorageManager;
  const granted = createBrowserPersistence(manager(true));
  expect([await granted(), await granted(), calls]).toEqual([true, true, ['persisted']]);
  expect([await createBrowserPersistence(manager(false))(), calls]).toEqual([
    true,
    ['persisted', 'persisted', 'persist'],
  ]);
  await expect(createBrowserPersistence({} as StorageManager)()).rejects.toThrow('promises no storage');
});
