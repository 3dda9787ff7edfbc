import { describe, expect, it } from 'vitest';

import { MemoryAdapter } from '../adapters/memory-storage.js';
import type { Hash64 } from '../ports/environment.js';
import type { StorageAdapter } from '../ports/storage.js';
import { fakeHash } from '../testing/fake-hash.js';
import { fakeToken } from '../testing/fake-token.js';
import { createFakeTabSync } from '../testing/fake-tab-sync.js';
import { macrotask } from '../testing/macrotask.js';
import { createMemoryTabs } from '../testing/memory-tabs.js';
import { createSeededRandom } from '../testing/seeded-random.js';
import { createTabHarness, type TabHarness } from '../testing/tab-harness.js';
import { openDatabase, prepareDatabase } from './open-database.js';

const NAME = 'topgun:http://server.test';

interface Noted extends StorageAdapter {
  /** What was asked of it, in order. */
  readonly asked: string[];
  /** What was prepared, and neither opened nor given up. */
  readonly prepared: ReadonlySet<string>;
}

function noting(inner: StorageAdapter = new MemoryAdapter({ random: createSeededRandom(5) })): Noted {
  const asked: string[] = [];
  const prepared = new Set<string>();
  return {
    asked,
    prepared,
    prepare(name) {
      asked.push(`prepare ${name.slice(NAME.length + 1)}`);
      prepared.add(name);
      return () => void prepared.delete(name);
    },
    open(name) {
      asked.push(`open ${name.slice(NAME.length + 1)}`);
      prepared.delete(name);
      return inner.open(name);
    },
  };
}

async function leaveRemembered(storage: StorageAdapter, sub: string): Promise<void> {
  const tab = createTabHarness({ storage, runtime: { tokenProvider: () => fakeToken({ sub }) } });
  await tab.runtime.start();
  await tab.runtime.close();
}

const nameOf = (tab: TabHarness): string => tab.sync().options.name.slice(NAME.length + 1);

