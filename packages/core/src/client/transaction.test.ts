import { describe, expect, it } from 'vitest';

import { stampMillis, type ReplicaId } from '../clock/index.js';
import { isWholeTransaction, MAX_TRANSACTION_OPS, type Op } from '../crdt/index.js';
import { ORMapHandle } from './or-map-handle.js';
import { MemoryAdapter } from './adapters/memory-storage.js';
import { reissue } from './connection/reissue.js';
import type { WriteHandle } from './outbox/write-handle.js';
import type { StorageError } from './ports/storage.js';
import { createFaultyStorage, type FaultyStorage } from './testing/faulty-storage.js';
import { createSeededRandom } from './testing/seeded-random.js';
import { createTabHarness, type TabHarness } from './testing/tab-harness.js';
import { Transaction } from './transaction.js';

interface Schema {
  notes: { n: number; m?: number };
  lists: { open: number };
}

const BROKEN: StorageError = { code: 'failed', message: 'The disk said no.' };

interface Tab extends TabHarness {
  readonly storage: FaultyStorage;
  transact(write: (tx: Transaction<Schema>) => unknown): WriteHandle;
}

function createTab(options: Parameters<typeof createTabHarness>[0] = {}): Tab {
  const storage = createFaultyStorage(new MemoryAdapter({ random: createSeededRandom(7) }));
  const tab = createTabHarness({ storage, ...options });
  const transact: Tab['transact'] = (write) =>
    tab.runtime.transactions.run((draft) => write(new Transaction<Schema>(draft, tab.runtime)));
  return { ...tab, storage, transact };
}

async function startTab(options?: Parameters<typeof createTabHarness>[0]): Promise<Tab> {
  const tab = createTab(options);
  await tab.runtime.start();
  for (const map of ['notes', 'lists']) await tab.map(map).loaded();
  return tab;
}

const codeOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
  return 'nothing was thrown';
};

function expectWhole(ops: readonly Op[], parts: number): void {
  expect(ops).toHaveLength(parts);
  const { transaction, replica } = ops[0]!;
  for (const op of ops) expect([op.transaction, op.replica]).toEqual([transaction, replica]);
  expect(
    isWholeTransaction(
      transaction!,
      ops.map(({ seq }) => seq),
    ),
  ).toBe(true);
  expect(transaction!.parts).toBe(parts);
  const stamps = ops.map(({ stamp }) => stamp);
  expect([new Set(stamps).size, stamps]).toEqual([parts, stamps.toSorted()]);
}

const move = (tx: Transaction<Schema>): void => {
  tx.map('notes').set('a', { n: 1 });
  tx.map('lists').update('home', (list) => ({ open: (list?.open ?? 0) + 1 }));
  tx.map('notes').patch('a', { m: 2 });
};

