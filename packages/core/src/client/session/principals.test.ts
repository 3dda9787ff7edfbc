import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MemoryAdapter } from '../adapters/memory-storage.js';
import type { StorageAdapter } from '../ports/storage.js';
import { createFaultyStorage } from '../testing/faulty-storage.js';
import { createFakeDevice } from '../testing/fake-clients.js';
import { fakeToken } from '../testing/fake-token.js';
import { createFakeWorld, type FakeWorld } from '../testing/fake-world.js';
import { createSeededRandom } from '../testing/seeded-random.js';
import { createTabHarness } from '../testing/tab-harness.js';
import { TOKEN_PATIENCE_MS } from './client-runtime.js';
import { tokenSubject } from './token-subject.js';

const NAME = 'topgun:http://server.test';
const of = (sub: string) => fakeToken({ sub });
const hanging = () => new Promise<string>(() => {});

const createStorage = () => new MemoryAdapter({ random: createSeededRandom(5) });

async function keysIn(storage: StorageAdapter, name: string): Promise<readonly string[]> {
  const opened = await storage.open(name);
  const outbox = opened.ok ? await opened.value.loadOutbox() : null;
  if (outbox?.ok !== true) throw new Error('unreadable');
  return outbox.value.map(({ op }) => op.key).toSorted();
}

describe('whose database opens', () => {
  it('CL-10: before a token is known that of whoever was here last, without a word', async () => {
    const storage = createStorage();
    const before = createTabHarness({ storage, runtime: { tokenProvider: () => of('ann') } });
    await before.runtime.start();
    before.map('todos').set('1', { text: 'a' });
    await before.runtime.close();

    const after = createTabHarness({ storage, seed: 2, runtime: { tokenProvider: hanging } });
    const early = after.map('todos').set('2', { text: 'b' });
    await after.runtime.start();
    await after.map('todos').loaded();
    expect(after.sync().options.name).toBe(`${NAME}:user:ann`);
    expect([...after.map('todos').keys()].toSorted()).toEqual(['1', '2']);
    expect(await early.persisted).toMatchObject({ ok: true });
  });

  it('CL-10: a token at hand that is for another says more than what is remembered', async () => {
    const storage = createStorage();
    const before = createTabHarness({ storage, runtime: { tokenProvider: () => of('ann') } });
    await before.runtime.start();
    await before.runtime.close();
    const after = createTabHarness({ storage, seed: 2, runtime: { tokenProvider: () => of('bob') } });
    await after.runtime.start();
    await after.time.settle();
    expect(after.syncs.map(({ options }) => options.name)).toEqual([`${NAME}:user:bob`]);
  });

  it('CL-10: one that comes later, and is for another, opens that one’s, also where this tab has no connection', async () => {
    const storage = createStorage();
    const before = createTabHarness({ storage, runtime: { tokenProvider: () => of('ann') } });
    await before.runtime.start();
    await before.runtime.close();
    let answer = (_token: string): void => {};
    const tokenProvider = () => new Promise<string>((resolve) => (answer = resolve));
    const after = createTabHarness({ storage, seed: 2, runtime: { tokenProvider } });
    await after.runtime.start();
    answer(of('bob'));
    await after.time.settle();
    expect(after.syncs.map(({ options }) => options.name)).toEqual([`${NAME}:user:ann`, `${NAME}:user:bob`]);
  });

  it('CL-10: on a device that knows nobody, nobody’s, once the token has taken too long: what is written does not wait for it', async () => {
    const tab = createTabHarness({ runtime: { tokenProvider: hanging } });
    const started = tab.runtime.start();
    const early = tab.map('todos').set('1', { text: 'a' });
    await tab.time.advance(TOKEN_PATIENCE_MS - 1);
    expect(tab.syncs).toEqual([]);
    await tab.time.advance(1);
    await started;
    await tab.time.settle();
    expect(tab.sync().options.name).toBe(`${NAME}:anonymous`);
    expect(await early.persisted).toMatchObject({ ok: true });
    expect(tab.time.pendingTimers()).toBe(0);
  });

  it('CL-10: it is not waited for when the client is closed', async () => {
    const tab = createTabHarness({ runtime: { tokenProvider: hanging } });
    void tab.runtime.start();
    const early = tab.map('todos').set('1', { text: 'a' });
    await tab.runtime.close();
    expect(await early.persisted).toMatchObject({ ok: true });
    expect(tab.time.pendingTimers()).toBe(0);
  });

  it('CL-10: after a sign-out nobody’s', async () => {
    const storage = createStorage();
    const before = createTabHarness({ storage, runtime: { tokenProvider: () => of('ann') } });
    await before.runtime.start();
    await before.runtime.signOut(false);
    await before.runtime.close();
    const after = createTabHarness({ storage, seed: 2 });
    await after.runtime.start();
    expect(after.sync().options.name).toBe(`${NAME}:anonymous`);
  });

  it('CL-10: the user’s ops are not submitted without a token, and are with the next one', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world);
    const before = device.open({ auth: { getToken: () => of('ann') } }).client;
    await before.waitForState('live');
    world.transport.cut();
    before.getMap('todos').set('1', { text: 'a' });
    await before.close();
    world.transport.restore();
    const attempts = world.transport.connections.length;

    const after = device.open({ auth: { getToken: () => null } }).client;
    await after.start();
    await world.time.advance(60_000);
    expect([after.getConnectionState(), world.transport.connections.length]).toEqual(['needs-auth', attempts]);
    expect(after.getMap('todos').get('1')).toEqual({ text: 'a' });
    await after.setAuthToken(of('ann'));
    await after.waitForState('live');
    await world.time.settle();
    expect(world.server.rows('todos').size).toBe(1);
  });
});

