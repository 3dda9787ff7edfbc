import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { materialize, mergeRecords, type CountOp, type LwwRecord } from '../../crdt/index.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import type { Storage } from '../ports/storage.js';
import { createFaultyStorage } from '../testing/faulty-storage.js';
import { createSeededRandom } from '../testing/seeded-random.js';
import { createTabHarness } from '../testing/tab-harness.js';
import { counterPlace, PNCounterHandle } from '../pn-counter-handle.js';
import { createLocalTotals } from './local-totals.js';

const countOp = (seq: number, delta: number, by = 'a.0'): CountOp => {
  const replica = by as ReplicaId;
  return {
    kind: 'count',
    replica,
    seq,
    stamp: encodeStamp({ millis: seq, counter: 0, replica }),
    map: 'm',
    key: 'k',
    delta,
  };
};

async function openStorage(): Promise<Storage> {
  const opened = await new MemoryAdapter({ random: createSeededRandom(3) }).open('local');
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

const store = (storage: Storage, delta: LwwRecord) =>
  storage.commit({ base: [{ map: 'm', changes: [{ type: 'merge', key: 'k', delta }] }] });

describe('totals without a server', () => {
  it('CR-7: go on from what storage holds, and name this tab’s register alone', async () => {
    const storage = await openStorage();
    const [own, other] = [createLocalTotals(), createLocalTotals()];
    await store(storage, own.advance(countOp(1, 5)));
    await store(storage, other.advance(countOp(1, 7, 'b.0')));
    const again = createLocalTotals();
    expect(await again.prepare(storage, [countOp(2, 1)])).toEqual({ ok: true, value: undefined });
    const delta = again.advance(countOp(2, 1));
    expect([...delta.fields.keys()]).toEqual(['a.0']);
    const stored = await storage.loadMap('m');
    expect(stored.ok && materialize(mergeRecords(stored.value.get('k')!, delta))).toBe(13);
  });

  it('CR-7: what was not made durable is counted from where it was', () => {
    const totals = createLocalTotals();
    totals.advance(countOp(1, 5));
    totals.keep();
    expect(materialize(totals.advance(countOp(2, 1)))).toBe(6);
    totals.undo();
    expect(materialize(totals.advance(countOp(2, 1)))).toBe(6);
    totals.keep();
    expect(materialize(totals.advance(countOp(3, 1)))).toBe(7);
  });

  it('CL-8, CR-7: a commit that fails and is tried again counts once, and nothing stays pending', async () => {
    const storage = createFaultyStorage(new MemoryAdapter({ random: createSeededRandom(5) }));
    const tab = createTabHarness({ storage, runtime: { serverUrl: null } });
    await tab.runtime.start();
    const likes = new PNCounterHandle('likes:1', counterPlace('likes:1'), tab.runtime);
    await likes.loaded();
    storage.failCommits({ code: 'failed', message: 'Not now.' }, { code: 'failed', message: 'Not now.' });
    likes.add(5);
    likes.increment();
    await tab.time.advance(20_000);
    likes.increment();
    await tab.time.settle();
    const { overlay } = tab.runtime.stores.use('likes');
    expect([likes.value, overlay.isPending('1'), materialize(overlay.record('1'))]).toEqual([7, false, 7]);
    await tab.runtime.close();
    const after = createTabHarness({ storage, seed: 2, runtime: { serverUrl: null } });
    await after.runtime.start();
    const again = new PNCounterHandle('likes:1', counterPlace('likes:1'), after.runtime);
    await again.loaded();
    expect(again.value).toBe(7);
  });

  it('CL-8, CR-7: a map that cannot be read is tried again, and until then the count is shown and not durable', async () => {
    const tab = createTabHarness({ runtime: { serverUrl: null } });
    await tab.runtime.start();
    const likes = new PNCounterHandle('likes:1', counterPlace('likes:1'), tab.runtime);
    await likes.loaded();
    const { storage } = tab.sync().options;
    const { loadMap } = storage;
    storage.loadMap = () => Promise.resolve({ ok: false, error: { code: 'failed', message: 'Not now.' } });
    let isPersisted = false;
    void likes.add(5).persisted.then(() => (isPersisted = true));
    await tab.time.settle();
    expect([likes.value, isPersisted]).toEqual([5, false]);
    storage.loadMap = loadMap;
    await tab.time.advance(20_000);
    expect([likes.value, isPersisted]).toEqual([5, true]);
  });
});
