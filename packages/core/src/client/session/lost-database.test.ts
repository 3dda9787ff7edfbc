import { describe, expect, it, vi } from 'vitest';

import type { StorageError } from '../ports/storage.js';
import { remoteOp, toChanges } from '../testing/remote-changes.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import { createFaultyStorage } from '../testing/faulty-storage.js';
import { RESCUED_PER_TURN } from './rescue.js';
import { createTabHarness, type TabHarness, type TabHarnessOptions } from '../testing/tab-harness.js';

/** Deletes the database under whoever has it open. */
async function wipe(tab: TabHarness): Promise<void> {
  const opened = await tab.storage.open(tab.sync().options.name);
  if (opened.ok) await opened.value.destroy();
  await tab.time.settle();
}

async function openTab(options: TabHarnessOptions = {}): Promise<{ tab: TabHarness; issues: StorageError[] }> {
  const tab = createTabHarness(options);
  const issues: StorageError[] = [];
  tab.runtime.storageIssues.add((issue) => issues.push(issue));
  await tab.runtime.start();
  await tab.map('todos').loaded();
  return { tab, issues };
}

const stored = (tab: TabHarness) => tab.sync().options.storage;

describe('a database that is deleted under an open tab', () => {
  it('CL-2, CL-8: many records are brought, and taken back, some in each turn of the page', async () => {
    const { tab } = await openTab();
    const confirmed = Array.from({ length: 3 * RESCUED_PER_TURN }, (_, n) =>
      toChanges('todos', remoteOp(tab, `k${n}`, 'create', { n })),
    );
    tab.runtime.notifier.batch(() => confirmed.forEach((each) => tab.sync().emit({ ...each, type: 'changes' })));
    const brought: number[] = [];
    const [open, taken] = [tab.storage.open.bind(tab.storage), [] as number[]];
    vi.spyOn(tab.storage, 'open').mockImplementation(async (name, ahead) => {
      const opened = await open(name, ahead);
      if (!opened.ok) return opened;
      const { value } = opened;
      const commit: typeof value.commit = (change) => {
        for (const { changes } of change.base ?? []) brought.push(changes.length);
        return value.commit(change);
      };
      return { ok: true, value: { ...value, commit } };
    });
    tab.runtime.stores.use('todos').observe({ take: (keys) => void taken.push(keys.length) });
    await wipe(tab);
    await tab.time.advance(60_000);
    vi.restoreAllMocks();
    expect(brought).toEqual([RESCUED_PER_TURN, RESCUED_PER_TURN, RESCUED_PER_TURN]);
    expect(taken.filter((length) => length > 0)).toEqual(brought);
    expect(tab.map('todos').size).toBe(confirmed.length);
    const base = await stored(tab).loadMap('todos');
    expect(base.ok && base.value.size).toBe(confirmed.length);
  });

  it('CL-8: is told once, and the tab goes on in a new one with what it holds', async () => {
    const { tab, issues } = await openTab();
    const todos = tab.map('todos');
    todos.set('1', { text: 'durable' });
    await tab.time.settle();
    const confirmed = toChanges('todos', remoteOp(tab, '2', 'create', { text: 'confirmed' }));
    tab.sync().emit({ ...confirmed, type: 'changes' });
    const before = tab.sync();
    before.connectionIs('live');

    await wipe(tab);
    await tab.time.advance(60_000);
    expect(issues.map(({ code }) => code)).toEqual(['lost']);
    expect(tab.syncs).toHaveLength(2);
    expect(stored(tab).identity.databaseId).not.toBe(before.options.storage.identity.databaseId);
    const outbox = await stored(tab).loadOutbox();
    expect(outbox.ok && outbox.value.map(({ op, handed }) => [op.key, op.replica, handed])).toEqual([
      ['1', `${before.options.storage.identity.databaseId}.0`, true],
    ]);
    const base = await stored(tab).loadMap('todos');
    expect(base.ok && [...base.value.keys()]).toEqual(['2']);
    expect([...todos.entries()].toSorted()).toEqual([
      ['1', { text: 'durable' }],
      ['2', { text: 'confirmed' }],
    ]);
  });

  it('CR-2: what surely nobody has sent is brought as such, again and again', async () => {
    const { tab } = await openTab();
    tab.map('todos').set('1', { text: 'milk' });
    await tab.time.settle();
    const before = await stored(tab).loadOutbox();
    for (let round = 1; round <= 2; round += 1) {
      await wipe(tab);
      await tab.time.advance(60_000);
      const after = await stored(tab).loadOutbox();
      expect(after.ok && after.value).toHaveLength(1);
      expect(after).toEqual(before);
    }
    tab.sync().connectionIs('live');
    await wipe(tab);
    await tab.time.advance(60_000);
    const sent = await stored(tab).loadOutbox();
    expect(sent.ok && sent.value.map(({ handed }) => handed)).toEqual([true]);
  });

  it('CR-2: what is written from then on is of another replica, and persists', async () => {
    const { tab } = await openTab();
    const todos = tab.map('todos');
    todos.set('1', { text: 'before' });
    await tab.time.settle();
    await wipe(tab);
    await tab.time.advance(60_000);
    const write = todos.set('2', { text: 'after' });
    await tab.time.settle();
    await write.persisted;
    const { databaseId } = stored(tab).identity;
    const outbox = await stored(tab).loadOutbox();
    const own = outbox.ok ? outbox.value.filter(({ op }) => op.key === '2') : [];
    expect(own.map(({ op }) => [op.replica, op.seq])).toEqual([[`${databaseId}.0`, 1]]);
    expect(tab.runtime.pendingOps).toBe(2);
  });

  it('CL-8: what was on its way to storage persists in the new one, and its author is told', async () => {
    const { tab, issues } = await openTab();
    const todos = tab.map('todos');
    await tab.time.settle();
    const opened = await tab.storage.open(tab.sync().options.name);
    const writes = ['1', '2', '3'].map((key) => todos.set(key, { key }));
    if (opened.ok) void opened.value.destroy();
    writes.push(todos.set('4', { key: '4' }));
    await tab.time.advance(60_000);
    for (const write of writes) await write.persisted;
    const outbox = await stored(tab).loadOutbox();
    expect(outbox.ok && outbox.value.map(({ op }) => op.key).sort()).toEqual(['1', '2', '3', '4']);
    expect(issues.map(({ code }) => code)).toEqual(['lost']);
    expect(tab.runtime.pendingOps).toBe(4);
  });

  it('CL-8: takes from the new one what a sibling has brought, and says of which maps it has brought something', async () => {
    const adapter = new MemoryAdapter();
    const faulty = createFaultyStorage(adapter);
    const [{ tab: slow }, { tab: sibling }] = [
      await openTab({ storage: faulty }),
      await openTab({ storage: adapter, seed: 2 }),
    ];
    // What the slow tab has not heard of.
    sibling.sync().emit({ ...toChanges('todos', remoteOp(sibling, '1', 'create', { n: 1 })), type: 'changes' });
    slow.map('notes');
    await slow.map('notes').loaded();
    faulty.pause();
    await wipe(sibling);
    await sibling.time.advance(60_000);
    expect([...slow.map('todos').keys()]).toEqual([]);
    faulty.resume();
    await slow.time.advance(60_000);
    expect([...slow.map('todos').entries()]).toEqual([['1', { n: 1 }]]);
    expect(slow.sync().calls).toContain('brought todos notes');
    expect(slow.sync().calls.indexOf('brought todos notes')).toBeLessThan(slow.sync().calls.indexOf('start'));
  });

  it('CL-8: its verdicts come under the ids that ops had', async () => {
    const { tab } = await openTab();
    const todos = tab.map('todos');
    const write = todos.set('1', { text: 'milk' });
    await tab.time.settle();
    await wipe(tab);
    await tab.time.advance(60_000);
    const outbox = await stored(tab).loadOutbox();
    tab.sync().decide(7, outbox.ok ? outbox.value.map(({ op }) => op) : [], 'applied');
    expect(await write.acked).toMatchObject({ ok: true });
    expect(tab.runtime.pendingOps).toBe(0);
    expect(todos.get('1')).toEqual({ text: 'milk' });
  });

  it('CL-10: one that a sibling purges on purpose is opened anew once it is gone, with nothing of what it held', async () => {
    const { tab, issues } = await openTab();
    tab.map('todos').set('1', { text: 'secret' });
    await tab.time.settle();
    const { name, storage } = tab.sync().options;
    tab.sync().options.left?.({ subject: null, token: null, purges: true });
    await tab.time.settle();
    expect(tab.sync().options.storage).toBe(storage);
    await wipe(tab);
    await tab.time.advance(60_000);
    expect([tab.sync().options.name, tab.runtime.isInMemory, tab.map('todos').size]).toEqual([name, false, 0]);
    expect(stored(tab).identity.databaseId).not.toBe(storage.identity.databaseId);
    expect(await stored(tab).loadOutbox()).toEqual({ ok: true, value: [] });
    expect(issues).toEqual([]);
  });

  it('CL-8: deleted once more while another is made in its place, it is made anew once, with what the tab holds', async () => {
    const faulty = createFaultyStorage(new MemoryAdapter());
    const { tab, issues } = await openTab({ storage: faulty });
    tab.map('todos').set('1', { text: 'milk' });
    await tab.time.settle();
    faulty.pause();
    await wipe(tab);
    await wipe(tab);
    // What comes next cannot be opened: the tab goes on in memory, and stays there with all it has.
    faulty.failOpen({ code: 'unavailable', message: 'broken' });
    faulty.resume();
    await tab.time.settle();
    faulty.failOpen(null);
    await tab.time.advance(60_000);
    expect(issues.map(({ code }) => code)).toEqual(['lost', 'unavailable']);
    expect(tab.syncs).toHaveLength(3);
    const outbox = await stored(tab).loadOutbox();
    expect(outbox.ok && outbox.value.map(({ op }) => op.key)).toEqual(['1']);
  });

  it('CL-8: again and again, if need be, and closes as ever', async () => {
    const { tab, issues } = await openTab();
    tab.map('todos').set('1', { text: 'milk' });
    await tab.time.settle();
    for (let round = 1; round <= 3; round += 1) {
      await wipe(tab);
      await tab.time.advance(60_000);
      expect(issues).toHaveLength(round);
      const outbox = await stored(tab).loadOutbox();
      expect(outbox.ok && outbox.value).toHaveLength(1);
    }
    await wipe(tab);
    await tab.runtime.close();
    expect(tab.runtime.status.connectionState).toBe('closed');
    expect(tab.time.pendingTimers()).toBe(0);
  });
});