describe('CR-12: the function of a transaction', () => {
  it('reads what it has written, and nobody else does before it returns', async () => {
    const tab = await startTab();
    tab.map('notes').set('gone', { n: 9 });
    tab.transact((tx) => {
      const notes = tx.map('notes');
      expect(notes.has('a')).toBe(false);
      move(tx);
      notes.remove('gone');
      expect([notes.get('a'), notes.get('gone'), notes.has('gone'), notes.size]).toEqual([
        { n: 1, m: 2 },
        undefined,
        false,
        1,
      ]);
      expect([...notes.keys(), ...notes.values(), ...notes.entries()]).toEqual([
        'a',
        { n: 1, m: 2 },
        ['a', { n: 1, m: 2 }],
      ]);
      expect(tx.map('lists').get('home')).toEqual({ open: 1 });
      expect([tab.map('notes').get('a'), tab.map('notes').has('gone'), tab.map('lists').size]).toEqual([
        undefined,
        true,
        0,
      ]);
      notes.update('a', (note) => ({ ...note!, n: 5 }));
      notes.clear();
      notes.set('b', { n: 3 });
    });
    expect([...tab.map('notes').entries()]).toEqual([['b', { n: 3 }]]);
    expect(tab.map('lists').get('home')).toEqual({ open: 1 });
  });

  it('does nothing at all when it throws', async () => {
    const tab = await startTab();
    const notes = tab.map<Schema['notes']>('notes');
    const calls: string[] = [];
    notes.subscribe(() => calls.push('map'));
    notes.subscribeKey('a', () => calls.push('key'));
    tab.query('notes').subscribe(() => calls.push('query'));
    calls.length = 0;
    const { revision } = notes;
    const commits = tab.storage.commits.length;
    const act = (): unknown =>
      tab.transact((tx) => {
        move(tx);
        throw new Error('no, not like this');
      });
    expect(act).toThrow('no, not like this');
    await tab.time.settle();
    expect([calls, notes.revision, notes.size, tab.storage.commits.length]).toEqual([[], revision, 0, commits]);
    expect(tab.runtime.pendingOps).toBe(0);
    notes.set('after', { n: 1 });
    await tab.time.settle();
    // No sequence was spent on it.
    expect(tab.sync().outbox.map(({ op }) => [op.seq, op.key, op.transaction])).toEqual([[1, 'after', undefined]]);
  });

  it('must not be async, begin another transaction, or write past this one; and its tx ends with it', async () => {
    const tab = await startTab();
    let kept: Transaction<Schema> | null = null;
    expect(
      codeOf(() =>
        tab.transact(async (tx) => {
          move(tx);
          await Promise.resolve();
          tx.map('notes').set('late', { n: 1 });
        }),
      ),
    ).toBe('async-transaction');
    expect(codeOf(() => tab.transact(() => tab.transact(move)))).toBe('nested-transaction');
    expect(codeOf(() => tab.transact(() => tab.map('notes').set('a', { n: 1 })))).toBe('write-outside-transaction');
    tab.transact((tx) => void (kept = tx));
    expect(codeOf(() => kept!.map('notes').set('a', { n: 1 }))).toBe('transaction-ended');
    expect(codeOf(() => tab.transact(() => kept!.map('notes').get('a')))).toBe('transaction-ended');
    await tab.time.settle();
    expect([tab.map('notes').size, tab.runtime.pendingOps]).toEqual([0, 0]);
    // None of these left it open.
    tab.transact(move);
    expect(tab.map('notes').size).toBe(1);
  });

  it('CR-4: gets the errors of single writes', async () => {
    const tab = createTab();
    expect(codeOf(() => tab.transact((tx) => tx.map('notes').update('a', () => ({ n: 1 }))))).toBe('not-loaded');
    expect(codeOf(() => tab.transact((tx) => tx.map('notes').patch('a', { n: 1 })))).toBe('not-loaded');
    // What it has set itself is known.
    tab.transact((tx) => {
      tx.map('notes').set('a', { n: 1 });
      tx.map('notes').update('a', (note) => ({ n: note!.n + 1 }));
    });
    expect(tab.map('notes').get('a')).toEqual({ n: 2 });
    await tab.runtime.start();
    await tab.map('notes').loaded();
    expect(codeOf(() => tab.transact((tx) => tx.map('notes').patch('b', { n: 1 })))).toBe('record-absent');
    expect(codeOf(() => tab.transact((tx) => tx.map('notes').set('', { n: 1 })))).toBe('invalid-key');
    expect(codeOf(() => tab.transact((tx) => tx.map('notes').set('b', { n: Number.NaN })))).toBe('invalid-value');
    expect(codeOf(() => tab.transact((tx) => tx.map('no name' as 'notes')))).toBe('map-name');
    new ORMapHandle('tags', tab.runtime).add('a', 'x');
    const tags = (tx: Transaction<Schema>) => tx.map('tags' as 'notes');
    expect(codeOf(() => tab.transact((tx) => tags(tx).set('b', { n: 1 })))).toBe('type-mismatch');
    expect(codeOf(() => tab.transact((tx) => tags(tx).update('b', () => ({ n: 1 }))))).toBe('type-mismatch');
    expect(codeOf(() => tab.transact((tx) => tags(tx).patch('a', { n: 1 })))).toBe('type-mismatch');
    expect(codeOf(() => tab.transact((tx) => tags(tx).remove('a')))).toBe('type-mismatch');
    expect(codeOf(() => tab.transact(() => new ORMapHandle('tags', tab.runtime).add('a', 'y')))).toBe(
      'write-outside-transaction',
    );
    await tab.runtime.close();
    expect(codeOf(() => tab.transact((tx) => tx.map('notes').set('b', { n: 1 })))).toBe('closed');
  });

  it('holds so many writes: beyond them nothing happens, though the function went on', async () => {
    const tab = await startTab();
    const act = (writes: number): unknown =>
      tab.transact((tx) => {
        try {
          for (let n = 0; n < writes; n += 1) tx.map('notes').set(`k${n}`, { n });
        } catch {
          // Whatever it was.
        }
      });
    expect(codeOf(() => act(MAX_TRANSACTION_OPS + 1))).toBe('transaction-too-large');
    expect(tab.map('notes').size).toBe(0);
    act(MAX_TRANSACTION_OPS);
    expect(tab.map('notes').size).toBe(MAX_TRANSACTION_OPS);
  });
});

