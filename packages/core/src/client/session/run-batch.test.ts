import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createTabHarness, type TabHarness } from '../testing/tab-harness.js';
import { Transaction } from '../transaction.js';
import { runBatch } from './run-batch.js';

interface Note {
  n: number;
}

interface Tab extends TabHarness {
  batch<T>(write: () => T): T;
  notes(): ReturnType<typeof createNotes>;
  /** What the query's listener was called with, each time: the numbers shown. */
  readonly heard: number[][];
}

const createNotes = (tab: TabHarness) => tab.map<Note>('notes');

async function startTab(): Promise<Tab> {
  const tab = createTabHarness();
  await tab.runtime.start();
  await tab.map('notes').loaded();
  await tab.map('lists').loaded();
  const heard: number[][] = [];
  tab
    .query('notes', { sort: { n: 'asc' }, limit: 3 })
    .subscribe((rows) => heard.push(rows.map((row) => row['n'] as number)));
  // A query tells at once what it shows.
  heard.length = 0;
  return {
    ...tab,
    heard,
    notes: () => createNotes(tab),
    batch: (write) => runBatch(tab.runtime.notifier, write),
  };
}

const codeOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
  return 'nothing was thrown';
};

describe('CL-30: a batch', () => {
  it('is heard of once, whatever it writes and of how many maps, and before it returns', async () => {
    const tab = await startTab();
    const changes: string[] = [];
    tab.map('notes').subscribe((all) => changes.push(`notes ${all.map(({ key }) => key).join()}`));
    tab.map('lists').subscribe((all) => changes.push(`lists ${all.map(({ key }) => key).join()}`));
    const before = tab.runtime.stores.use('notes').revision;
    const returned = tab.batch(() => {
      for (let n = 1_000; n > 0; n -= 1) tab.notes().set(`note-${n}`, { n });
      tab.notes().update('note-1', () => ({ n: 5_000 }));
      tab.notes().remove('note-2');
      tab.map('lists').set('home', { open: 1 });
      expect([tab.heard, changes]).toEqual([[], []]);
      return 'done';
    });
    expect([returned, tab.heard]).toEqual(['done', [[3, 4, 5]]]);
    expect(changes.map((each) => each.split(',').length)).toEqual([999, 1]);
    expect(tab.runtime.stores.use('notes').revision).toBe(before + 1);
  });

  it('gives its own writes back by its maps, while queries show what they showed before', async () => {
    const tab = await startTab();
    tab.notes().set('a', { n: 1 });
    const watched = tab.query('notes', { sort: { n: 'asc' }, limit: 3 });
    const unwatched = tab.query('notes', { where: { n: 2 } });
    expect(unwatched.getSnapshot().data).toEqual([]);
    tab.batch(() => {
      tab.notes().update('a', (note) => ({ n: note!.n + 1 }));
      expect([tab.notes().get('a'), tab.notes().size]).toEqual([{ n: 2 }, 1]);
      expect(watched.getSnapshot().data).toEqual([{ _key: 'a', n: 1 }]);
      expect(unwatched.getSnapshot().data).toEqual([]);
    });
    expect([watched, unwatched].map((query) => query.getSnapshot().data)).toEqual([
      [{ _key: 'a', n: 2 }],
      [{ _key: 'a', n: 2 }],
    ]);
  });

  it('within another is part of that one', async () => {
    const tab = await startTab();
    tab.batch(() => {
      tab.notes().set('a', { n: 1 });
      tab.batch(() => tab.notes().set('b', { n: 2 }));
      expect(tab.heard).toEqual([]);
      tab.notes().set('c', { n: 3 });
    });
    expect(tab.heard).toEqual([[1, 2, 3]]);
  });

  it('that throws has written what it had written until then, tells of it, and lets the error through', async () => {
    const tab = await startTab();
    const fault = new Error('The import is broken.');
    const act = (): void =>
      tab.batch(() => {
        tab.notes().set('a', { n: 1 });
        tab.batch(() => {
          tab.notes().set('b', { n: 2 });
          throw fault;
        });
      });
    expect(act).toThrow(fault);
    expect([tab.heard, [...tab.notes().keys()]]).toEqual([[[1, 2]], ['a', 'b']]);
    // Nothing of it is left over: the next write is told at once.
    tab.notes().set('c', { n: 3 });
    expect(tab.heard).toEqual([
      [1, 2],
      [1, 2, 3],
    ]);
  });

  it('goes on with an outer one that catches what an inner one threw', async () => {
    const tab = await startTab();
    tab.batch(() => {
      expect(() => tab.batch(() => tab.notes().set('', { n: 1 }))).toThrow('a key is not empty');
      tab.notes().set('a', { n: 1 });
      expect(tab.heard).toEqual([]);
    });
    expect(tab.heard).toEqual([[1]]);
  });

  it('that comes back to where it was is no change of records', async () => {
    const tab = await startTab();
    tab.notes().set('a', { n: 1 });
    const [changes, { data }] = [[] as unknown[], tab.query('notes', { sort: { n: 'asc' }, limit: 3 }).getSnapshot()];
    tab.map('notes').subscribe((all) => changes.push(all));
    tab.batch(() => {
      tab.notes().set('a', { n: 2 });
      tab.notes().set('a', { n: 1 });
      tab.notes().set('b', { n: 9 });
      tab.notes().remove('b');
    });
    expect(changes).toEqual([]);
    expect(tab.query('notes', { sort: { n: 'asc' }, limit: 3 }).getSnapshot().data).toBe(data);
  });

  it('must not be async: that is told, and what was written before the first await stays', async () => {
    const tab = await startTab();
    const act = (): unknown =>
      tab.batch(async () => {
        tab.notes().set('a', { n: 1 });
        await Promise.resolve();
        throw new Error('heard of by nobody');
      });
    expect(codeOf(act)).toBe('async-batch');
    expect(tab.heard).toEqual([[1]]);
    await tab.time.settle();
  });

  it('takes transactions as parts: durable as wholes, heard of with the rest', async () => {
    const tab = await startTab();
    const transact = (write: (tx: Transaction<Record<string, Note>>) => void) =>
      tab.runtime.transactions.run((draft) => write(new Transaction(draft, tab.runtime)));
    const handle = tab.batch(() => {
      tab.notes().set('a', { n: 1 });
      return transact((tx) => {
        tx.map('notes').set('b', { n: 2 });
        tx.map('notes').set('c', { n: 3 });
      });
    });
    expect(tab.heard).toEqual([[1, 2, 3]]);
    expect(await handle.persisted).toEqual({ ok: true, outcome: 'applied' });
    const parts = ['a', 'b', 'c'].map((key) => tab.runtime.stores.use('notes').overlay.pendingOps(key)[0]?.transaction);
    expect(parts[0]).toBeUndefined();
    expect(parts[1]).toEqual({ first: 2, parts: 2 });
    expect(parts[2]).toEqual(parts[1]);
  });

  it('holds one op for each write, all durable in one commit', async () => {
    const tab = await startTab();
    const handles = tab.batch(() => Array.from({ length: 600 }, (_, n) => tab.notes().set(`note-${n}`, { n })));
    expect(await Promise.all(handles.map((handle) => handle.persisted))).toEqual(
      handles.map(() => ({ ok: true, outcome: 'applied' })),
    );
    const { overlay } = tab.runtime.stores.use('notes');
    const seqs = handles.map((_, n) => overlay.pendingOps(`note-${n}`).map(({ seq }) => seq));
    expect(seqs).toEqual(handles.map((_, n) => [n + 1]));
  });

  it('ends with the same records and rows as the same writes one by one', async () => {
    const write = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), n: fc.option(fc.nat({ max: 4 })) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(write, { maxLength: 8 }), { maxLength: 6 }), async (batches) => {
        const [together, single] = [await startTab(), await startTab()];
        const run = (tab: Tab, { key, n }: { key: string; n: number | null }): void => {
          if (n === null) tab.notes().remove(key);
          else tab.notes().set(key, { n });
        };
        for (const writes of batches) {
          const before = together.heard.length;
          together.batch(() => writes.forEach((each) => run(together, each)));
          writes.forEach((each) => run(single, each));
          expect(together.heard.length).toBeLessThanOrEqual(before + 1);
          const shown = [together, single].map((tab) => tab.query('notes', { sort: { n: 'asc' }, limit: 3 }));
          expect(shown[0]!.getSnapshot().data).toEqual(shown[1]!.getSnapshot().data);
          expect([...together.notes().entries()].toSorted()).toEqual([...single.notes().entries()].toSorted());
        }
        await Promise.all([together, single].map((tab) => tab.runtime.close()));
      }),
      { numRuns: 60 },
    );
  });
});
