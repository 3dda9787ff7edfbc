import { describe, expect, it } from 'vitest';

import { stampMillis, type ReplicaId } from '../../clock/index.js';
import type { Op } from '../../crdt/index.js';
import type { StorageError } from '../ports/storage.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import { createFaultyStorage, type FaultyStorage } from '../testing/faulty-storage.js';
import { createSeededRandom } from '../testing/seeded-random.js';
import { createTabHarness, type TabHarness } from '../testing/tab-harness.js';
import { Transaction } from '../transaction.js';
import { MAX_COMMIT_ITEMS } from './commit-queue.js';

const BROKEN: StorageError = { code: 'failed', message: 'The disk said no.' };

interface Note {
  n: number;
}

function createTab(storage?: FaultyStorage): TabHarness & { storage: FaultyStorage } {
  const faulty = storage ?? createFaultyStorage(new MemoryAdapter({ random: createSeededRandom(7) }));
  return { ...createTabHarness({ storage: faulty }), storage: faulty };
}

const pendingOps = (tab: TabHarness, key: string): readonly Op[] =>
  tab.runtime.stores.use('notes').overlay.pendingOps(key);

describe('the op writer', () => {
  it('CR-2: writes made before storage is open get their identity when it is, in order, with unchanged values', async () => {
    const tab = createTab();
    const notes = tab.map<Note>('notes');
    notes.set('a', { n: 1 });
    notes.set('b', { n: 2 });
    notes.update('a', () => ({ n: 3 }));
    const provisional = pendingOps(tab, 'a')[0]?.replica;
    const value = notes.get('a');
    await tab.runtime.start();
    await tab.time.settle();
    const ops = tab.sync().outbox.map(({ op }) => op);
    expect(ops.map(({ seq, key }) => [seq, key])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'a'],
    ]);
    expect(new Set(ops.map(({ replica }) => replica))).toEqual(new Set([tab.sync().announced[0]?.[0]]));
    expect(ops[0]?.replica).not.toBe(provisional);
    expect(ops[0]?.replica).toMatch(/^.{12}\.0$/);
    expect(ops.map(({ stamp }) => stamp)).toEqual(ops.map(({ stamp }) => stamp).toSorted());
    expect(pendingOps(tab, 'a')).toEqual([ops[0], ops[2]]);
    expect(notes.get('a')).toBe(value);
  });

  it('CR-2: the next life of a place goes on after everything it had issued', async () => {
    const first = createTab();
    first.map<Note>('notes').set('a', { n: 1 });
    await first.runtime.start();
    await first.runtime.close();
    first.time.setSkew(-3_600_000);
    const second = { ...createTabHarness({ storage: first.storage, time: first.time, seed: 2 }) };
    second.map<Note>('notes').set('b', { n: 2 });
    await second.runtime.start();
    await second.time.settle();
    const [old] = first.sync().outbox.map(({ op }) => op);
    const [next] = second.sync().outbox.map(({ op }) => op);
    expect([next?.replica, next?.seq]).toEqual([old?.replica, 2]);
    expect((next?.stamp ?? '') > (old?.stamp ?? '')).toBe(true);
    expect(second.sync().announced).toEqual([[old?.replica, 1]]);
    expect(second.runtime.pendingOps).toBe(2);
    expect(second.map<Note>('notes').get('a')).toEqual({ n: 1 });
  });

  it('CL-1: a burst is one transaction, and what comes while it runs shares the next', async () => {
    const tab = createTab();
    await tab.runtime.start();
    const notes = tab.map<Note>('notes');
    const before = tab.storage.commits.length;
    tab.storage.pause();
    for (let n = 0; n < 50; n++) notes.set(`k${n}`, { n });
    await tab.time.settle();
    for (let n = 50; n < 70; n++) {
      notes.set(`k${n}`, { n });
      await Promise.resolve();
    }
    tab.storage.resume();
    await tab.time.settle();
    const sizes = tab.storage.commits.slice(before).map(({ putOps }) => putOps?.length);
    expect(sizes).toEqual([50, 20]);
    expect(tab.sync().outbox.map(({ op }) => op.seq)).toEqual(Array.from({ length: 70 }, (_, i) => i + 1));
  });

  it('CL-1, CR-12: a burst of more than one transaction takes is several, one after the other, and tears none of the app’s apart', async () => {
    const tab = createTab();
    await tab.runtime.start();
    const notes = tab.map<Note>('notes');
    const before = tab.storage.commits.length;
    for (let n = 0; n < MAX_COMMIT_ITEMS - 10; n++) notes.set(`k${n}`, { n });
    tab.runtime.transactions.run((draft) => {
      const tx = new Transaction<{ notes: Note }>(draft, tab.runtime);
      for (let n = 0; n < 20; n++) tx.map('notes').set(`t${n}`, { n });
    });
    const last = notes.set('last', { n: 0 });
    await last.persisted;
    const sizes = tab.storage.commits.slice(before).map(({ putOps }) => putOps?.length);
    expect(sizes).toEqual([MAX_COMMIT_ITEMS - 10, 21]);
    expect(tab.sync().outbox.map(({ op }) => op.seq)).toEqual(
      Array.from({ length: MAX_COMMIT_ITEMS + 11 }, (_, i) => i + 1),
    );
  });

  it('CL-1: nothing is told to siblings, and persisted does not resolve, before the transaction has completed', async () => {
    const tab = createTab();
    await tab.runtime.start();
    tab.storage.pause();
    const handle = tab.map<Note>('notes').set('a', { n: 1 });
    let outcome: unknown = null;
    void handle.persisted.then((result) => (outcome = result));
    await tab.time.settle();
    expect([outcome, tab.sync().outbox.length, tab.runtime.pendingOps]).toEqual([null, 0, 1]);
    expect([...tab.sync().options.local.pendingOps()]).toEqual([]);
    tab.storage.resume();
    await tab.time.settle();
    expect([outcome, tab.sync().outbox.length]).toEqual([{ ok: true, outcome: 'applied' }, 1]);
    expect(tab.sync().options.local.pendingOps()).toHaveLength(1);
    expect(tab.runtime.pendingOps).toBe(1);
  });

  it('CL-8: a failed transaction is told, loses nothing, and is tried again with growing pauses', async () => {
    const tab = createTab();
    await tab.runtime.start();
    const issues: StorageError[] = [];
    tab.runtime.storageIssues.add((issue) => issues.push(issue));
    tab.storage.failCommits(BROKEN, BROKEN);
    const notes = tab.map<Note>('notes');
    notes.set('a', { n: 1 });
    await tab.time.settle();
    const second = notes.set('b', { n: 2 });
    let isPersisted = false;
    void second.persisted.then(() => (isPersisted = true));
    await tab.time.settle();
    expect([issues, isPersisted, notes.get('b')]).toEqual([[BROKEN], false, { n: 2 }]);
    await tab.time.advance(1_000);
    expect([issues.length, isPersisted]).toEqual([2, false]);
    await tab.time.advance(2_000);
    expect([issues.length, isPersisted]).toEqual([2, true]);
    expect(tab.sync().outbox.map(({ op }) => op.key)).toEqual(['a', 'b']);
  });

  it('CR-11: an op is marked as handed in its own transaction when it will be sent as it is', async () => {
    const tab = createTab();
    await tab.runtime.start();
    tab.map<Note>('notes').set('a', { n: 1 });
    await tab.time.settle();
    tab.sync().hands = true;
    tab.map<Note>('notes').set('b', { n: 2 });
    await tab.time.settle();
    expect(tab.sync().outbox.map(({ handed }) => handed)).toEqual([false, true]);
    expect(tab.storage.commits.flatMap(({ putOps }) => putOps ?? []).map(({ handed }) => handed)).toEqual([
      false,
      true,
    ]);
  });

  it('CR-11: stamps with the offset of the clock, goes on after its re-stamped ops, and notes the offset', async () => {
    const tab = createTab();
    tab.time.setSkew(600_000);
    await tab.runtime.start();
    const notes = tab.map<Note>('notes');
    notes.set('a', { n: 1 });
    await tab.time.settle();
    const [entry] = tab.sync().outbox;
    const value = notes.get('a');
    const corrected = tab.runtime.environment.clock.now() - 600_000;
    const stamp = entry!.op.stamp.replace(/^.{8}/, encodeMillis(corrected)) as Op['stamp'];
    const restamped = { ...entry!, op: { ...entry!.op, stamp }, clockOffset: -600_000 };
    tab.sync().emit({ type: 'clock', offsetMs: -600_000, restamped: [restamped] });
    expect(pendingOps(tab, 'a')).toEqual([restamped.op]);
    expect(notes.get('a')).toBe(value);
    const handle = notes.set('b', { n: 2 });
    await tab.time.settle();
    const second = tab.sync().outbox.at(-1);
    expect(stampMillis(second!.op.stamp)).toBe(corrected);
    expect(second?.clockOffset).toBe(-600_000);
    expect((await handle.persisted).ok).toBe(true);
  });

  it('CR-1: a write is after everything in the record it changes, even when this clock is far behind', async () => {
    const tab = createTab();
    await tab.runtime.start();
    const notes = tab.map<Note>('notes');
    await notes.loaded();
    notes.set('a', { n: 1 });
    tab.time.setSkew(-3_600_000);
    notes.set('b', { n: 0 });
    const base = pendingOps(tab, 'a')[0]!;
    await tab.time.settle();
    tab.sync().decide(1, [base]);
    notes.update('a', () => ({ n: 2 }));
    expect(notes.get('a')).toEqual({ n: 2 });
  });

  it('CR-2: when storage went back in time it goes on as the successor, and issues again what was not durable', async () => {
    const tab = createTab();
    await tab.runtime.start();
    const notes = tab.map<Note>('notes');
    notes.set('a', { n: 1 });
    await tab.time.settle();
    tab.storage.pause();
    const inFlight = notes.set('b', { n: 2 });
    await tab.time.settle();
    notes.set('c', { n: 3 });
    const [moved] = tab.sync().outbox;
    const from = { replica: moved!.op.replica, seq: moved!.op.seq };
    const successor = `${from.replica}.x` as ReplicaId;
    const entry = { ...moved!, op: { ...moved!.op, replica: successor, seq: 1 } };
    tab.sync().emit({ type: 'reissued', replica: from.replica, successor, moved: [{ from, entry }] });
    tab.storage.resume();
    await tab.time.settle();
    const told = tab
      .sync()
      .outbox.slice(1)
      .map(({ op }) => [op.replica, op.seq, op.key]);
    // What was in the middle of its transaction keeps its id: it may have been found in storage by now. The leader moves it, too.
    expect(told).toEqual([
      [from.replica, 2, 'b'],
      [successor, 2, 'c'],
    ]);
    expect(tab.sync().announced.at(-1)).toEqual([successor, 1]);
    expect(await inFlight.persisted).toEqual({ ok: true, outcome: 'applied' });
    expect(['a', 'b', 'c'].flatMap((key) => pendingOps(tab, key).map(({ seq }) => seq))).toEqual([1, 2, 2]);
    const late = tab.sync().outbox.find(({ op }) => op.key === 'b')!;
    const another = `${from.replica}.y` as ReplicaId;
    const movedLate = { ...late, op: { ...late.op, replica: another, seq: 1 } };
    tab.sync().emit({
      type: 'reissued',
      replica: from.replica,
      successor: another,
      moved: [{ from: { replica: from.replica, seq: 2 }, entry: movedLate }],
    });
    expect(pendingOps(tab, 'b')).toEqual([movedLate.op]);
    expect(notes.set('d', { n: 4 })).toBeDefined();
    await tab.time.settle();
    expect(tab.sync().outbox.at(-1)?.op).toMatchObject({ replica: successor, seq: 3 });
    tab.sync().decide(1, [movedLate.op]);
    expect((await inFlight.acked).ok).toBe(true);
  });

  it('CL-1: an op that was found in storage and decided before its own tab heard of the transaction is not pending', async () => {
    const tab = createTab();
    await tab.runtime.start();
    const notes = tab.map<Note>('notes');
    await notes.loaded();
    const handle = notes.set('a', { n: 1 });
    const [op] = pendingOps(tab, 'a');
    tab.sync().decide(1, [op!]);
    await tab.time.settle();
    expect((await handle.acked).ok && (await handle.persisted).ok).toBe(true);
    expect([tab.runtime.pendingOps, tab.sync().outbox]).toEqual([0, []]);
  });

  it('CL-9: acked resolves with the outcome, and a refusal is an outcome too', async () => {
    const tab = createTab();
    await tab.runtime.start();
    const notes = tab.map<Note>('notes');
    const handles = ['a', 'b', 'c'].map((key, n) => notes.set(key, { n }));
    await tab.time.settle();
    const ops = tab.sync().outbox.map(({ op }) => op);
    tab.sync().decide(1, [ops[0]!]);
    tab.sync().decide(2, [ops[1]!], 'superseded');
    tab.sync().decide(3, [ops[2]!], 'rejected');
    expect(await handles[0]!.acked).toEqual({ ok: true, outcome: 'applied' });
    expect(await handles[1]!.acked).toEqual({ ok: true, outcome: 'superseded' });
    expect(await handles[2]!.acked).toMatchObject({
      ok: false,
      rejected: { map: 'notes', key: 'c', code: 'not-permitted', attempted: { type: 'set', value: { n: 2 } } },
    });
    expect([notes.get('b'), notes.get('c'), tab.runtime.pendingOps]).toEqual([{ n: 1 }, undefined, 0]);
  });

  it('local only: a write is decided at once, durable as confirmed state, and shared with siblings', async () => {
    const storage = createFaultyStorage(new MemoryAdapter({ random: createSeededRandom(7) }));
    const tab = createTabHarness({ storage, runtime: { serverUrl: null } });
    const notes = tab.map<Note>('notes');
    const early = notes.set('early', { n: 0 });
    await tab.runtime.start();
    await notes.loaded();
    const handle = notes.set('a', { n: 1 });
    expect(await handle.persisted).toEqual({ ok: true, outcome: 'applied' });
    expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
    expect(await early.acked).toEqual({ ok: true, outcome: 'applied' });
    expect([tab.runtime.pendingOps, pendingOps(tab, 'a'), pendingOps(tab, 'early')]).toEqual([0, [], []]);
    // CL-1: strict, as every commit that puts ops is, though none stays in the outbox; CR-2: no stamp is issued again by the next start.
    expect(storage.commits.every(({ putOps, removeOps }) => putOps?.length === removeOps?.length)).toBe(true);
    expect(storage.commits.flatMap(({ putOps = [] }) => putOps.map(({ op }) => op.key))).toEqual(['early', 'a']);
    expect(tab.sync().shared.flatMap(({ changes }) => changes.map(({ key }) => key))).toEqual(['early', 'a']);
    await tab.runtime.close();
    const again = createTabHarness({ storage, seed: 3, runtime: { serverUrl: null } });
    await again.runtime.start();
    await again.map('notes').loaded();
    expect([...again.map('notes').entries()].toSorted()).toEqual([
      ['a', { n: 1 }],
      ['early', { n: 0 }],
    ]);
    expect(again.query('notes').getSnapshot().status).toBe('settled');
  });

  it('CL-1, local only: what one commit makes durable is confirmed in one step', async () => {
    const storage = createFaultyStorage(new MemoryAdapter({ random: createSeededRandom(7) }));
    const tab = createTabHarness({ storage, runtime: { serverUrl: null } });
    const notes = tab.map<Note>('notes');
    const early = ['a', 'b', 'c'].map((key, n) => notes.set(key, { n }));
    const counts: number[] = [];
    for (const key of ['a', 'b', 'c']) {
      const { overlay } = tab.runtime.stores.use('notes');
      tab.runtime.stores.use('notes').onKey(key, () => counts.push([...overlay.pendingKeys()].length));
    }
    await tab.runtime.start();
    await Promise.all(early.map((handle) => handle.persisted));
    await tab.time.settle();
    expect(storage.commits).toHaveLength(1);
    // Heard of three times, once for each key, when nothing is pending any more; and never of a part.
    expect(counts.filter((count) => count !== 3)).toEqual([0, 0, 0]);
  });
});

const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';

function encodeMillis(millis: number): string {
  let text = '';
  for (let rest = millis, i = 0; i < 8; i++, rest = Math.floor(rest / 64)) text = DIGITS[rest % 64] + text;
  return text;
}