describe('CR-12: what a transaction becomes', () => {
  it('is one notification of every listener, with all of it in place', async () => {
    const tab = await startTab();
    const seen: unknown[] = [];
    const state = (): unknown => [tab.map('notes').get('a'), tab.map('lists').get('home')];
    tab.map('notes').subscribe((changes) => seen.push(['notes', changes.length, state()]));
    tab.map('lists').subscribe((changes) => seen.push(['lists', changes.length, state()]));
    tab.query('notes').subscribe((rows) => seen.push(['query', rows.length, state()]));
    seen.length = 0;
    tab.transact(move);
    const whole = [{ n: 1, m: 2 }, { open: 1 }];
    expect(seen.toSorted()).toEqual([
      ['lists', 1, whole],
      ['notes', 1, whole],
      ['query', 1, whole],
    ]);
  });

  it('is one commit of storage, also when that fails and other writes wait with it; persisted and acked are of the whole', async () => {
    const tab = await startTab();
    tab.storage.failCommits(BROKEN);
    const before = tab.storage.commits.length;
    tab.map('notes').set('single', { n: 0 });
    const handle = tab.transact(move);
    let isPersisted = false;
    void handle.persisted.then(() => (isPersisted = true));
    await tab.time.settle();
    expect([isPersisted, tab.sync().outbox.length]).toEqual([false, 0]);
    await tab.time.advance(60_000);
    expect(tab.storage.commits.slice(before).map(({ putOps }) => putOps?.map(({ op }) => op.seq))).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    expect(await handle.persisted).toEqual({ ok: true, outcome: 'applied' });
    const [single, ...parts] = tab.sync().outbox.map(({ op }) => op);
    expect(single!.transaction).toBeUndefined();
    expectWhole(parts, 3);
    tab.sync().decide(1, [single!, ...parts]);
    expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
    expect(tab.runtime.pendingOps).toBe(0);
  });

  it('one write is an ordinary op, and none is nothing', async () => {
    const tab = await startTab();
    tab.map('notes').set('b', { n: 1 });
    tab.transact((tx) => tx.map('notes').set('a', { n: 1 }));
    const nothing = tab.transact((tx) => tx.map('notes').set('b', { n: 1 }));
    await tab.time.settle();
    expect(tab.sync().outbox.map(({ op }) => [op.key, op.transaction])).toEqual([
      ['b', undefined],
      ['a', undefined],
    ]);
    expect(await nothing.acked).toEqual({ ok: true, outcome: 'applied' });
  });

  it('CR-1: every stamp is after all that any part has seen', async () => {
    const tab = await startTab();
    const ahead = tab.time.clock.now() + 30_000;
    const other = await startTab({ seed: 3 });
    other.time.setSkew(30_000);
    other.map('notes').set('seen', { n: 1 });
    await other.time.settle();
    const { op } = other.sync().outbox[0]!;
    tab.sync().emit({ type: 'persisted', entries: [{ op, handed: false }] });
    tab.transact((tx) => {
      tx.map('lists').set('first', { open: 0 });
      tx.map('notes').patch('seen', { n: 2 });
    });
    await tab.time.settle();
    const ops = tab.sync().outbox.map((entry) => entry.op);
    expectWhole(ops, 2);
    expect(ahead).toBeGreaterThan(tab.time.clock.now());
    for (const { stamp } of ops) expect(stamp > op.stamp).toBe(true);
  });

  it('CR-9: ends as single writes do', async () => {
    const tab = await startTab();
    tab.transact((tx) => {
      tx.map('notes').set('a', { n: 1 }, { ttlMs: 1_000 });
      tx.map('notes').set('b', { n: 1 }, { ttlMs: 1_000 });
      tx.map('notes').update('b', (note) => note!, { ttlMs: null });
    });
    expect(codeOf(() => tab.transact((tx) => tx.map('notes').patch('a', { n: 2 }, { ttlMs: 0 })))).toBe('invalid-ttl');
    await tab.time.settle();
    const [first, second, third] = tab.sync().outbox.map(({ op }) => op);
    const endOf = (op: Op | undefined): unknown => (op !== undefined && 'expiresAt' in op ? op.expiresAt : undefined);
    expect(endOf(first)).toBe(stampMillis(first!.stamp) + 1_000);
    expect([endOf(second), endOf(third)]).toEqual([stampMillis(second!.stamp) + 1_000, null]);
    await tab.time.advance(1_500);
    expect([...tab.map('notes').keys()]).toEqual(['b']);
  });

  it('CR-2: written before storage is open, it is issued again as a whole, and so it is under a successor', async () => {
    const tab = createTab();
    tab.map('notes').set('single', { n: 0 });
    tab.transact((tx) => {
      tx.map('notes').set('a', { n: 1 });
      tx.map('notes').set('b', { n: 1 });
    });
    tab.storage.pause();
    await tab.runtime.start();
    await tab.time.settle();
    const replica = tab.sync().announced.at(-1)![0] as ReplicaId;
    const successor = `${replica.split('.')[0]}.next` as ReplicaId;
    // While one is being stored and the next one waits, the replica turns out to be spent.
    tab.transact((tx) => {
      tx.map('notes').set('c', { n: 1 });
      tx.map('lists').set('home', { open: 1 });
    });
    tab.sync().emit({ type: 'reissued', replica, successor, moved: [] });
    tab.storage.resume();
    await tab.time.settle();
    const [single, ...parts] = tab.sync().outbox.map(({ op }) => op);
    expect([single!.replica, single!.seq, single!.transaction]).toEqual([replica, 1, undefined]);
    expectWhole(parts.slice(0, 2), 2);
    expect([parts[0]!.replica, parts[0]!.transaction!.first]).toEqual([replica, 2]);
    expectWhole(parts.slice(2), 2);
    expect([parts[2]!.replica, parts[2]!.transaction!.first]).toEqual([successor, 1]);
    // What storage already holds, the leader moves.
    const stored = tab.sync().outbox.slice(0, 3);
    const moved = reissue(stored, 'db.other' as ReplicaId).map(({ entry }) => entry.op);
    expectWhole(moved.slice(1), 2);
  });

  it('CR-2: is marked as handed over as a whole', async () => {
    const tab = await startTab();
    const sync = tab.sync();
    const answers = [true, false, true, true, true];
    Object.assign(sync, { handsAtOnce: () => answers.shift() ?? true });
    tab.transact(move);
    tab.transact((tx) => {
      tx.map('notes').set('x', { n: 1 });
      tx.map('notes').set('y', { n: 1 });
    });
    await tab.time.settle();
    expect(sync.outbox.map(({ handed }) => handed)).toEqual([false, false, false, true, true]);
  });

  it('local only: is confirmed state in one commit, told to siblings in one message', async () => {
    const tab = await startTab({ runtime: { serverUrl: null } });
    const before = tab.storage.commits.length;
    const handle = tab.transact(move);
    expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
    expect(tab.storage.commits.slice(before).map(({ base }) => base?.map(({ map }) => map))).toEqual([
      ['notes', 'lists'],
    ]);
    expect(tab.sync().shared.map(({ map, changes }) => [map, changes.length])).toEqual([
      ['notes', 2],
      ['lists', 1],
    ]);
    expect(tab.map('notes').get('a')).toEqual({ n: 1, m: 2 });
  });
});

