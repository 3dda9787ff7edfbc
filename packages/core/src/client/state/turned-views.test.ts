import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { opToRecord } from '../../crdt/index.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import { evaluate, type QueryInput } from '../../query/index.js';
import { createTabHarness, parsedQuery, type TabHarness } from '../testing/tab-harness.js';
import type { StorageAdapter } from '../ports/storage.js';

const server = 'serverserver.1' as ReplicaId;

const confirmed = (key: string, seq: number, rank: number) =>
  opToRecord({
    kind: 'create',
    replica: server,
    seq,
    stamp: encodeStamp({ millis: 1_600_000_000_000 + seq, counter: 0, replica: server }),
    map: 'things',
    key,
    fields: [{ name: 'rank', value: rank }],
    restart: false,
  });

/** Storage that holds so many records. */
function storageOf(count: number): StorageAdapter {
  const memory = new MemoryAdapter();
  return {
    async open(name) {
      const opened = await memory.open(name);
      if (!opened.ok) throw new Error('storage in memory opens');
      const changes = Array.from({ length: count }, (_, i) => ({
        type: 'merge' as const,
        key: `k${i}`,
        delta: confirmed(`k${i}`, i + 1, i % 3),
      }));
      await opened.value.commit({ base: [{ map: 'things', changes }] });
      return opened;
    },
  };
}

/** A tab whose views of more than two records are filled by hand, a record a step. */
async function turnedTab(count: number) {
  const filling: Iterator<void>[] = [];
  const turns = { recordsAtOnce: 2, recordsPerStep: 1, begin: (steps: Iterator<void>) => void filling.push(steps) };
  const tab = createTabHarness({ storage: storageOf(count), turns });
  await tab.runtime.start();
  await tab.map('things').loaded();
  const turn = (steps: number): void => {
    for (let i = 0; i < steps && filling.length > 0; i++) if (filling[0]?.next().done === true) filling.shift();
  };
  return { tab, filling, turn };
}

/** The rows from scratch. */
function expected(tab: TabHarness, input: QueryInput): unknown[] {
  const { values } = tab.runtime.stores.use('things');
  const rows = evaluate(
    parsedQuery(input),
    Array.from(values, ([key, value]) => ({ key, value })),
  );
  return rows.map(({ key, value }) => ({ ...(value as object), _key: key }));
}

const GROUPS: QueryInput = { groupBy: 'rank', aggregate: { count: 'count' } };
const SORTED: QueryInput = { sort: { rank: 'desc' } };
const FEW: QueryInput = { sort: { rank: 'desc' }, limit: 3 };

