import { afterEach, describe, expect, it, vi } from 'vitest';

import { compileComparator, type QueryInput } from '../../query/index.js';
import { countVisits } from '../testing/count-visits.js';
import { createTabHarness, parsedQuery, type TabHarness } from '../testing/tab-harness.js';
import { createVirtualTime } from '../testing/virtual-time.js';

const counted = vi.hoisted(() => ({ comparisons: 0 }));
vi.mock(import('../../query/compare-values.js'), async (load) => {
  const original = await load();
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

const SMALL = 8_000;
const LARGE = 24_000;
const MIDDLE = 12_000;

interface Note {
  rank: number;
  isOpen: boolean;
}

const opened: TabHarness[] = [];
afterEach(() => Promise.all(opened.splice(0).map(({ runtime }) => runtime.close())));

/** A tab with n notes, in no order. */
async function startTab(n: number): Promise<TabHarness> {
  const time = createVirtualTime();
  let looks = 0;
  // Each look at the clock finds it a millisecond later, so that work in slices comes to an end of each.
  const tab = createTabHarness({ time: { ...time, clock: { now: () => time.clock.now() + looks++ } } });
  opened.push(tab);
  await tab.runtime.start();
  const notes = tab.map<Note>('notes');
  await notes.loaded();
  tab.runtime.notifier.batch(() => {
    for (let i = 0; i < n; i += 1) notes.set(`note-${i}`, { rank: (i * 7919) % n, isOpen: i % 3 === 0 });
  });
  await tab.time.settle();
  return tab;
}

const LATEST = (limit: number): QueryInput => ({ sort: { rank: 'desc' }, limit });
const OPEN = (limit: number): QueryInput => ({ where: { isOpen: true }, sort: { rank: 'desc' }, limit });

interface Cost {
  readonly looks: number;
  readonly comparisons: number;
}

/** What it takes to open a query for the first time. */
function costOf(tab: TabHarness, input: QueryInput): Cost {
  const query = tab.query('notes', input);
  counted.comparisons = 0;
  const { tables, items } = countVisits(() => query.getSnapshot());
  const { comparisons } = counted;
  const expected = naive(tab, input);
  expect(query.getSnapshot().data.map(({ _key }) => _key)).toEqual(expected);
  return { looks: tables + items, comparisons };
}

function naive(tab: TabHarness, { where, limit }: QueryInput): string[] {
  const rows = [...tab.runtime.stores.use('notes').values] as unknown as [string, Note][];
  return rows
    .filter(([, { isOpen }]) => where === undefined || isOpen)
    .toSorted(([a, { rank: one }], [b, { rank: other }]) => other - one || (a < b ? -1 : 1))
    .slice(0, limit ?? undefined)
    .map(([key]) => key);
}

/** Runs what the tab has put off, turn by turn, and says how much each looked at. */
async function runTurns(tab: TabHarness, between: () => void = () => {}): Promise<number[]> {
  const turns: number[] = [];
  for (let isRunning = true; isRunning && turns.length < 1_000;) {
    let ran = false;
    const { tables, items } = countVisits(() => (ran = tab.time.startNext()));
    isRunning = ran && tab.runtime.stores.use('notes').indexes.kinds.length === 0;
    turns.push(tables + items);
    between();
    await tab.time.settle();
  }
  return turns;
}

describe('CL-25: what opening a view costs, counted', () => {
  it.each([
    ['of the first of all', LATEST],
    ['of the first that meet a condition', OPEN],
  ])('%s: a look at each record, and about one comparison', async (_what, input) => {
    const [few, many] = [costOf(await startTab(SMALL), input(20)), costOf(await startTab(LARGE), input(20))];
    expect(few.looks).toBeGreaterThanOrEqual(SMALL);
    // Whatever is beside the look at each grows with the logarithm.
    expect(many.looks).toBeLessThanOrEqual(LARGE + 3 * (few.looks - SMALL));
    expect(many.comparisons).toBeGreaterThanOrEqual(LARGE / 2);
    expect(many.comparisons).toBeLessThanOrEqual(LARGE + 3 * (few.comparisons - SMALL / 2));
    expect(many.comparisons).toBeLessThanOrEqual(2 * LARGE);
  });

  it('of all, sorted: a look at each record, and not a comparison', async () => {
    const { looks, comparisons } = costOf(await startTab(SMALL), { sort: { rank: 'desc' } });
    expect(looks).toBeGreaterThanOrEqual(SMALL);
    expect(comparisons).toBe(0);
  });

  it('would be seen to cost more if all were sorted by comparing', async () => {
    const { values } = (await startTab(SMALL)).runtime.stores.use('notes');
    counted.comparisons = 0;
    Array.from(values, ([key, value]) => ({ key, value })).sort(
      compileComparator(parsedQuery({ sort: { rank: 'desc' } })),
    );
    expect(counted.comparisons).toBeGreaterThan(5 * SMALL);
  });

  it.each([
    ['of the first of all', LATEST],
    ['of the first that meet a condition', OPEN],
  ])('%s, where that was asked twice: as many looks in a large map as in a small one', async (_what, input) => {
    const costs: Cost[] = [];
    for (const n of [SMALL, LARGE]) {
      const tab = await startTab(n);
      for (const limit of [20, 21]) costOf(tab, input(limit));
      await runTurns(tab);
      expect(tab.runtime.stores.use('notes').indexes.kinds).toEqual([{ type: 'ordered', path: ['rank'] }]);
      costs.push(costOf(tab, input(22)));
    }
    const [few, many] = costs as [Cost, Cost];
    expect(few.looks).toBeLessThan(SMALL / 2);
    expect(many.looks).toBeLessThanOrEqual(few.looks + 40);
    expect(many.comparisons).toBeLessThanOrEqual(few.comparisons + 10);
  });

  it('makes the index in turns of 8 ms, and shows what is right meanwhile, whatever is written', async () => {
    const tab = await startTab(MIDDLE);
    for (const limit of [20, 21]) costOf(tab, LATEST(limit));
    let written = 0;
    const turns = await runTurns(tab, () => {
      const notes = tab.map<Note>('notes');
      for (let i = 0; i < 20; i += 1) {
        const key = `note-${(written * 389) % MIDDLE}`;
        if (written % 3 === 0) notes.remove(key);
        else notes.set(written % 3 === 1 ? key : `new-${written}`, { rank: written * 31, isOpen: true });
        written += 1;
      }
      costOf(tab, LATEST(30 + written));
    });
    expect(turns.length).toBeGreaterThanOrEqual(MIDDLE / (9 * 128));
    // Eight steps of 128 records, each of which is a look at its table and a few in the index.
    expect(Math.max(...turns)).toBeLessThan(MIDDLE / 2);
    const { looks } = costOf(tab, LATEST(25));
    expect(looks).toBeLessThan(MIDDLE / 4);
    expect(tab.query('notes', LATEST(26)).explain()).toMatchObject({ access: 'order' });
  });

  it('costs a write, while an index is made, what it costs when it is there', async () => {
    const tab = await startTab(MIDDLE);
    const notes = tab.map<Note>('notes');
    const write = (i: number): number => {
      counted.comparisons = 0;
      notes.set(`note-${i}`, { rank: i * 7 + 1, isOpen: false });
      return counted.comparisons;
    };
    for (const limit of [20, 21]) costOf(tab, LATEST(limit));
    tab.time.startNext();
    const making = Array.from({ length: 50 }, (_, i) => write(i * 17));
    await runTurns(tab);
    const made = Array.from({ length: 50 }, (_, i) => write(i * 17 + 1));
    const most = 2 * (Math.log2(MIDDLE) + 10);
    expect(Math.max(...making)).toBeLessThanOrEqual(most);
    expect(Math.max(...made)).toBeLessThanOrEqual(most);
    expect(Math.max(...made)).toBeGreaterThan(0);
    // What is sorted by is the same: the index has no work.
    counted.comparisons = 0;
    notes.patch('note-1', { isOpen: true });
    expect(counted.comparisons).toBe(0);
  });
});
