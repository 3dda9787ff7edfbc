import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { TopGunClientOptions } from './index.js';
import { fakeHash } from './testing/fake-hash.js';
import { createFakeServer } from './testing/fake-server.js';
import { collectGarbage, countAlive, heapGrowth } from './testing/heap.js';
import { createMemoryTransport } from './testing/memory-transport.js';
import { countPageUse, type PageUseCounter } from './testing/page-use.js';
import { TopGunClient } from './topgun-client.js';

const CLIENTS = 100;
const AT_ONCE = 10;

let page: PageUseCounter;
beforeEach(() => {
  page = countPageUse();
});
afterEach(() => page.restore());

type Kind = 'served' | 'local-only' | 'without a server that answers';

let opened = 0;
const kinds: readonly Kind[] = ['served', 'local-only', 'without a server that answers'];

/** A client on what a browser offers: its database, its locks, its channels; the server aside, where it has one. */
function openClient(kind: Kind, canaries: WeakRef<object>[]): TopGunClient {
  const name = `leaks-${Date.now()}-${(opened += 1)}`;
  // Whatever is left of a client holds what it was given.
  const log = (): void => {};
  canaries.push(new WeakRef(log));
  const environment: TopGunClientOptions['environment'] = { log };
  const loadHash = () => Promise.resolve(fakeHash);
  if (kind === 'local-only') return new TopGunClient({ environment, auth: { principal: name } });
  // Nobody listens there.
  if (kind !== 'served') return new TopGunClient({ environment, serverUrl: `http://127.0.0.1:9/${name}` });
  const transport = createMemoryTransport();
  createFakeServer({ transport, clock: { now: () => Date.now() } });
  return new TopGunClient({ environment: { ...environment, transport, loadHash }, serverUrl: `http://${name}.test` });
}

/** Opens one, uses it as an app does, and closes it without unsubscribing from anything. */
async function openAndClose(
  kind: Kind,
  canaries: WeakRef<object>[],
  whileOpen: () => Promise<void> = async () => {},
): Promise<void> {
  const client = openClient(kind, canaries);
  canaries.push(new WeakRef(client));
  const todos = client.getMap('todos');
  todos.subscribe(() => {});
  client.getORMap('tags').subscribe(() => {});
  client.getPNCounter('likes:1').subscribe(() => {});
  client.query('todos', { where: { done: false }, sort: { text: 'asc' }, limit: 3 }).subscribe(() => {});
  client.onConnectionStateChange(() => {});
  client.onStorageIssue(() => {});
  await client.start();
  const write = todos.set('a', { text: 'a', done: false });
  await write.persisted;
  if (kind === 'served') await write.acked;
  await whileOpen();
  await client.close();
}

/** So many at once: tabs and databases come and go among others that are open. */
async function openAndCloseAll(count: number, canaries: WeakRef<object>[]): Promise<void> {
  for (let first = 0; first < count; first += AT_ONCE) {
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, i) =>
        openAndClose(kinds[(first + i) % kinds.length] as Kind, canaries),
      ),
    );
  }
}

it('CL-36: 100 clients that were closed leave no timer, listener, channel, lock, database or socket, and are collected', async () => {
  // Modules that are loaded with the first client may listen to the page for good.
  await openAndCloseAll(kinds.length, []);
  const before = await page.now();
  let open = before;
  await openAndClose('served', [], async () => {
    open = await page.now();
  });
  expect(open.timers, 'the counting does not count').toBeGreaterThan(before.timers);
  expect(open.listeners).toBeGreaterThan(before.listeners);
  expect(open.channels).toBeGreaterThan(before.channels);
  expect(open.locks).toBeGreaterThan(before.locks);
  expect(open.databases).toBeGreaterThan(before.databases);

  const canaries: WeakRef<object>[] = [];
  await openAndCloseAll(CLIENTS, canaries);
  // The browser takes a lock back, and closes a socket, some time after it was let go.
  await vi.waitFor(async () => expect(await page.now()).toEqual(before), { timeout: 30_000 });
  await vi.waitFor(
    async () => {
      await collectGarbage();
      expect(countAlive(canaries)).toBe(0);
    },
    { timeout: 30_000, interval: 500 },
  );
}, 300_000);

it('CL-36: the heap does not grow with the clients that come and go', async () => {
  const perRound = 2 * AT_ONCE;
  const growth = await heapGrowth(12, () => openAndCloseAll(perRound, []));
  // A client that is open has some fifty times as much; what an engine keeps of names and code that it has seen is half of it.
  expect(growth / perRound).toBeLessThan(2_048);
}, 300_000);
