import { describe, expect, it } from 'vitest';

import { MemoryAdapter } from '../adapters/memory-storage.js';
import type { TopGunClient } from '../index.js';
import type { StorageError } from '../ports/storage.js';
import { createFakeDevice } from '../testing/fake-clients.js';
import { createFakeWorld, creates, REMOVES, type FakeWorld } from '../testing/fake-world.js';
import { createFaultyStorage, type FaultyStorage } from '../testing/faulty-storage.js';
import { createSeededRandom } from '../testing/seeded-random.js';

const FULL: StorageError = { code: 'quota', message: 'The disk is full.' };

interface Tabs {
  readonly world: FakeWorld;
  readonly storage: FaultyStorage;
  readonly open: () => Promise<TopGunClient>;
}

/** One device on which the server refuses every op of a key that begins with `bad`, until told otherwise. */
function device(): Tabs {
  const world = createFakeWorld();
  const storage = createFaultyStorage(new MemoryAdapter({ random: createSeededRandom(5) }));
  const browser = createFakeDevice(world);
  world.server.refuse(({ key }) => (key.startsWith('bad') ? 'not-permitted' : null));
  return {
    world,
    storage,
    async open() {
      const { client } = browser.open({ storage });
      await client.start();
      await world.time.settle();
      return client;
    },
  };
}

async function refused(tabs: Tabs, client: TopGunClient, key = 'bad'): Promise<string> {
  client.getMap('todos').set(key, { text: 'long' });
  await tabs.world.time.settle();
  const rejection = client.rejections.list().find((each) => each.key === key);
  if (rejection === undefined) throw new Error('it was not refused');
  tabs.world.server.refuse(() => null);
  return rejection.id;
}