describe('CR-12, CL-7: a refused transaction', () => {
  const refuse = (tab: Tab, ops: readonly Op[], atFault: number): void =>
    tab.sync().emit({
      type: 'decided',
      position: 1,
      decisions: ops.map((op, i) => ({
        op,
        outcome: 'rejected',
        code: i === atFault ? 'too-large' : 'transaction-refused',
        reason: 'no',
        at: 5,
      })),
    });

  it('goes from all views in one notification, and is one outcome: that of the part at fault', async () => {
    const tab = await startTab();
    const handle = tab.transact(move);
    await tab.time.settle();
    const seen: unknown[] = [];
    tab.map('notes').subscribe(() => seen.push([tab.map('notes').size, tab.map('lists').size]));
    tab.map('lists').subscribe(() => seen.push([tab.map('notes').size, tab.map('lists').size]));
    refuse(
      tab,
      tab.sync().outbox.map(({ op }) => op),
      1,
    );
    expect(seen).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(await handle.acked).toMatchObject({ ok: false, rejected: { code: 'too-large', map: 'lists', key: 'home' } });
    expect(tab.runtime.rejections.list().map(({ transaction, key }) => [typeof transaction, key])).toEqual([
      ['string', 'a'],
      ['string', 'home'],
      ['string', 'a'],
    ]);
  });

  it('is retried whole, by any of its parts, as another transaction on what is there now, in its order; and then forgotten', async () => {
    const tab = await startTab();
    tab.transact(move);
    await tab.time.settle();
    refuse(
      tab,
      tab.sync().outbox.map(({ op }) => op),
      0,
    );
    tab.map('lists').set('home', { open: 7 });
    const [, second] = tab.runtime.rejections.list();
    const before = tab.sync().outbox.length;
    const handle = tab.runtime.refusedWrites.retry(second!.id);
    expect([tab.map('notes').get('a'), tab.map('lists').get('home')]).toEqual([{ n: 1, m: 2 }, { open: 1 }]);
    await handle!.persisted;
    await tab.time.settle();
    const retried = tab
      .sync()
      .outbox.map(({ op }) => op)
      .filter(({ transaction }) => transaction !== undefined)
      .slice(before);
    expectWhole(retried, 3);
    expect(retried.map(({ kind, key }) => [kind, key])).toEqual([
      ['create', 'a'],
      ['create', 'home'],
      ['patch', 'a'],
    ]);
    expect(tab.runtime.rejections.list()).toEqual([]);
    expect(tab.storage.commits.at(-1)?.removeRejections).toHaveLength(3);
  });

  it('is discarded whole, by any of its parts, in one commit', async () => {
    const tab = await startTab();
    tab.transact(move);
    await tab.time.settle();
    const before = tab.storage.commits.length;
    refuse(
      tab,
      tab.sync().outbox.map(({ op }) => op),
      0,
    );
    const [, , third] = tab.runtime.rejections.list();
    expect(await tab.runtime.refusedWrites.discard(third!.id)).toBe(true);
    expect(await tab.runtime.refusedWrites.discard(third!.id)).toBe(false);
    expect(tab.runtime.rejections.list()).toEqual([]);
    expect(tab.storage.commits.slice(before).map(({ removeRejections }) => removeRejections?.length)).toEqual([3]);
    expect(tab.runtime.rejections.has('notes', 'a')).toBe(false);
  });
});
