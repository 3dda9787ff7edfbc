import { afterEach, describe, expect, it, vi } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { opToRecord } from '../../crdt/index.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import { compileComparator } from '../../query/index.js';
import type { StorageAdapter } from '../ports/storage.js';
import { createSeededRandom } from '../testing/seeded-random.js';
import { createTabHarness, parsedQuery, type TabHarness } from '../testing/tab-harness.js';
import { countVisits, type Visits } from '../testing/count-visits.js';
import { runBatch } from './run-batch.js';

const counted = vi.hoisted(() => ({ comparisons: 0 }));
vi.mock(import('../../query/compare-values.js'), async (load) => {
  const original = await load();
  // Without a rest parameter: spreading one would be counted as a walk through an array.
  const counting =
    <A, B, R>(compare: (a: A, b: B) => R) =>
    (a: A, b: B): R => {
      counted.comparisons += 1;
      return compare(a, b);
    };
  return {
    ...original,
    compareValues: counting(original.compareValues),
    compareStrings: counting(original.compareStrings),
  };
});

const WRITES = 40;
const LIMIT = 50;
const SMALL = 1_000;
const LARGE = 16_000;

interface Note {
  rank: number;
  title: string;
}

const rankOf = (i: number): number => 2 * i;

/** Storage that holds n confirmed records, in order of rank. */
async function storageOf(n: number): Promise<StorageAdapter> {
  const memory = new MemoryAdapter({ random: createSeededRandom(3) });
  const replica = 'server' as ReplicaId;
  const changes = Array.from({ length: n }, (_, i) => {
    const stamp = encodeStamp({ millis: 1 + i, counter: 0, replica });
    const fields = [
      { name: 'rank', value: rankOf(i) },
      { name: 'title', value: `Note ${i}` },
    ];
    const key = `note-${i}`;
    const delta = opToRecord({ kind: 'create', replica, seq: i + 1, stamp, map: 'notes', key, fields, restart: false });
    return { type: 'merge' as const, key, delta };
  });
  return {
    async open(name) {
      const opened = await memory.open(name);
      if (opened.ok) await opened.value.commit({ base: [{ map: 'notes', changes }] });
      return opened;
    },
  };
}

const opened: TabHarness[] = [];
afterEach(() => Promise.all(opened.splice(0).map(({ runtime }) => runtime.close())));

/** A tab with n notes and a live query of the first of them. */
async function startTab(n: number): Promise<TabHarness> {
  const tab = createTabHarness({ storage: await storageOf(n), runtime: { isDevelopment: false } });
  opened.push(tab);
  await tab.runtime.start();
  const loaded = tab.map('notes').loaded();
  // In turns.
  await tab.time.advance(0);
  await loaded;
  tab.query('notes', { where: { rank: { $gte: 0 } }, sort: { rank: 'asc' }, limit: LIMIT }).subscribe(() => {});
  return tab;
}

/** Writes to notes all over the map, each of which moves its note to another place beyond the limit. */
function moves(tab: TabHarness, n: number, round: number, count = WRITES): (() => void)[] {
  const notes = tab.map<Note>('notes');
  return Array.from({ length: count }, (_, w) => {
    const span = n - 2 * LIMIT;
    const i = 2 * LIMIT + Math.floor((w * span) / count);
    const to = 2 * LIMIT + Math.floor((((w + 7 + round) % count) * span) / count);
    return () => notes.update(`note-${i}`, (note) => ({ ...note!, rank: rankOf(to) + 1 }));
  });
}

interface Cost extends Visits {
  readonly comparisons: number;
}

function costOf(write: () => void): Cost {
  counted.comparisons = 0;
  const visits = countVisits(write);
  return { ...visits, comparisons: counted.comparisons };
}

const costsOf = (tab: TabHarness, n: number, round: number): Cost[] => moves(tab, n, round).map(costOf);

/** Of the write that looked at most. Whether a row is among the first that a view holds makes a look or two of difference. */
const mostOf = (costs: readonly Cost[]): Visits => ({
  tables: Math.max(...costs.map(({ tables }) => tables)),
  items: Math.max(...costs.map(({ items }) => items)),
});

function expectNoMore(costs: readonly Cost[], than: readonly Cost[]): void {
  const [most, allowed] = [mostOf(costs), mostOf(than)];
  expect(most.tables).toBeLessThanOrEqual(allowed.tables);
  expect(most.items).toBeLessThanOrEqual(allowed.items);
}

