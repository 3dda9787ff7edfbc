import { describe, expect, it } from 'vitest';

import { MemoryAdapter } from './adapters/memory-storage.js';
import { ok } from '../primitives/index.js';
import { flattenQuery } from '../query/index.js';
import type { StorageAdapter } from './ports/storage.js';
import { queryOnce, QueryOnceError, type QueryOnceOptions } from './query-once.js';
import type { AnyRow } from './state/row.js';
import { subscriptionKey } from './tabs/subscription-key.js';
import { remoteOp, toChanges } from './testing/remote-changes.js';
import { createTabHarness, parsedQuery, type TabHarness } from './testing/tab-harness.js';

const OPEN = { where: { done: false } } as const;
const SUB = subscriptionKey('todos', parsedQuery(OPEN));

async function openTab(state: 'live' | 'connecting' | null = 'live'): Promise<TabHarness> {
  const tab = createTabHarness();
  await tab.runtime.start();
  await tab.map('todos').loaded();
  if (state !== null) tab.sync().connectionIs(state);
  return tab;
}

interface Asked {
  rows: readonly string[] | null;
  error: QueryOnceError<AnyRow> | null;
}

/** What becomes of it is looked at by the test: promises settle between its steps. */
function ask(tab: TabHarness, options: QueryOnceOptions = {}): Asked {
  const asked: Asked = { rows: null, error: null };
  queryOnce<AnyRow>(tab.runtime, 'todos', parsedQuery(OPEN), options).then(
    (rows) => void (asked.rows = rows.map((row) => row._key)),
    (error: unknown) => void (asked.error = error as QueryOnceError<AnyRow>),
  );
  return asked;
}

const settle = (tab: TabHarness, members: string[], through = 5): void =>
  tab.sync().emit({ type: 'settled', sub: SUB, map: 'todos', members, full: false, through });

const pushed = (tab: TabHarness, through: number, entered: string[] = []): void =>
  tab.sync().emit({ type: 'changes', maps: [], subs: [{ sub: SUB, entered, left: [], full: false }], through });