describe('signing out', () => {
  it('CL-10: says how many unsent writes are kept, and shows them to the same user again', async () => {
    const storage = createStorage();
    const tab = createTabHarness({ storage, runtime: { tokenProvider: () => of('ann') } });
    await tab.runtime.start();
    tab.map('todos').set('1', { text: 'a' });
    tab.map('todos').set('2', { text: 'b' });
    expect(await tab.runtime.signOut(false)).toEqual({ kept: 2, lost: 0 });
    expect([tab.map('todos').size, tab.runtime.pendingOps]).toEqual([0, 0]);
    await tab.runtime.setTokenProvider(() => of('ann'));
    await tab.map('todos').loaded();
    expect([tab.map('todos').size, tab.runtime.pendingOps]).toEqual([2, 2]);
  });

  it('CL-10: with `purge` deletes the database, and says how many went with it', async () => {
    const storage = createStorage();
    const tab = createTabHarness({ storage, runtime: { tokenProvider: () => of('ann') } });
    await tab.runtime.start();
    tab.map('todos').set('1', { text: 'a' });
    expect(await tab.runtime.signOut(true)).toEqual({ kept: 0, lost: 1 });
    expect(tab.syncs[0]!.farewell).toEqual({ subject: null, token: null, purges: true });
    await tab.runtime.setTokenProvider(() => of('ann'));
    await tab.map('todos').loaded();
    expect([tab.map('todos').size, tab.runtime.pendingOps]).toEqual([0, 0]);
  });

  it('CL-10: before anything was opened it is the last user’s that is purged', async () => {
    const storage = createStorage();
    const before = createTabHarness({ storage, runtime: { tokenProvider: () => of('ann') } });
    await before.runtime.start();
    before.map('todos').set('1', { text: 'a' });
    await before.runtime.close();
    const after = createTabHarness({ storage, seed: 2, runtime: { tokenProvider: hanging } });
    expect(await after.runtime.signOut(true)).toEqual({ kept: 0, lost: 1 });
    expect(await keysIn(storage, `${NAME}:user:ann`)).toEqual([]);
  });

  it('CL-10: counts as lost what storage could not take', async () => {
    const storage = createFaultyStorage(createStorage());
    const tab = createTabHarness({ storage, runtime: { tokenProvider: () => of('ann') } });
    await tab.runtime.start();
    tab.map('todos').set('1', { text: 'a' });
    await tab.time.settle();
    storage.failCommits({ code: 'quota', message: 'Full.' }, { code: 'quota', message: 'Full.' });
    tab.map('todos').set('2', { text: 'b' });
    expect(await tab.runtime.signOut(false)).toEqual({ kept: 1, lost: 1 });
  });

  it('CL-10: what was written for a user whose turn never came is stored in that one’s database', async () => {
    const storage = createFaultyStorage(createStorage());
    const tab = createTabHarness({ storage, runtime: { tokenProvider: () => of('ann') } });
    await tab.runtime.start();
    tab.map('todos').set('of ann', {});
    storage.pause();
    const toBob = tab.runtime.setTokenProvider(() => of('bob'));
    await tab.time.settle();
    tab.map('todos').set('of bob', {});
    const signedOut = tab.runtime.signOut(false);
    storage.resume();
    await Promise.all([toBob, signedOut]);
    const names = ['user:ann', 'user:bob', 'anonymous'];
    const stored = await Promise.all(names.map((name) => keysIn(storage, `${NAME}:${name}`)));
    expect(stored).toEqual([['of ann'], ['of bob'], []]);
    expect(await signedOut).toEqual({ kept: 1, lost: 0 });
  });
});

function openTabs(world: FakeWorld, count: number, auth = { getToken: () => of('ann') }) {
  const device = createFakeDevice(world);
  const tabs = Array.from({ length: count }, () => device.open({ auth }));
  return { device, tabs, clients: tabs.map(({ client }) => client) };
}

