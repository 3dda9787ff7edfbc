import { describe, expect, it } from 'vitest';

import { ok } from '../primitives/index.js';
import { MemoryAdapter } from './adapters/memory-storage.js';
import { subscriptionKey } from './tabs/subscription-key.js';
import { remoteOp, toChanges } from './testing/remote-changes.js';
import { createTabHarness, parsedQuery, type TabHarness } from './testing/tab-harness.js';

interface Todo {
  text: string;
  rank: number;
}

async function openTab(): Promise<TabHarness> {
  const tab = createTabHarness();
  await tab.runtime.start();
  await tab.map('todos').loaded();
  return tab;
}

const OPEN = { where: { done: false } } as const;

function settle(tab: TabHarness, input: Parameters<typeof parsedQuery>[0], members: string[], full = false): void {
  const sub = subscriptionKey('todos', parsedQuery(input));
  tab.sync().emit({ type: 'settled', sub, map: 'todos', members, full, through: 5 });
}

describe('a query handle', () => {
  it('CL-1: hears of a write within the call, once, with the rows and what is known of them', async () => {
    const tab = await openTab();
    const heard: unknown[] = [];
    tab.query('todos', OPEN).subscribe((rows, { settled, status }) => heard.push([rows, settled, status]));
    tab.map('todos').set('1', { done: false });
    tab.map('todos').set('2', { done: true });
    expect(heard).toEqual([
      [[], false, 'local'],
      [[{ done: false, _key: '1' }], false, 'local'],
    ]);
  });

  it('shows one message as one step, across views and maps', async () => {
    const tab = await openTab();
    const todos = tab.query('todos', OPEN);
    const notes = tab.query('notes');
    await tab.map('notes').loaded();
    const heard: unknown[] = [];
    todos.subscribe((rows) => heard.push([rows.length, notes.getSnapshot().data.length]));
    notes.subscribe((rows) => heard.push([todos.getSnapshot().data.length, rows.length]));
    const [first] = toChanges('todos', remoteOp(tab, '1', 'create', { done: false })).maps;
    const [second] = toChanges('notes', remoteOp(tab, 'n', 'create', { text: 'x' })).maps;
    heard.length = 0;
    tab.sync().emit({ type: 'changes', maps: [first!, second!], subs: [], through: null });
    expect(heard).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('SY-5: is not settled before its map has come from storage, as late as that may be: members without a value are no answer', async () => {
    const memory = new MemoryAdapter();
    let load = (): void => {};
    const loading = new Promise<void>((resolve) => (load = resolve));
    const tab = createTabHarness({
      storage: {
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
      },
    });
    await tab.runtime.start();
    const heard: unknown[] = [];
    const handle = tab.query('todos');
    handle.subscribe((rows, { settled, status }) => heard.push([rows.length, settled, status]));
    tab.sync().emit(toChanges('todos', remoteOp(tab, '1', 'create', { text: 'x' })));
    settle(tab, {}, ['1']);
    expect([heard, handle.getSnapshot().status]).toEqual([[], 'loading']);
    load();
    await tab.time.settle();
    expect(heard).toEqual([[1, true, 'settled']]);
  });

  it('shares everything with the other handles of its query, however they were written', async () => {
    const tab = await openTab();
    tab.map('todos').set('1', { done: false });
    const one = tab.query('todos', { where: { done: false } });
    const two = tab.query('todos', { where: { $and: [{ done: { $eq: false } }] } });
    expect(two.getSnapshot()).toBe(one.getSnapshot());
    one.subscribe(() => {});
    two.subscribe(() => {});
    expect(tab.sync().open.size).toBe(1);
  });

  it('asks the server while it has subscribers: from the first to the last, and once', async () => {
    const tab = await openTab();
    const handle = tab.query('todos', OPEN);
    handle.getSnapshot();
    expect(tab.sync().open.size).toBe(0);
    const stops = [handle.subscribe(() => {}), handle.subscribe(() => {})];
    expect(tab.sync().open.size).toBe(1);
    stops[0]!();
    stops[0]!();
    await tab.time.settle();
    expect(tab.sync().open.size).toBe(1);
    stops[1]!();
    // Whoever comes back at once (StrictMode does) finds the answer as it was.
    settle(tab, OPEN, []);
    const again = handle.subscribe(() => {});
    await tab.time.settle();
    expect([tab.sync().open.size, handle.getSnapshot().status]).toEqual([1, 'settled']);
    again();
    await tab.time.settle();
    expect([tab.sync().open.size, handle.getSnapshot().status]).toEqual([0, 'local']);
  });

  it('says loading until storage has answered, and empty only then', async () => {
    const tab = createTabHarness();
    const handle = tab.query('todos');
    const heard: unknown[] = [];
    handle.subscribe((rows, { status }) => heard.push([rows.length, status]));
    expect(handle.getSnapshot()).toMatchObject({ data: [], settled: false, status: 'loading', error: null });
    expect(handle.getSnapshot()).toEqual(handle.getServerSnapshot());
    await tab.runtime.start();
    await tab.map('todos').loaded();
    expect(heard).toEqual([[0, 'local']]);
  });

  it('SY-5: after the first answer rows that no subscription confirmed are gone, and pending ones stay', async () => {
    const tab = await openTab();
    const todos = tab.map<{ done: boolean }>('todos');
    const ops = ['a', 'b'].map((key) => remoteOp(tab, key, 'create', { done: false }));
    tab.sync().emit(toChanges('todos', ...ops));
    todos.set('mine', { done: false });
    const handle = tab.query('todos', OPEN);
    handle.subscribe(() => {});
    const keys = (): string[] => handle.getSnapshot().data.map((row) => row._key);
    expect(keys()).toEqual(['a', 'b', 'mine']);
    settle(tab, OPEN, ['b']);
    expect([keys(), handle.getSnapshot().settled]).toEqual([['b', 'mine'], true]);
    tab.sync().emit({ type: 'unsettled', subs: null });
    expect([keys(), handle.getSnapshot().status]).toEqual([['a', 'b', 'mine'], 'local']);
  });

  it('SY-5: a row does not blink between its ack and the push that confirms it', async () => {
    const tab = await openTab();
    const handle = tab.query('todos', OPEN);
    const lengths: number[] = [];
    handle.subscribe((rows) => lengths.push(rows.length));
    settle(tab, OPEN, []);
    tab.map('todos').set('1', { done: false });
    await tab.time.settle();
    tab.sync().decide(
      6,
      tab.sync().outbox.map(({ op }) => op),
    );
    const sub = subscriptionKey('todos', parsedQuery(OPEN));
    const push = { sub, entered: ['1'], left: [], full: false };
    tab.sync().emit({ type: 'changes', maps: [], subs: [push], through: 6 });
    expect(lengths.slice(lengths.indexOf(1))).toEqual([1]);
    expect(handle.getSnapshot().data).toHaveLength(1);
  });

  it('SY-5: a write that was superseded by what is not shown goes with the push of its commit, and no later', async () => {
    const tab = await openTab();
    const handle = tab.query('todos', OPEN);
    const heard: unknown[] = [];
    handle.subscribe((rows, { settled }) => heard.push([rows.length, settled]));
    settle(tab, OPEN, []);
    tab.map('todos').set('1', { done: false });
    await tab.time.settle();
    tab.sync().decide(
      6,
      tab.sync().outbox.map(({ op }) => op),
    );
    expect([tab.sync().outbox, heard.at(-1)]).toEqual([[], [1, true]]);
    tab.sync().emit({ type: 'changes', maps: [], subs: [], through: 6 });
    expect(heard.slice(-2)).toEqual([
      [1, true],
      [0, true],
    ]);
  });

  it('SY-5: a limited view is not settled while pending removals leave it short, and is again after the refill', async () => {
    const tab = await openTab();
    const input = { sort: { rank: 'asc' }, limit: 2 } as const;
    const keys = ['a', 'b', 'c', 'd'];
    const ops = keys.map((key, rank) => remoteOp(tab, key, 'create', { rank }));
    tab.sync().emit(toChanges('todos', ...ops));
    const handle = tab.query('todos', input);
    handle.subscribe(() => {});
    settle(tab, input, ['a', 'b', 'c'], true);
    const shown = (): unknown => [handle.getSnapshot().data.map((row) => row._key), handle.getSnapshot().settled];
    expect(shown()).toEqual([['a', 'b'], true]);
    const todos = tab.map<Todo>('todos');
    todos.remove('a');
    expect(shown()).toEqual([['b', 'c'], true]);
    todos.remove('b');
    expect(shown()).toEqual([['c'], false]);
    // A row of this client's own may sort after one the server holds back.
    todos.set('z', { text: 'z', rank: 9 });
    expect(shown()).toEqual([['c', 'z'], false]);
    const sub = subscriptionKey('todos', parsedQuery(input));
    const refill = { sub, entered: ['d'], left: ['a', 'b'], full: true };
    tab.sync().emit({ type: 'changes', maps: [], subs: [refill], through: 7 });
    expect(shown()).toEqual([['c', 'd'], true]);
  });

  it('shows what is here, with the error, when the server refuses the query', async () => {
    const tab = await openTab();
    tab.map('todos').set('1', { done: false });
    const handle = tab.query('todos', OPEN);
    handle.subscribe(() => {});
    const sub = subscriptionKey('todos', parsedQuery(OPEN));
    tab.sync().emit({ type: 'subscription-failed', sub, code: 'too-many-rows', reason: 'Too many rows.' });
    expect(handle.getSnapshot()).toMatchObject({ status: 'error', settled: false, error: { code: 'too-many-rows' } });
    expect(handle.getSnapshot().data).toHaveLength(1);
  });

  it('keeps data and rows the same objects while they are the same, subscribed or not', async () => {
    const tab = await openTab();
    const todos = tab.map<Todo>('todos');
    todos.set('1', { text: 'a', rank: 1 });
    todos.set('2', { text: 'b', rank: 2 });
    const handle = tab.query('todos', { sort: { rank: 'asc' } });
    const before = handle.getSnapshot();
    tab.map('other').set('x', {});
    expect(handle.getSnapshot()).toBe(before);
    handle.subscribe(() => {});
    expect(handle.getSnapshot()).toBe(before);
    todos.patch('2', { text: 'c' });
    const after = handle.getSnapshot();
    expect(after.data[0]).toBe(before.data[0]);
    expect(after.data[1]).toEqual({ _key: '2', text: 'c', rank: 2 });
    expect(tab.query('todos', { where: { rank: 1 } }).getSnapshot().data[0]).toBe(before.data[0]);
  });

  it('tells the steps from one answer to the next, beginning with what there is', async () => {
    const tab = await openTab();
    const todos = tab.map<Todo>('todos');
    todos.set('1', { text: 'a', rank: 1 });
    const heard: unknown[] = [];
    tab.query('todos', { sort: { rank: 'asc' }, limit: 1 }).onChanges((changes) => heard.push(changes));
    todos.patch('1', { text: 'b' });
    todos.set('0', { text: 'c', rank: 0 });
    const [one, changed, zero] = [
      { text: 'a', rank: 1, _key: '1' },
      { text: 'b', rank: 1, _key: '1' },
      { text: 'c', rank: 0, _key: '0' },
    ];
    expect(heard).toEqual([
      [{ type: 'add', key: '1', value: one }],
      [{ type: 'update', key: '1', value: changed, previousValue: one }],
      [
        { type: 'remove', key: '1', previousValue: changed },
        { type: 'add', key: '0', value: zero },
      ],
    ]);
  });

  it('gives records that are no objects beside their key', async () => {
    const tab = await openTab();
    tab.map<number>('counts').set('1', 7);
    expect(tab.query('counts').getSnapshot().data).toEqual([{ _key: '1', value: 7 }]);
  });

  it('CL-32, QU-27: explains how its records are found, before and after an index was made for it', async () => {
    const tab = await openTab();
    const todos = tab.map<Todo & { list: string }>('todos');
    for (let i = 0; i < 1_200; i += 1) todos.set(`k${i}`, { text: '', rank: i, list: `l${i % 100}` });
    const ofList = (list: string) => tab.query('todos', { where: { list } });
    expect(ofList('l1').explain()).toEqual({ access: 'scan', indexes: [], records: 1_200, candidates: 1_200 });
    // Missed twice: it is made then, when nobody waits for it.
    for (const list of ['l1', 'l2', 'l3']) expect(ofList(list).getSnapshot().data).toHaveLength(12);
    expect(ofList('l4').explain()).toMatchObject({ access: 'scan' });
    await tab.time.advance(10);
    const indexes = [{ type: 'hash', path: ['list'] }];
    expect(ofList('l4').explain()).toEqual({ access: 'hash', indexes, records: 1_200, candidates: 12 });
    expect(tab.query('todos', { where: { _key: 'k5' } }).explain()).toMatchObject({ access: 'keys', candidates: 1 });
    const latest = (limit: number) => tab.query('todos', { sort: { rank: 'desc' }, limit });
    for (const limit of [3, 4]) expect(latest(limit).getSnapshot().data[0]).toMatchObject({ rank: 1_199 });
    await tab.time.advance(10);
    const byRank = [{ type: 'ordered', path: ['rank'] }];
    // Twice as many as are shown, and 64, are held.
    expect(latest(5).explain()).toEqual({ access: 'order', indexes: byRank, records: 1_200, candidates: 74 });
    expect(latest(5).getSnapshot().data).toMatchObject([1_199, 1_198, 1_197, 1_196, 1_195].map((rank) => ({ rank })));
  });

  it('CL-32: explains how related records are found, of what is related to them too', async () => {
    const tab = await openTab();
    tab.map('lists').set('l1', { name: 'list' });
    for (let i = 0; i < 1_000; i += 1) tab.map('todos').set(`k${i}`, { list: 'l1' });
    const list = { list: { map: 'lists', on: ['list', '_key'], one: true } } as const;
    const lists = (limit: number) =>
      tab.query('lists', { limit, include: { todos: { map: 'todos', on: ['_key', 'list'], include: list } } });
    const found = { name: ['todos', 'list'], map: 'lists', access: 'keys', indexes: [], records: 1 };
    const todos = { name: ['todos'], map: 'todos', records: 1_000 };
    const explained = (limit: number) => lists(limit).explain();
    expect(explained(1)).toEqual({
      access: 'scan',
      indexes: [],
      records: 1,
      candidates: 1,
      related: [{ ...todos, access: 'scan', indexes: [] }, found],
    });
    for (const limit of [1, 2]) expect(lists(limit).getSnapshot().data).toHaveLength(1);
    await tab.time.advance(10);
    const indexes = [{ type: 'hash', path: ['list'] }];
    expect(explained(1)?.related).toEqual([{ ...todos, access: 'hash', indexes }, found]);
  });
});