describe('CL-22: queryOnce', () => {
  it('gives the server’s answer, which what this device holds is not, and leaves no subscription', async () => {
    const tab = await openTab();
    tab.sync().emit(toChanges('todos', ...['a', 'b'].map((key) => remoteOp(tab, key, 'create', { done: false }))));
    const asked = ask(tab);
    await tab.time.settle();
    expect([asked, tab.sync().open.size]).toEqual([{ rows: null, error: null }, 1]);
    settle(tab, ['b']);
    await tab.time.settle();
    expect([asked, tab.sync().open.size]).toEqual([{ rows: ['b'], error: null }, 0]);
  });

  it('waits for the decision on this client’s own writes, and for an answer that has them in it', async () => {
    const tab = await openTab();
    tab.map('todos').set('mine', { done: false });
    const asked = ask(tab);
    settle(tab, []);
    await tab.time.settle();
    expect(asked.rows).toBeNull();
    tab.sync().decide(
      7,
      tab.sync().outbox.map(({ op }) => op),
    );
    await tab.time.settle();
    // Decided, but what the server has answered is from before.
    expect(asked.rows).toBeNull();
    pushed(tab, 6);
    await tab.time.settle();
    expect(asked.rows).toBeNull();
    pushed(tab, 7);
    await tab.time.settle();
    // It was superseded by something that does not match.
    expect(asked.rows).toEqual([]);
  });

  it('takes a refusal for a decision', async () => {
    const tab = await openTab();
    tab.map('todos').set('mine', { done: false });
    const asked = ask(tab);
    settle(tab, []);
    await tab.time.settle();
    const ops = tab.sync().outbox.map(({ op }) => op);
    tab.sync().decide(7, ops, 'rejected');
    await tab.time.settle();
    expect(asked.rows).toEqual([]);
  });

  it('waits for the writes of other tabs that this one has been told of, and for no write made later', async () => {
    const tab = await openTab();
    const op = { ...remoteOp(tab, 'sibling', 'create', { done: false }), map: 'todos' };
    tab.sync().emit({ type: 'persisted', entries: [{ op, handed: false }] });
    const asked = ask(tab);
    tab.map('todos').set('later', { done: false });
    settle(tab, [], 5);
    await tab.time.settle();
    expect(asked.rows).toBeNull();
    tab.sync().decide(6, [op]);
    pushed(tab, 6, ['sibling']);
    await tab.time.settle();
    expect(asked.rows).toEqual(['later', 'sibling']);
  });

  it('does not wait for writes to other maps', async () => {
    const tab = await openTab();
    tab.map('notes').set('n', {});
    const asked = ask(tab);
    settle(tab, []);
    await tab.time.settle();
    expect(asked.rows).toEqual([]);
  });

  describe('with related rows', () => {
    const WITH_LIST = { include: { list: { map: 'lists', on: ['list', '_key'], one: true } } } as const;
    const [TODOS, LISTS] = flattenQuery('todos', parsedQuery(WITH_LIST)).map(({ map, query }) => ({
      map,
      sub: subscriptionKey(map, query),
    }));
    const answered = (tab: TabHarness, { map, sub } = TODOS!, members = ['t'], through = 5): void =>
      tab.sync().emit({ type: 'settled', sub, map, members, full: false, through });

    /** Of a todo and its list, which the server has, and a write to the list that is on its way. */
    async function askWithWrite() {
      const tab = await openTab();
      await tab.map('lists').loaded();
      tab.sync().emit(toChanges('todos', remoteOp(tab, 't', 'create', { list: 'l' })));
      tab.sync().emit(toChanges('lists', remoteOp(tab, 'l', 'create', { name: 'old' })));
      tab.map('lists').patch('l', { name: 'mine' });
      const asked: { rows: readonly AnyRow[] | null } = { rows: null };
      void queryOnce<AnyRow>(tab.runtime, 'todos', parsedQuery(WITH_LIST), {}).then((rows) => (asked.rows = rows));
      answered(tab);
      answered(tab, LISTS!, ['l']);
      await tab.time.settle();
      return { tab, asked };
    }

    it('waits for the decision on writes to their maps too, and for answers that have them in them', async () => {
      const { tab, asked } = await askWithWrite();
      expect(asked.rows).toBeNull();
      const ops = tab.sync().outbox.map(({ op }) => op);
      expect(ops.map(({ map }) => map)).toEqual(['lists']);
      tab.sync().decide(7, ops);
      await tab.time.settle();
      expect(asked.rows).toBeNull();
      tab.sync().emit({ type: 'changes', maps: [], subs: [], through: 7 });
      await tab.time.settle();
      expect(asked.rows).toMatchObject([{ _key: 't', list: { name: 'mine' } }]);
    });

    it('takes a refusal of those for a decision', async () => {
      const { tab, asked } = await askWithWrite();
      const ops = tab.sync().outbox.map(({ op }) => op);
      tab.sync().decide(7, ops, 'rejected');
      await tab.time.settle();
      expect(asked.rows).toMatchObject([{ _key: 't', list: { name: 'old' } }]);
    });
  });

  it('waits for what storage holds: ops that closed tabs left are known with it', async () => {
    const memory = new MemoryAdapter();
    let load = (): void => {};
    const loading = new Promise<void>((resolve) => (load = resolve));
    const storage: StorageAdapter = {
      async open(name) {
        const opened = await memory.open(name);
        if (!opened.ok) return opened;
        const isDeviceOnly = name.endsWith(':device');
        return ok(
          isDeviceOnly
            ? opened.value
            : { ...opened.value, loadMap: (map: string) => loading.then(() => opened.value.loadMap(map)) },
        );
      },
    };
    const tab = createTabHarness({ storage });
    await tab.runtime.start();
    tab.sync().connectionIs('live');
    const asked = ask(tab);
    settle(tab, []);
    await tab.time.settle();
    expect(asked.rows).toBeNull();
    load();
    await tab.time.settle();
    expect(asked.rows).toEqual([]);
  });

  it('uses the answer that a view of the same query has already', async () => {
    const tab = await openTab();
    tab.query('todos', OPEN).subscribe(() => {});
    settle(tab, []);
    const asked = ask(tab);
    await tab.time.settle();
    expect([asked.rows, tab.sync().open.size]).toEqual([[], 1]);
  });

  it('is answered by this device where there is no server', async () => {
    const tab = createTabHarness({ runtime: { serverUrl: null } });
    const asked = ask(tab);
    tab.map('todos').set('a', { done: false });
    await tab.runtime.start();
    await tab.time.settle();
    expect(asked).toEqual({ rows: ['a'], error: null });
  });

  describe('without an answer', () => {
    it.each([
      ['backing-off', 'offline'],
      ['needs-auth', 'needs-auth'],
      ['incompatible', 'incompatible'],
    ] as const)('rejects at once while the connection is %s: %s', async (state, code) => {
      const tab = await openTab();
      tab.sync().connectionIs(state);
      const asked = ask(tab);
      await tab.time.settle();
      expect(asked.error).toBeInstanceOf(QueryOnceError);
      expect([asked.error?.code, asked.error?.localData]).toEqual([code, null]);
      expect(tab.sync().open.size).toBe(0);
    });

    it('rejects when the connection is lost meanwhile, and does not before one was tried', async () => {
      const tab = await openTab(null);
      const asked = ask(tab);
      await tab.time.settle();
      tab.sync().connectionIs('connecting');
      await tab.time.settle();
      expect(asked).toEqual({ rows: null, error: null });
      tab.sync().connectionIs('backing-off');
      await tab.time.settle();
      expect(asked.error?.code).toBe('offline');
    });

    it('rejects at once when the app has disconnected', async () => {
      const tab = await openTab(null);
      tab.runtime.pause();
      const asked = ask(tab);
      await tab.time.settle();
      expect(asked.error?.code).toBe('offline');
    });

    it('rejects when time is up: after five seconds, or as said, or never', async () => {
      const tab = await openTab();
      const [usual, short, patient] = [ask(tab), ask(tab, { timeoutMs: 100 }), ask(tab, { timeoutMs: Infinity })];
      await tab.time.advance(99);
      expect(short.error).toBeNull();
      await tab.time.advance(1);
      expect([short.error?.code, usual.error]).toEqual(['timeout', null]);
      await tab.time.advance(4_900);
      expect(usual.error?.code).toBe('timeout');
      await tab.time.advance(600_000);
      expect(patient.error).toBeNull();
      settle(tab, []);
      await tab.time.settle();
      expect([patient.rows, usual.rows, tab.sync().open.size]).toEqual([[], null, 0]);
    });

    it('rejects with the server’s code when it refuses the query, and with no guess then', async () => {
      const tab = await openTab();
      const asked = ask(tab, { allowLocal: true });
      tab.sync().emit({ type: 'subscription-failed', sub: SUB, code: 'too-many-rows', reason: 'Too many rows.' });
      await tab.time.settle();
      expect([asked.error?.code, asked.error?.message, asked.error?.localData]).toEqual([
        'too-many-rows',
        'Too many rows.',
        null,
      ]);
    });

    it('rejects when the client is closed, before or meanwhile', async () => {
      const tab = await openTab();
      const asked = ask(tab);
      await tab.runtime.close();
      const later = ask(tab);
      await tab.time.settle();
      expect([asked.error?.code, later.error?.code]).toEqual(['closed', 'closed']);
    });

    it('CL-10: rejects when another principal takes over: the answer would be theirs', async () => {
      const tab = await openTab();
      const asked = ask(tab);
      await tab.runtime.signOut(false);
      await tab.time.settle();
      expect(asked.error?.code).toBe('principal-changed');
    });

    it('brings along what this device holds, when that is allowed, and never as the answer', async () => {
      const tab = await openTab();
      tab.map('todos').set('mine', { done: false });
      tab.sync().connectionIs('backing-off');
      const asked = ask(tab, { allowLocal: true });
      await tab.time.settle();
      expect([asked.rows, asked.error?.code, asked.error?.localData?.map((row) => row._key)]).toEqual([
        null,
        'offline',
        ['mine'],
      ]);
    });

    it('waits for storage before it gives what this device holds', async () => {
      const tab = createTabHarness();
      const asked = ask(tab, { allowLocal: true });
      tab.runtime.pause();
      await tab.time.settle();
      expect(asked.error).toBeNull();
      await tab.runtime.start();
      await tab.time.settle();
      expect([asked.error?.code, asked.error?.localData]).toEqual(['offline', []]);
      const never = createTabHarness();
      const late = ask(never, { allowLocal: true, timeoutMs: 10 });
      await never.time.advance(10);
      expect([late.error?.code, late.error?.localData]).toEqual(['timeout', null]);
    });
  });
});