describe('CL-10: what a start begins with', () => {
  it('is what is likely, before anything is opened, which is what has to be', async () => {
    const storage = noting();
    const tab = createTabHarness({ storage });
    // What is waited for longest comes first.
    expect(storage.asked).toEqual(['prepare anonymous', 'prepare device']);
    await tab.runtime.start();
    expect(storage.asked.slice(2)).toEqual(['open device', 'open anonymous']);
    await tab.runtime.close();
  });

  it('is given up where the device remembers another, whose database alone is opened; the place with it', async () => {
    const storage = noting();
    await leaveRemembered(storage, 'ann');
    storage.asked.length = 0;
    const tabs = createMemoryTabs();
    const tab = createTabHarness({ storage, seed: 2, tabs: tabs.openTab().port });
    await tab.runtime.start();
    expect(nameOf(tab)).toBe('user:ann');
    expect(storage.asked).toEqual([
      'prepare anonymous',
      'prepare device',
      'open device',
      'prepare user:ann',
      'open user:ann',
    ]);
    expect([...storage.prepared]).toEqual([]);
    await tab.time.settle();
    const free = await tabs.openTab().port.join(`${NAME}:anonymous`).tryLock(`${NAME}:anonymous:place:0`);
    expect(free).not.toBeNull();
    await tab.runtime.close();
  });

  it('is whom a token at hand is for, while it is looked who was here last', async () => {
    const storage = noting();
    await leaveRemembered(storage, 'ann');
    storage.asked.length = 0;
    const tokenProvider = () => fakeToken({ sub: 'bob' });
    const tab = createTabHarness({ storage, seed: 2, runtime: { tokenProvider } });
    await tab.runtime.start();
    expect(nameOf(tab)).toBe('user:bob');
    expect(storage.asked.slice(0, 3)).toEqual(['prepare device', 'prepare user:bob', 'open device']);
    expect(storage.asked.filter((asked) => asked.endsWith('anonymous'))).toEqual([]);
    await tab.runtime.close();
  });

  it('CL-36: is let go of by a client that is closed before it has started', async () => {
    const storage = noting();
    const tabs = createMemoryTabs();
    const tab = createTabHarness({ storage, tabs: tabs.openTab().port });
    await tab.runtime.close();
    await tab.time.settle();
    expect([...storage.prepared]).toEqual([]);
    const free = await tabs.openTab().port.join(`${NAME}:anonymous`).tryLock(`${NAME}:anonymous:place:0`);
    expect(free).not.toBeNull();
  });

  it('CL-2: shows the first rows before it makes what speaks to siblings and server', async () => {
    const storage = new MemoryAdapter({ random: createSeededRandom(5) });
    const before = createTabHarness({ storage });
    await before.runtime.start();
    await before.map('todos').set('1', { text: 'a' }).persisted;
    await before.runtime.close();
    const order: string[] = [];
    const tab = createTabHarness({
      storage,
      runtime: {
        createTabSync(options) {
          order.push('sync');
          return createFakeTabSync(options);
        },
      },
    });
    tab.query('todos').subscribe((rows) => void order.push(rows.map(({ text }) => text).join()));
    await tab.runtime.start();
    expect(order.slice(0, 2)).toEqual(['a', 'sync']);
    await tab.runtime.close();
  });

  describe('CL-2: while the hash is still to come', () => {
    async function shown() {
      const storage = new MemoryAdapter({ random: createSeededRandom(5) });
      const before = createTabHarness({ storage });
      await before.runtime.start();
      await before.map('todos').set('1', { text: 'a' }).persisted;
      await before.runtime.close();
      let load = (_hash: Hash64): void => {};
      const loading = new Promise<Hash64>((resolve) => (load = resolve));
      const tabs = createMemoryTabs();
      const tab = createTabHarness({ storage, seed: 2, tabs: tabs.openTab().port, loadHash: () => loading });
      const query = tab.query('todos');
      query.subscribe(() => {});
      const starting = tab.runtime.start();
      await tab.time.settle();
      const texts = (): string =>
        query
          .getSnapshot()
          .data.map(({ text }) => text)
          .join();
      expect(texts()).toBe('a');
      return { tab, tabs, texts, storage, starting, load: () => load(fakeHash) };
    }

    it('rows show, and what is written is durable when it has come', async () => {
      const { tab, texts, storage, starting, load } = await shown();
      const { persisted } = tab.map('todos').set('2', { text: 'b' });
      expect(texts()).toBe('a,b');
      load();
      await Promise.all([starting, persisted]);
      await tab.runtime.close();
      const after = createTabHarness({ storage, seed: 3 });
      await after.runtime.start();
      expect(after.runtime.pendingOps).toBe(2);
      await after.runtime.close();
    });

    it('CL-36: a client that is closed writes what it was told, and lets go', async () => {
      const { tab, tabs, storage, load } = await shown();
      tab.map('todos').set('2', { text: 'b' });
      const closing = tab.runtime.close();
      load();
      await closing;
      expect(tab.time.pendingTimers()).toBe(0);
      const name = `${NAME}:anonymous`;
      expect(await tabs.openTab().port.join(name).tryLock(`${name}:place:0`)).not.toBeNull();
      const opened = await storage.open(name);
      expect(opened.ok && (await opened.value.loadOutbox())).toMatchObject({ value: [{}, {}] });
    });

    it('CL-10: what was written goes into the database of who wrote it, though another takes over', async () => {
      const { tab, texts, storage, load } = await shown();
      tab.map('todos').set('2', { text: 'b' });
      const switching = tab.runtime.setTokenProvider(() => fakeToken({ sub: 'ann' }));
      await tab.time.settle();
      load();
      await switching;
      expect([nameOf(tab), texts()]).toEqual(['user:ann', '']);
      const opened = await storage.open(`${NAME}:anonymous`);
      expect(opened.ok && (await opened.value.loadOutbox())).toMatchObject({ value: [{}, {}] });
      await tab.runtime.close();
    });
  });

  it('CL-4: hears what siblings say from before its first reading, though nobody listens yet', async () => {
    const tabs = createMemoryTabs();
    const storage = new MemoryAdapter({ random: createSeededRandom(5) });
    const { environment } = createTabHarness({ storage, tabs: tabs.openTab().port }).runtime;
    const prepared = prepareDatabase(environment, 'db', () => ({ views: [] }));
    tabs.openTab().port.join('db').post('written since');
    await macrotask();
    const opened = await openDatabase(environment, prepared, { told() {}, evicts: false, ahead: { views: [] } });
    const heard: unknown[] = [];
    opened.group.onMessage((message) => heard.push(message));
    await macrotask();
    expect(heard).toEqual(['written since']);
    opened.leave();
  });

  it('CR-2: has the place before it reads what that one’s last holder has issued', async () => {
    const tabs = createMemoryTabs();
    const inner = new MemoryAdapter({ random: createSeededRandom(5) });
    const first = createTabHarness({ storage: inner, tabs: tabs.openTab().port });
    await first.runtime.start();
    await first.time.settle();
    // The second is made, and has found its place, while the first still writes.
    const second = createTabHarness({ storage: inner, seed: 2, tabs: tabs.openTab().port });
    await first.map('todos').set('1', { text: 'a' }).persisted;
    await first.runtime.close();
    await second.runtime.start();
    const third = createTabHarness({ storage: inner, seed: 3, tabs: tabs.openTab().port });
    await third.runtime.start();
    const written = [second, third].map((tab) => tab.map('todos').set('2', { text: 'b' }));
    await Promise.all(written.map(({ persisted }) => persisted));
    const outbox = await third.runtime.session.database?.storage.loadOutbox();
    const ids = outbox?.ok === true ? outbox.value.map(({ op }) => `${op.replica.split('.')[1]}:${op.seq}`) : [];
    // The place of the first goes on after what it wrote.
    expect(ids.toSorted()).toEqual(['0:1', '0:2', '1:1']);
    await Promise.all([second.runtime.close(), third.runtime.close()]);
  });
});
