import { afterEach, expect, it, vi } from 'vitest';

import { DexieAdapter } from './adapters/dexie-storage.js';
import { fakeHash } from './testing/fake-hash.js';
import { createFakeServer } from './testing/fake-server.js';
import { createMemoryTransport, type MemoryTransport } from './testing/memory-transport.js';
import { TopGunClient } from './topgun-client.js';

const WRITES = 10_000;

const clients: TopGunClient[] = [];
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

async function open(serverUrl: string, transport: MemoryTransport): Promise<TopGunClient> {
  const environment = { transport, loadHash: () => Promise.resolve(fakeHash), log: () => {} };
  const client = new TopGunClient({ serverUrl, storage: new DexieAdapter(), environment });
  clients.push(client);
  await client.start();
  return client;
}

it('CL-1, CL-5: 10,000 unsent writes are in IndexedDB when the client is opened again, and each is sent once', async () => {
  const url = `http://long-queue-${Date.now()}.test`;
  const transport = createMemoryTransport();
  const server = createFakeServer({ transport, clock: { now: () => Date.now() } });
  transport.cut();
  const client = await open(url, transport);
  const notes = client.getMap('notes');
  await notes.loaded();
  let last = notes.set('k0', { n: 0 });
  // In bursts: so storage gets many transactions, as from a person, and large ones, as from an import.
  for (let i = 1; i < WRITES; i += 1) {
    last = notes.set(`k${i % (WRITES / 2)}`, { n: i });
    if (i < 200 || i % 1_000 === 0) await last.persisted;
  }
  await last.persisted;
  await client.close();

  const again = await open(url, transport);
  const found = again.getMap('notes');
  await found.loaded();
  expect([again.getPendingOpsCount(), found.size, found.get('k1')]).toEqual([
    WRITES,
    WRITES / 2,
    { n: WRITES / 2 + 1 },
  ]);
  transport.restore();
  again.forceReconnect();
  await vi.waitFor(() => expect(again.getPendingOpsCount()).toBe(0), { timeout: 50_000, interval: 100 });
  expect([server.taken.length, server.submitted.length]).toEqual([WRITES, WRITES]);
  await again.close();

  const third = await open(url, transport);
  await third.getMap('notes').loaded();
  expect([third.getPendingOpsCount(), third.getMap('notes').size]).toEqual([0, WRITES / 2]);
});
