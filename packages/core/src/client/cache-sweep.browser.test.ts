import { afterEach, expect, it, vi } from 'vitest';

import { DexieAdapter } from './adapters/dexie-storage.js';
import { databaseName, ANONYMOUS } from './session/database-name.js';
import { SWEEP_DELAY_MS } from './tabs/cache-sweeps.js';
import { fakeHash } from './testing/fake-hash.js';
import { createFakeServer } from './testing/fake-server.js';
import { createMemoryTransport } from './testing/memory-transport.js';
import { readRawDatabase } from './testing/raw-database.js';
import { TopGunClient } from './topgun-client.js';

const WEEK_MS = 7 * 86_400_000;
const RECORDS = 300;

const clients: TopGunClient[] = [];
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

it('SY-6: what nobody has used for a week has left IndexedDB a while after the next connection, and comes back from the server', async () => {
  const serverUrl = `http://sweep-${Date.now()}.test`;
  const transport = createMemoryTransport();
  let passedMs = 0;
  const clock = { now: () => Date.now() + passedMs };
  createFakeServer({ transport, clock });
  // What is a minute here is a moment.
  const timers = {
    after(delayMs: number, run: () => void) {
      const timer = setTimeout(run, delayMs === SWEEP_DELAY_MS ? 100 : delayMs);
      return () => clearTimeout(timer);
    },
  };
  async function open(): Promise<TopGunClient> {
    const environment = { transport, clock, timers, loadHash: () => Promise.resolve(fakeHash), log: () => {} };
    const client = new TopGunClient({ serverUrl, storage: new DexieAdapter(), environment });
    clients.push(client);
    await client.start();
    return client;
  }
  /** Whatever is stored of the map, unsent or confirmed, is named in some row. */
  async function rowsOf(map: string): Promise<number> {
    const { stores } = await readRawDatabase(databaseName(serverUrl, ANONYMOUS));
    const rows = ['pages', 'journal', 'meta'].flatMap((store) => stores[store] ?? []);
    return rows.filter((row) => JSON.stringify(row).includes(`"${map}"`)).length;
  }

  const first = await open();
  const writes = ['kept', 'left'].flatMap((map) =>
    Array.from({ length: RECORDS }, (_, n) => first.getMap(map).set(`k${n}`, { n })),
  );
  expect((await Promise.all(writes.map(({ acked }) => acked))).every(({ ok }) => ok)).toBe(true);
  await first.close();
  expect(await rowsOf('left')).toBeGreaterThan(0);

  passedMs = WEEK_MS;
  const again = await open();
  await again.getMap('kept').loaded();
  await vi.waitFor(async () => expect(await rowsOf('left')).toBe(0), { timeout: 15_000, interval: 100 });
  expect(again.timeline().events).toContainEqual(
    expect.objectContaining({ type: 'evicted', map: 'left', reason: 'age' }),
  );
  expect([again.getMap('kept').size, await rowsOf('kept')]).toEqual([RECORDS, expect.any(Number)]);
  expect(await rowsOf('kept')).toBeGreaterThan(0);

  const left = again.getMap('left');
  await left.loaded();
  expect(left.size).toBe(0);
  await left.settled();
  expect([left.size, left.get('k7')]).toEqual([RECORDS, { n: 7 }]);
  await again.close();
  const third = await open();
  await third.getMap('left').loaded();
  expect(third.getMap('left').size).toBe(RECORDS);
});