describe('the tabs of a browser', () => {
  it('CL-10: follow to nobody’s database when one signs out, and to the next user’s, though their own tokens are old', async () => {
    const world = createFakeWorld();
    const { clients } = openTabs(world, 3);
    const [first, second, third] = clients;
    for (const client of clients) await client.getMap('todos').loaded();
    first!.getMap('todos').set('1', { text: 'a' });
    await world.time.settle();
    expect(clients.map((client) => client.getMap('todos').size)).toEqual([1, 1, 1]);
    expect(await second!.signOut()).toEqual({ kept: 0, lost: 0 });
    await world.time.settle();
    expect(clients.map((client) => client.getMap('todos').size)).toEqual([0, 0, 0]);

    await third!.setAuthToken(of('bob'));
    await world.time.settle();
    first!.getMap('todos').set('2', { text: 'of bob' });
    await world.time.settle();
    expect(clients.map((client) => client.getMap('todos').get('2'))).toEqual(Array(3).fill({ text: 'of bob' }));
    for (const client of clients) await client.waitForState('live');
    // The tab that leads now may be any: it shows bob's token.
    expect(tokenSubject(world.transport.last().hello.token ?? '')).toBe('bob');
  });

  it('CL-10: do not go back to the user who has left because of a token of their own', async () => {
    const world = createFakeWorld();
    const { clients } = openTabs(world, 2);
    for (const client of clients) await client.start();
    await clients[1]!.setAuthToken(of('bob'));
    await world.time.settle();
    await clients[1]!.close();
    clients[0]!.forceReconnect();
    await world.time.advance(60_000);
    await clients[0]!.waitForState('live');
    expect(tokenSubject(world.transport.last().hello.token ?? '')).toBe('bob');
  });

  it('CL-10: let go of a database that one purges, and bring nothing of it back', async () => {
    const world = createFakeWorld();
    world.transport.cut();
    const { device, clients } = openTabs(world, 2);
    for (const client of clients) await client.start();
    for (const [i, client] of clients.entries()) client.getMap('todos').set(`${i}`, { text: 'secret' });
    await world.time.settle();
    expect(await clients[0]!.signOut({ purge: true })).toEqual({ kept: 0, lost: 2 });
    await world.time.advance(60_000);
    expect(await keysIn(device.storage, `${NAME}:user:ann`)).toEqual([]);
    expect(clients.map((client) => [client.getMap('todos').size, client.isInMemory])).toEqual(
      Array(2).fill([0, false]),
    );
    // Nobody's own is purged the same way.
    for (const [i, client] of clients.entries()) client.getMap('todos').set(`${i}`, { text: 'of nobody' });
    await world.time.settle();
    expect(await clients[1]!.signOut({ purge: true })).toEqual({ kept: 0, lost: 2 });
    await world.time.advance(60_000);
    clients[0]!.getMap('todos').set('next', {});
    await world.time.settle();
    expect(clients.map((client) => [...client.getMap('todos').keys()])).toEqual([['next'], ['next']]);
    expect(await keysIn(device.storage, `${NAME}:anonymous`)).toEqual(['next']);
  });
});

const USERS = ['ann', 'bob', null] as const;

/** What happens in one of two tabs: a write, a pause, or another user. */
const steps = fc.array(
  fc.record({
    tab: fc.nat(1),
    what: fc.oneof(
      { weight: 3, arbitrary: fc.constant('write' as const) },
      { weight: 1, arbitrary: fc.constant('settle' as const) },
      { weight: 2, arbitrary: fc.record({ to: fc.constantFrom(...USERS) }) },
    ),
  }),
  { maxLength: 24 },
);

describe('switching users', () => {
  it('CL-10: what is written while one’s maps show reaches the server once, with that one’s token and no other’s', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const world = createFakeWorld();
        const { clients } = openTabs(world, 2);
        for (const client of clients) await client.start();
        let written = 0;
        const owners = new Map<string, string>();
        for (const { tab, what } of list) {
          const client = clients[tab]!;
          if (what === 'settle') await world.time.settle();
          else if (what === 'write') {
            const key = `write ${(written += 1)}.`;
            const owner = client.principal ?? 'nobody';
            client.getMap('todos').set(key, { owner });
            owners.set(key, owner);
          } else {
            const switched = what.to === null ? client.signOut() : client.setAuthToken(of(what.to));
            void switched.catch(() => {});
            // Not even a turn: what is written next may come before anything of it has happened, or in its midst.
            await Promise.resolve();
          }
        }
        // A change of users that one tab has begun is on its way to the other.
        await world.time.settle();
        // Each comes by once more, so that all that is kept is sent.
        for (const user of USERS) {
          if (user === null) await clients[0]!.signOut();
          else await clients[0]!.setAuthToken(of(user));
          await world.time.advance(60_000);
        }
        const senders = new Map<string, string>();
        for (const { hello, received } of world.transport.connections) {
          const sender = hello.token === undefined ? 'nobody' : tokenSubject(hello.token)!;
          for (const message of received) {
            if (message.type !== 'submit') continue;
            for (const key of JSON.stringify(message).match(/write \d+\./g) ?? [])
              senders.set(`${key} by ${sender}`, key);
          }
        }
        expect(new Set(senders.keys())).toEqual(new Set([...owners].map(([key, owner]) => `${key} by ${owner}`)));
        expect(world.server.taken.map(({ key }) => key).toSorted()).toEqual([...owners.keys()].toSorted());
        for (const client of clients) await client.close();
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