describe('CL-31: what a write does before it returns', () => {
  it('looks at as many places in a large map as in a small one, and compares O(log n) times', async () => {
    const [small, large] = [await startTab(SMALL), await startTab(LARGE)];
    const [few, many] = [costsOf(small, SMALL, 0), costsOf(large, LARGE, 0)];
    expectNoMore(many, few);
    // Out of its old place and into the new one. A tie is decided by the keys, which is one more.
    const bound = (n: number): number => 2 * 2 * (Math.ceil(Math.log2(n)) + 3);
    for (const [costs, n] of [[few, SMALL] as const, [many, LARGE] as const]) {
      for (const { comparisons } of costs) {
        expect(comparisons).toBeGreaterThan(0);
        expect(comparisons).toBeLessThanOrEqual(bound(n));
      }
    }
  });

  it('looks at as many places behind a long outbox as behind a short one, of its own record and of others', async () => {
    const tab = await startTab(SMALL);
    // Once each, so that the records counted later have something pending from the start.
    costsOf(tab, SMALL, 0);
    const before = costsOf(tab, SMALL, 1);
    const notes = tab.map<Note>('notes');
    for (let i = 0; i < 3_000; i += 1) {
      const key = i % 2 === 0 ? `note-${2 * LIMIT}` : `other-${i}`;
      notes.set(key, { title: `Other ${i}`, rank: rankOf(2 * LIMIT) });
    }
    notes.update(`note-${2 * LIMIT}`, () => ({ title: 'Note again', rank: rankOf(2 * LIMIT) + 1 }));
    await tab.time.settle();
    expect(tab.runtime.pendingOps).toBeGreaterThan(3_000);
    expectNoMore(costsOf(tab, SMALL, 2), before);
  });

  it('looks at as many places whatever the number of fields of the record: it is not merged before somebody asks for it', async () => {
    const tab = await startTab(SMALL);
    const notes = tab.map<Note & Record<string, unknown>>('notes');
    const fields = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`field${i}`, i]));
    notes.update('note-200', (note) => ({ ...note!, ...fields }));
    notes.update('note-201', (note) => ({ ...note!, title: 'One' }));
    const edit = (key: string): Cost => costOf(() => notes.update(key, (note) => ({ ...note!, title: 'Another' })));
    expectNoMore([edit('note-200')], [edit('note-201')]);
  });

  it('costs nothing for what else is watched: other records, other maps and their queries', async () => {
    const tab = await startTab(SMALL);
    const before = costsOf(tab, SMALL, 0);
    const watched = await startTab(SMALL);
    // The first listener to a record of the map costs each write one look.
    const notes = watched.map<Note>('notes');
    for (let i = 0; i < 200; i += 1) watched.query(`lists-${i % 3}`, { where: { owner: i } }).subscribe(() => {});
    expectNoMore(costsOf(watched, SMALL, 0), before);
    notes.subscribeKey('note-0', () => {});
    const oneListener = costsOf(watched, SMALL, 1);
    for (let i = 1; i < 100; i += 1) notes.subscribeKey(`note-${i}`, () => {});
    expectNoMore(costsOf(watched, SMALL, 2), oneListener);
  });

  it('costs in a batch no more for each write when the map is large', async () => {
    const [small, large] = [await startTab(SMALL), await startTab(LARGE)];
    const inBatch = (tab: TabHarness, n: number, count: number): Cost => {
      const writes = moves(tab, n, 0, count);
      return costOf(() => runBatch(tab.runtime.notifier, () => writes.forEach((write) => write())));
    };
    expectNoMore([inBatch(large, LARGE, WRITES)], [inBatch(small, SMALL, WRITES)]);
    // Also when more is written than the view holds.
    expectNoMore([inBatch(large, LARGE, 800)], [inBatch(small, SMALL, 800)]);
  });

  it('would be seen to grow if it did: what looks at every record is counted as such', async () => {
    const tab = await startTab(SMALL);
    const { tables, items } = costOf(() => tab.map('notes').toArray());
    expect(tables + items).toBeGreaterThanOrEqual(SMALL);
    const { values } = tab.runtime.stores.use('notes');
    const byTitle = compileComparator(parsedQuery({ sort: { title: 'desc' } }));
    const sorted = costOf(() => Array.from(values, ([key, value]) => ({ key, value })).sort(byTitle));
    expect(sorted.comparisons).toBeGreaterThan(SMALL);
    expect(countVisits(() => Array.from({ length: 500 }, (_, i) => i).some((i) => i < 0)).items).toBeGreaterThanOrEqual(
      500,
    );
  });
});