describe('CL-25: a view of many records', () => {
  it.each([SORTED, GROUPS])(
    'is loading until it is filled, and shows nothing of what is halfway: %j',
    async (input) => {
      const { tab, filling, turn } = await turnedTab(9);
      const handle = tab.query('things', input);
      expect(handle.getSnapshot()).toMatchObject({ status: 'loading', settled: false, data: [] });
      await tab.time.settle();
      let calls = 0;
      handle.subscribe(() => calls++);
      turn(5);
      expect(handle.getSnapshot()).toMatchObject({ status: 'loading', data: [] });
      expect(calls).toBe(0);
      turn(100);
      expect(filling).toEqual([]);
      expect(handle.getSnapshot()).toMatchObject({ status: 'local', data: expected(tab, input) });
      expect(calls).toBe(1);
      tab.map('things').set('k1', { rank: 9 });
      expect(handle.getSnapshot().data).toEqual(expected(tab, input));
      expect(filling).toEqual([]);
    },
  );

  it('of which few are shown is there at once, as one of few records is', async () => {
    const { tab, filling } = await turnedTab(9);
    expect(tab.query('things', FEW).getSnapshot()).toMatchObject({ status: 'local', data: expected(tab, FEW) });
    const few = await turnedTab(2);
    const groups = few.tab.query('things', GROUPS);
    groups.getSnapshot();
    // Groups that the server says would be in a map of their own.
    await few.tab.time.settle();
    expect(groups.getSnapshot()).toMatchObject({ status: 'local', data: expected(few.tab, GROUPS) });
    expect([...filling, ...few.filling]).toEqual([]);
  });

  it('is filled for who only reads it too, and read anew at once after that', async () => {
    const { tab, turn } = await turnedTab(9);
    const handle = tab.query('things', GROUPS);
    handle.getSnapshot();
    await tab.time.settle();
    turn(100);
    expect(handle.getSnapshot()).toMatchObject({ status: 'local', data: expected(tab, GROUPS) });
    tab.map('things').set('k1', { rank: 9 });
    expect(handle.getSnapshot()).toMatchObject({ status: 'local', data: expected(tab, GROUPS) });
  });

  it('shows what is written here meanwhile, and no more', async () => {
    const { tab, turn } = await turnedTab(9);
    const handle = tab.query('things', SORTED);
    handle.subscribe(() => {});
    turn(3);
    tab.map('things').set('mine', { rank: 7 });
    expect(handle.getSnapshot()).toMatchObject({ status: 'loading', data: [{ _key: 'mine', rank: 7 }] });
    turn(100);
    expect(handle.getSnapshot()).toMatchObject({ status: 'local', data: expected(tab, SORTED) });
  });

  it.each([
    ['records', SORTED, [{ _key: 'mine', rank: 7 }]],
    ['groups', GROUPS, [{ rank: 7, count: 1 }]],
    [
      'rows with related ones',
      { include: { same: { map: 'things', on: ['rank', 'rank'] } } },
      [{ _key: 'mine', rank: 7, same: [{ _key: 'mine', rank: 7 }] }],
    ],
  ] as const)('of %s shows what was written here before, and is on its way', async (_what, input: QueryInput, own) => {
    const { tab, turn, filling } = await turnedTab(9);
    tab.map('things').set('mine', { rank: 7 });
    const handle = tab.query('things', input);
    handle.subscribe(() => {});
    handle.getSnapshot();
    // Groups that the server says would be in a map of their own.
    await tab.time.settle();
    const { status, data } = handle.getSnapshot();
    expect([status, data.map(({ _key, ...rest }) => (input === GROUPS ? rest : { _key, ...rest }))]).toEqual([
      'loading',
      own,
    ]);
    turn(200);
    expect(filling).toEqual([]);
    expect(handle.getSnapshot().status).toBe('local');
  });

  it.each([
    ['records', SORTED],
    ['groups', GROUPS],
    ['rows with related ones', { include: { same: { map: 'things', on: ['rank', 'rank'] } } }],
  ] as const)(
    'of %s is filled in the end though more records are removed and written again in each turn than it looks at',
    async (_what, input: QueryInput) => {
      const { tab, filling, turn } = await turnedTab(9);
      const handle = tab.query('things', input);
      handle.subscribe(() => {});
      handle.getSnapshot();
      await tab.time.settle();
      // Those that come first are written again after those that come last.
      let turns = 0;
      for (; filling.length > 0 && turns < 500; turns++) {
        turn(1);
        const first = [...tab.runtime.stores.use('things').values.keys()].slice(0, 2);
        for (const key of first) tab.map('things').remove(key);
        for (const key of first) tab.map('things').set(key, { rank: turns % 3 });
      }
      expect(turns).toBeGreaterThan(9);
      expect(turns).toBeLessThan(500);
      const { status, data } = handle.getSnapshot();
      expect(status).toBe('local');
      if (input === SORTED || input === GROUPS) expect(data).toEqual(expected(tab, input));
      else expect(data).toHaveLength(9);
    },
  );

  it('equals one from scratch at every step once it is filled, whatever is written on the way', async () => {
    const write = fc.record({
      type: fc.constantFrom('set' as const, 'set' as const, 'remove' as const),
      key: fc.integer({ min: 0, max: 11 }).map((i) => `k${i}`),
      rank: fc.integer({ min: 0, max: 3 }),
    });
    const turnsOf = fc.record({ type: fc.constant('turn' as const), steps: fc.integer({ min: 1, max: 9 }) });
    const foreign = fc.record({
      type: fc.constant('foreign' as const),
      key: fc.integer({ min: 0, max: 11 }).map((i) => `k${i}`),
      rank: fc.integer({ min: 0, max: 3 }),
    });
    const steps = fc.array(fc.oneof(write, turnsOf, foreign), { minLength: 4, maxLength: 25 });
    let halfway = 0;
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (taken, isWatched) => {
        const { tab, filling, turn } = await turnedTab(8);
        const inputs = [SORTED, GROUPS, { where: { rank: { $gte: 1 } } }];
        const handles = inputs.map((input) => tab.query('things', input));
        if (isWatched) for (const handle of handles) handle.subscribe(() => {});
        for (const handle of handles) handle.getSnapshot();
        await tab.time.settle();
        let seq = 100;
        for (const step of taken) {
          if (step.type === 'turn') turn(step.steps);
          else if (step.type === 'remove') tab.map('things').remove(step.key);
          else if (step.type === 'set') tab.map('things').set(step.key, { rank: step.rank });
          else {
            const delta = confirmed(step.key, ++seq, step.rank);
            const changes = [{ type: 'merge' as const, key: step.key, delta }];
            tab.sync().emit({ type: 'changes', maps: [{ map: 'things', changes }], subs: [], through: null });
          }
          const own = new Set(tab.runtime.stores.use('things').overlay.pendingKeys());
          handles.forEach((handle, i) => {
            const { status, data } = handle.getSnapshot();
            const input = inputs[i] as QueryInput;
            if (status === 'local') return expect(data).toEqual(expected(tab, input));
            halfway++;
            expect(status).toBe('loading');
            if (input !== GROUPS) expect(data.every(({ _key }) => own.has(_key))).toBe(true);
          });
        }
        while (filling.length > 0) turn(1);
        handles.forEach((handle, i) =>
          expect(handle.getSnapshot()).toMatchObject({ status: 'local', data: expected(tab, inputs[i] as QueryInput) }),
        );
        await tab.runtime.close();
      }),
      { numRuns: 60 },
    );
    expect(halfway).toBeGreaterThan(60);
  });
});