const codeOf = (call: () => unknown): unknown => {
  try {
    call();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return null;
};

describe('a refused write', () => {
  it('CL-7: is edited: another value is written and the refusal is gone, in one durable commit', async () => {
    const tabs = device();
    const client = await tabs.open();
    const id = await refused(tabs, client);
    expect(client.getMap('todos').has('bad')).toBe(false);
    const before = tabs.storage.commits.length;
    const handle = client.rejections.edit(id, { text: 'short' });
    expect([client.getMap('todos').get('bad'), client.rejections.list()]).toEqual([{ text: 'short' }, []]);
    expect(client.syncState('todos', 'bad')).toBe('pending');
    await handle.persisted;
    const [commit] = tabs.storage.commits.slice(before);
    expect([commit?.putOps?.length, commit?.removeRejections?.length]).toEqual([1, 1]);
    expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
    expect(tabs.world.server.rows('todos').get('bad')).toEqual({ text: 'short' });
    await client.close();
    const again = await tabs.open();
    expect(again.rejections.list()).toEqual([]);
    await again.close();
  });

  it('CL-7: is edited by a function of what was attempted, which may be refused once more', async () => {
    const tabs = device();
    const client = await tabs.open();
    const id = await refused(tabs, client);
    tabs.world.server.refuse(({ kind }) => (kind === 'create' ? 'too-large' : null));
    client.rejections.edit<{ text: string }>(id, (attempted) => ({ ...attempted, text: `${attempted.text}er` }));
    await tabs.world.time.settle();
    const [rejection, ...others] = client.rejections.list();
    expect([rejection?.code, rejection?.attempted, others]).toEqual([
      'too-large',
      { type: 'set', value: { text: 'longer' } },
      [],
    ]);
    await client.close();
  });

  it('CL-7: stays as it is where it cannot be edited, with a code that says why', async () => {
    const tabs = device();
    const client = await tabs.open();
    const todos = client.getMap('todos');
    todos.subscribe(() => {});
    for (const key of ['kept', 'gone']) todos.set(key, { text: 'a' });
    await tabs.world.time.settle();
    tabs.world.server.refuse(() => 'not-permitted');
    todos.patch('gone', { text: 'b' });
    todos.remove('kept');
    await tabs.world.time.settle();
    tabs.world.server.refuse(() => null);
    tabs.world.writeElsewhere('todos', 'gone', REMOVES);
    await tabs.world.time.settle();
    const [patch, removal] = client.rejections.list();
    const commits = tabs.storage.commits.length;
    expect([
      codeOf(() => client.rejections.edit('nobody:1', { text: 'c' })),
      codeOf(() => client.rejections.edit(patch!.id, { text: 'c' })),
      codeOf(() => client.rejections.edit(removal!.id, { text: 'c' })),
    ]).toEqual(['unknown-rejection', 'record-absent', 'nothing-to-edit']);
    await tabs.world.time.settle();
    expect([client.rejections.list(), tabs.storage.commits.length]).toEqual([[patch, removal], commits]);
    await client.close();
  });

  it('CL-7: of a patch cannot be edited before its map is loaded', async () => {
    const tabs = device();
    const client = await tabs.open();
    client.getMap('todos').set('bad-patch', { text: 'a' });
    client.getMap('todos').patch('bad-patch', { text: 'b' });
    await tabs.world.time.settle();
    await client.close();
    const again = await tabs.open();
    const [, patch] = again.rejections.list();
    expect(codeOf(() => again.rejections.edit(patch!.id, { text: 'c' }))).toBe('not-loaded');
    await again.getMap('todos').loaded();
    expect(codeOf(() => again.rejections.edit(patch!.id, { text: 'c' }))).toBe('record-absent');
    await again.close();
  });

  it('CL-7, CR-12: of a transaction is edited in its part, and the transaction is written once more as a whole', async () => {
    const tabs = device();
    const client = await tabs.open();
    client.transaction((tx) => {
      tx.map('todos').set('bad-1', { text: 'a' });
      tx.map('lists').set('bad-home', { open: 1 });
    });
    await tabs.world.time.settle();
    const [part] = client.rejections.list();
    tabs.world.server.refuse(() => null);
    const before = tabs.storage.commits.length;
    const handle = client.rejections.edit(part!.id, { text: 'b' });
    expect([client.getMap('todos').get('bad-1'), client.getMap('lists').get('bad-home')]).toEqual([
      { text: 'b' },
      { open: 1 },
    ]);
    expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
    const [commit] = tabs.storage.commits.slice(before);
    expect([commit?.putOps?.length, commit?.removeRejections?.length]).toEqual([2, 2]);
    expect(client.rejections.list()).toEqual([]);
    expect(new Set(commit?.putOps?.map(({ op }) => JSON.stringify(op.transaction))).size).toBe(1);
    await client.close();
  });

  it('CL-7: is written again once, however often that is asked for', async () => {
    const tabs = device();
    const client = await tabs.open();
    const id = await refused(tabs, client);
    expect(client.rejections.retry(id)).not.toBeNull();
    expect(client.rejections.retry(id)).toBeNull();
    expect(codeOf(() => client.rejections.edit(id, { text: 'b' }))).toBe('unknown-rejection');
    expect(client.getPendingOpsCount()).toBe(1);
    await tabs.world.time.settle();
    expect(client.getPendingOpsCount()).toBe(0);
    await client.close();
  });

  it('CL-1, CL-7: that is written again while storage fails is on the list again after a crash, and is not lost', async () => {
    const tabs = device();
    const client = await tabs.open();
    const id = await refused(tabs, client);
    tabs.storage.failCommits(...Array<StorageError>(50).fill(FULL));
    client.rejections.edit(id, { text: 'short' });
    await tabs.world.time.settle();
    expect(client.getMap('todos').get('bad')).toEqual({ text: 'short' });
    await client.close();
    const again = await tabs.open();
    expect(again.rejections.list().map(({ id: left }) => left)).toEqual([id]);
    await again.close();
  });

  it('CL-7, CL-8: is back on the list when storage cannot take it off', async () => {
    const tabs = device();
    const client = await tabs.open();
    const id = await refused(tabs, client);
    const issues: string[] = [];
    client.onStorageIssue(({ code }) => issues.push(code));
    tabs.storage.failCommits(FULL);
    expect(await client.rejections.discard(id)).toBe(false);
    expect([client.rejections.list().map((left) => left.id), client.syncState('todos', 'bad'), issues]).toEqual([
      [id],
      'rejected',
      ['quota'],
    ]);
    expect(await client.rejections.discard(id)).toBe(true);
    await client.close();
  });

  for (const [name, act] of [
    ['discards', (client: TopGunClient, id: string) => void client.rejections.discard(id)],
    ['retries', (client: TopGunClient, id: string) => void client.rejections.retry(id)],
    ['edits', (client: TopGunClient, id: string) => void client.rejections.edit(id, { text: 'b' })],
  ] as const) {
    it(`CL-7: an app that ${name} it as soon as it hears of it does not find it again after a reload`, async () => {
      const tabs = device();
      const client = await tabs.open();
      const other = await tabs.open();
      client.onWriteRejected(({ id }) => act(client, id));
      tabs.world.server.holdDecisions();
      client.getMap('todos').set('good', { text: 'a' });
      other.getMap('todos').set('bad', { text: 'a' });
      await tabs.world.time.settle();
      // The disk is busy with one verdict when the other comes.
      tabs.storage.pause();
      tabs.world.server.releaseDecisions();
      tabs.world.server.refuse(() => null);
      await tabs.world.time.settle();
      tabs.storage.resume();
      await tabs.world.time.settle();
      expect([client.rejections.list(), client.getPendingOpsCount()]).toEqual([[], 0]);
      await client.close();
      await other.close();
      const again = await tabs.open();
      expect(again.rejections.list()).toEqual([]);
      await again.close();
    });
  }
});

describe('CL-4, CL-7: in the other tabs', () => {
  for (const [name, act, shown] of [
    ['discarded', (client: TopGunClient, id: string) => client.rejections.discard(id), undefined],
    ['retried', (client: TopGunClient, id: string) => client.rejections.retry(id)?.acked, { text: 'long' }],
    ['edited', (client: TopGunClient, id: string) => client.rejections.edit(id, { text: 'b' }).acked, { text: 'b' }],
  ] as const) {
    for (const who of ['the leader', 'a follower'] as const) {
      it(`one that was ${name} by ${who} is off the list, and its record says so`, async () => {
        const tabs = device();
        const all = [await tabs.open(), await tabs.open(), await tabs.open()];
        const actor = all[who === 'the leader' ? 0 : 1] as TopGunClient;
        for (const client of all) client.getMap('todos').subscribe(() => {});
        const id = await refused(tabs, all[2] as TopGunClient);
        expect(all.map((client) => client.syncState('todos', 'bad'))).toEqual(Array(3).fill('rejected'));
        const told = all.map(() => 0);
        const states: string[][] = all.map(() => []);
        all.forEach((client, i) => {
          client.rejections.subscribe(() => (told[i] = (told[i] ?? 0) + 1));
          client.onSyncStateChange('todos', 'bad', (state) => states[i]?.push(state));
        });
        await act(actor, id);
        await tabs.world.time.settle();
        expect(all.map((client) => client.rejections.list())).toEqual([[], [], []]);
        expect(told).toEqual([1, 1, 1]);
        expect(states.map((seen) => seen.at(-1))).toEqual(Array(3).fill('synced'));
        expect(all.map((client) => client.getMap('todos').get('bad'))).toEqual(Array(3).fill(shown));
        for (const client of all) await client.close();
      });
    }
  }
});

describe('the list of refused writes', () => {
  it('CL-7: tells its listeners once for all that is refused together, and keeps its identity meanwhile', async () => {
    const tabs = device();
    const client = await tabs.open();
    const seen: number[] = [];
    const stop = client.rejections.subscribe(() => seen.push(client.rejections.list().length));
    client.batch(() => {
      for (const key of ['bad-1', 'bad-2', 'bad-3']) client.getMap('todos').set(key, { text: 'a' });
    });
    await tabs.world.time.settle();
    expect(seen.at(-1)).toBe(3);
    const list = client.rejections.list();
    tabs.world.writeElsewhere('todos', 'x', creates({ text: 'x' }));
    await tabs.world.time.settle();
    expect(client.rejections.list()).toBe(list);
    stop();
    await client.rejections.discard(list[0]!.id);
    expect(seen.at(-1)).toBe(3);
    await client.close();
  });
});
