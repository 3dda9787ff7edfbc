import { describe, expect, it } from 'vitest';

import { MemoryAdapter } from './adapters/memory-storage.js';
import { defineResolvers, immutable, max, union } from './index.js';
import { createFakeDevice } from './testing/fake-clients.js';
import { createFakeWorld } from './testing/fake-world.js';
import { createSeededRandom } from './testing/seeded-random.js';

const resolvers = defineResolvers({ bids: { fields: { top: max, tags: union, by: immutable } } });

async function client() {
  const world = createFakeWorld();
  const { client } = createFakeDevice(world).open({
    storage: new MemoryAdapter({ random: createSeededRandom(5) }),
    resolvers,
  });
  await client.start();
  await world.time.settle();
  const bids = client.getMap('bids');
  await bids.loaded();
  return { world, client, bids };
}

describe('a client with resolvers', () => {
  it('RS-5: shows at once what they make of a write, and writes that', async () => {
    const { world, client: own, bids } = await client();
    bids.set('x', { top: 5, tags: ['b'] });
    bids.update('x', (bid) => ({ ...(bid as object), top: 3, tags: ['a'] }));
    expect(bids.get('x')).toEqual({ top: 5, tags: ['a', 'b'] });
    await world.time.settle();
    expect(world.server.rows('bids').get('x')).toEqual({ top: 5, tags: ['a', 'b'] });
    await own.close();
  });

  it('RS-5: of a write that changes nothing there is no op, and what they refuse is sent all the same', async () => {
    const { world, client: own, bids } = await client();
    bids.set('x', { top: 5, by: 'ann' });
    await world.time.settle();
    const before = world.server.submitted.length;
    expect(await bids.patch('x', { top: 4 }).acked).toEqual({ ok: true, outcome: 'applied' });
    await world.time.settle();
    expect(world.server.submitted).toHaveLength(before);
    bids.patch('x', { by: 'bob' });
    await world.time.settle();
    expect(world.server.submitted).toHaveLength(before + 1);
    await own.close();
  });

  it('RS-5: in a transaction too, over what it has written itself', async () => {
    const { client: own, bids } = await client();
    bids.set('x', { top: 5 });
    own.transaction((tx) => {
      tx.map('bids').patch('x', { top: 7 });
      tx.map('bids').patch('x', { top: 6 });
      expect(tx.map('bids').get('x')).toEqual({ top: 7 });
      tx.map('bids').set('y', { top: 1 });
    });
    expect([bids.get('x'), bids.get('y')]).toEqual([{ top: 7 }, { top: 1 }]);
    await own.close();
  });
});
