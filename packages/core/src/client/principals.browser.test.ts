import { afterEach, describe, expect, it, vi } from 'vitest';

import { DexieAdapter } from './adapters/dexie-storage.js';
import type { TopGunClientOptions } from './client-options.js';
import { fakeHash } from './testing/fake-hash.js';
import { createFakeServer } from './testing/fake-server.js';
import { fakeToken } from './testing/fake-token.js';
import { createMemoryTransport } from './testing/memory-transport.js';
import { TopGunClient } from './topgun-client.js';

type Client = TopGunClient<{ todos: { readonly text: string } }>;

let opened = 0;
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

const of = (sub: string) => fakeToken({ sub });

function createPlace() {
  const url = `http://principals-${Date.now()}-${(opened += 1)}.test`;
  const transport = createMemoryTransport();
  const server = createFakeServer({ transport, clock: { now: () => Date.now() } });
  const open = async (auth: NonNullable<TopGunClientOptions['auth']> = {}): Promise<Client> => {
    const environment = { transport, loadHash: () => Promise.resolve(fakeHash), log: () => {} };
    const client: Client = new TopGunClient({ serverUrl: url, storage: new DexieAdapter(), auth, environment });
    clients.push(client);
    await client.start();
    return client;
  };
  return { transport, server, open, ann: `topgun:${url}:user:ann`, nobody: `topgun:${url}:anonymous` };
}

const textsOf = (client: Client) => Array.from(client.getMap('todos').values(), ({ text }) => text).toSorted();

/** Two clients of one page are two tabs: locks, channel and IndexedDB are the browser's. */
describe('principals in a browser', () => {
  it('CL-10: a purge by one tab deletes the database, and the other follows with nothing of it', async () => {
    const place = createPlace();
    place.transport.cut();
    const one = await place.open({ getToken: () => of('ann') });
    const two = await place.open({ getToken: () => of('ann') });
    await one.getMap('todos').set('1', { text: 'secret' }).persisted;
    await two.getMap('todos').loaded();
    await vi.waitFor(() => expect(textsOf(two)).toEqual(['secret']));
    expect(await one.signOut({ purge: true })).toEqual({ kept: 0, lost: 1 });
    await vi.waitFor(() => expect([one.principal, two.principal]).toEqual([null, null]));
    expect([textsOf(one), textsOf(two)]).toEqual([[], []]);
    await vi.waitFor(async () => {
      const names = (await indexedDB.databases()).map(({ name }) => name);
      expect([names.includes(place.ann), names.includes(place.nobody)]).toEqual([false, true]);
    });
    await two.getMap('todos').set('2', { text: 'of nobody' }).persisted;
    await vi.waitFor(() => expect(textsOf(one)).toEqual(['of nobody']));
    // And nobody's own.
    await two.signOut({ purge: true });
    await vi.waitFor(() => expect(textsOf(one)).toEqual([]));
    await one.getMap('todos').set('3', { text: 'anew' }).persisted;
    await two.getMap('todos').loaded();
    await vi.waitFor(() => expect([textsOf(one), textsOf(two)]).toEqual([['anew'], ['anew']]));
    expect([one.isInMemory, two.isInMemory]).toEqual([false, false]);
  });

  it('CL-10: the user is remembered, and what was written before signing in is theirs when asked for', async () => {
    const place = createPlace();
    place.transport.cut();
    const visitor = await place.open();
    visitor.transaction((tx) => {
      tx.map('todos').set('1', { text: 'a' });
      tx.map('todos').set('2', { text: 'b' });
    });
    await visitor.getMap('todos').set('3', { text: 'c' }).persisted;
    await visitor.setAuthToken(of('ann'));
    await visitor.getMap('todos').loaded();
    expect([visitor.principal, textsOf(visitor)]).toEqual(['ann', []]);
    expect(await visitor.adoptAnonymous()).toEqual({ writes: 3, rejections: 0, left: 0 });
    expect(textsOf(visitor)).toEqual(['a', 'b', 'c']);
    await visitor.close();

    const again = await place.open({ getToken: () => new Promise<string>(() => {}) });
    await again.getMap('todos').loaded();
    expect([again.principal, textsOf(again), again.getPendingOpsCount()]).toEqual(['ann', ['a', 'b', 'c'], 3]);
    place.transport.restore();
    await again.setAuthToken(of('ann'));
    await vi.waitFor(() => expect(again.getPendingOpsCount()).toBe(0), { timeout: 20_000 });
    expect(place.server.taken.map(({ key }) => key).toSorted()).toEqual(['1', '2', '3']);
  });
});
