import { expect, it } from 'vitest';

import { coldStoreContract } from '../ports/cold-store.contract.js';
import { createMemoryColdStore } from './memory-cold-store.js';
import { createMemoryDisk } from './memory-disk.js';

coldStoreContract(
  'memory',
  async () => {
    const disk = createMemoryDisk();
    return { open: async () => createMemoryColdStore(disk), destroy: async () => undefined };
  },
  100,
);

it('PI-4: a failed write leaves neither rows nor progress', async () => {
  const store = createMemoryColdStore(createMemoryDisk());
  const row = { map: 'm', key: 'k', value: '1', state: '[]', deleted: false, position: 1 };
  store.failNext();
  await expect(store.write([row], 1)).rejects.toThrow('a fault was asked for');
  expect([await store.through(), await store.rows('m')]).toEqual([0, []]);
  await store.write([row], 1);
  expect([await store.through(), await store.rows('m'), store.writes]).toEqual([1, [row], 2]);
});
