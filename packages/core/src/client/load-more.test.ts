import { describe, expect, it } from 'vitest';

import type { ServerMessage } from '../protocol/index.js';
import type { QueryInput } from '../query/index.js';
import { subscriptionKey } from './tabs/subscription-key.js';
import { createFakeDevice } from './testing/fake-clients.js';
import { creates, createFakeWorld } from './testing/fake-world.js';
import { remoteOp, toChanges } from './testing/remote-changes.js';
import { createTabHarness, parsedQuery, type TabHarness } from './testing/tab-harness.js';

const PAGE = { sort: { rank: 'asc' }, limit: 2 } as const;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

async function openTab(keys: readonly string[] = KEYS): Promise<TabHarness> {
  const tab = createTabHarness();
  await tab.runtime.start();
  await tab.map('todos').loaded();
  if (keys.length > 0) put(tab, keys);
  return tab;
}

function put(tab: TabHarness, keys: readonly string[]): void {
  const ops = keys.map((key) => remoteOp(tab, key, 'create', { rank: KEYS.indexOf(key) }));
  tab.sync().emit(toChanges('todos', ...ops));
}

const subOf = (limit: number): string => subscriptionKey('todos', parsedQuery({ ...PAGE, limit }));

/** The server answers for the window of this limit with its first rows, a slack of one included. */
function settle(tab: TabHarness, limit: number, members: readonly string[], full = members.length > limit): void {
  tab.sync().emit({ type: 'settled', sub: subOf(limit), map: 'todos', members: [...members], full, through: 5 });
}

function watch(tab: TabHarness) {
  const handle = tab.query('todos', PAGE);
  const heard: unknown[] = [];
  const stop = handle.subscribe((rows, { settled, isLoadingMore }) =>
    heard.push([rows.map((row) => row._key).join(''), settled, isLoadingMore]),
  );
  return {
    handle,
    heard,
    stop,
    keys: () =>
      handle
        .getSnapshot()
        .data.map((row) => row._key)
        .join(''),
  };
}

describe('CL-21: loadMore', () => {
  it('keeps the settled rows while the server has not answered for the larger window, and then shows that', async () => {
    const tab = await openTab();
    const { handle, heard } = watch(tab);
    settle(tab, 2, ['a', 'b', 'c']);
    heard.length = 0;
    const grown = handle.loadMore();
    expect([...tab.sync().open.keys()].toSorted()).toEqual([subOf(2), subOf(4)].toSorted());
    expect(handle.getPaginationInfo()).toMatchObject({ hasMore: true, isLoadingMore: true, limit: 2 });
    settle(tab, 4, ['a', 'b', 'c', 'd', 'e']);
    await grown;
    await tab.time.settle();
    expect(heard).toEqual([
      ['ab', true, true],
      ['abcd', true, false],
    ]);
    expect([...tab.sync().open.keys()]).toEqual([subOf(4)]);
    expect(handle.getPaginationInfo()).toMatchObject({ hasMore: true, isLoadingMore: false, limit: 4 });
  });

  it('keeps the rows current meanwhile, so that none is lost or shown twice, whatever comes and goes', async () => {
    const tab = await openTab(['b', 'c', 'd', 'e', 'f']);
    const { handle, keys } = watch(tab);
    settle(tab, 2, ['b', 'c', 'd']);
    void handle.loadMore();
    // A row before all others, and one of the shown ones goes.
    put(tab, ['a']);
    const push = { sub: subOf(2), entered: ['a'], left: ['d'], full: true };
    tab.sync().emit({ type: 'changes', maps: [], subs: [push], through: 6 });
    expect(keys()).toBe('ab');
    tab.map('todos').remove('b');
    expect(keys()).toBe('ac');
    settle(tab, 4, ['a', 'b', 'c', 'd', 'e']);
    expect(keys()).toBe('acde');
    tab.map('todos').set('b', { rank: 1 });
    expect(keys()).toBe('abcd');
  });

  it('shows what this device holds at once where what is shown is no settled answer', async () => {
    const tab = await openTab();
    const { handle, heard } = watch(tab);
    heard.length = 0;
    await handle.loadMore();
    expect(heard).toEqual([['abcd', false, false]]);
    await handle.loadMore();
    await handle.loadMore();
    expect(heard.at(-1)).toEqual(['abcdefg', false, false]);
    expect(handle.getPaginationInfo()).toMatchObject({ hasMore: false, isLoadingMore: false, limit: 8 });
    await handle.loadMore();
    expect(handle.getPaginationInfo().limit).toBe(8);
  });

  it.each<QueryInput>([
    { groupBy: 'rank', limit: 2 },
    { include: { more: { map: 'todos', on: ['rank', 'rank'] } }, limit: 2 },
  ])('CL-25: keeps the rows while those of many records are filled in: %j', async (input) => {
    const filling: Iterator<void>[] = [];
    const turns = { recordsAtOnce: 2, recordsPerStep: 1, begin: (steps: Iterator<void>) => void filling.push(steps) };
    const tab = createTabHarness({ turns });
    await tab.runtime.start();
    await tab.map('todos').loaded();
    put(tab, KEYS);
    const fill = (): void => {
      for (const steps of filling.splice(0)) while (steps.next().done !== true);
    };
    const handle = tab.query('todos', input);
    const lengths: number[] = [];
    handle.subscribe((rows, { status }) => lengths.push(status === 'loading' ? -1 : rows.length));
    await tab.time.settle();
    fill();
    const grown = handle.loadMore();
    await tab.time.settle();
    expect(handle.getSnapshot()).toMatchObject({ status: 'local', isLoadingMore: true, data: [{}, {}] });
    fill();
    await grown;
    expect(handle.getSnapshot()).toMatchObject({ status: 'local', isLoadingMore: false, data: [{}, {}, {}, {}] });
    expect(lengths).toEqual([2, 2, 4]);
  });

  it('goes on with what this device holds when the connection goes meanwhile', async () => {
    const tab = await openTab();
    const { handle, heard } = watch(tab);
    settle(tab, 2, ['a', 'b', 'c']);
    const grown = handle.loadMore();
    tab.sync().emit({ type: 'unsettled', subs: null });
    await grown;
    expect(heard.at(-1)).toEqual(['abcd', false, false]);
  });

  it('keeps the smaller window, says so, and can be tried again, when the server refuses the larger', async () => {
    const tab = await openTab();
    const { handle, keys } = watch(tab);
    settle(tab, 2, ['a', 'b', 'c']);
    const grown = handle.loadMore();
    tab.sync().emit({ type: 'subscription-failed', sub: subOf(4), code: 'too-many-rows', reason: 'Too many rows.' });
    await grown;
    await tab.time.settle();
    expect(handle.getSnapshot()).toMatchObject({
      status: 'settled',
      settled: true,
      hasMore: true,
      isLoadingMore: false,
    });
    expect([handle.getSnapshot().error?.code, keys()]).toEqual(['too-many-rows', 'ab']);
    expect(handle.getSnapshot()).toBe(handle.getSnapshot());
    expect([...tab.sync().open.keys()]).toEqual([subOf(2)]);
    const again = handle.loadMore();
    expect(handle.getSnapshot().error).toBeNull();
    settle(tab, 4, ['a', 'b', 'c', 'd', 'e']);
    await again;
    expect([handle.getSnapshot().error, keys()]).toEqual([null, 'abcd']);
  });

  it('grows this handle alone, by one page however often it is asked meanwhile', async () => {
    const tab = await openTab();
    const one = watch(tab);
    const two = watch(tab);
    settle(tab, 2, ['a', 'b', 'c']);
    const first = one.handle.loadMore();
    expect(one.handle.loadMore()).toBe(first);
    settle(tab, 4, ['a', 'b', 'c', 'd', 'e']);
    await first;
    expect([one.keys(), two.keys()]).toEqual(['abcd', 'ab']);
    expect(two.handle.getPaginationInfo()).toMatchObject({ hasMore: true, isLoadingMore: false, limit: 2 });
    expect(one.handle.key).toBe(two.handle.key);
    one.stop();
    await tab.time.settle();
    expect([...tab.sync().open.keys()]).toEqual([subOf(2)]);
  });

  it('does nothing where there is no more: no limit, or fewer rows than it', async () => {
    const tab = await openTab(['a', 'b']);
    const { handle } = watch(tab);
    settle(tab, 2, ['a', 'b']);
    await handle.loadMore();
    expect(handle.getPaginationInfo()).toMatchObject({ hasMore: false, isLoadingMore: false, limit: 2 });
    const whole = tab.query('todos');
    await whole.loadMore();
    expect(whole.getPaginationInfo()).toMatchObject({ hasMore: false, isLoadingMore: false, limit: null });
  });

  it('says that there is more as soon as a row beyond the limit is known of, here or there', async () => {
    const tab = await openTab(['a', 'b']);
    const { handle, heard } = watch(tab);
    settle(tab, 2, ['a', 'b']);
    const told = heard.length;
    tab.map('todos').set('z', { rank: 9 });
    expect([handle.getSnapshot().hasMore, heard.length]).toEqual([true, told + 1]);
    tab.map('todos').remove('z');
    expect(handle.getSnapshot().hasMore).toBe(false);
  });

  it('leaves nothing open when the last listener goes meanwhile, and shows the larger window to the next', async () => {
    const tab = await openTab();
    const { handle, stop, keys } = watch(tab);
    settle(tab, 2, ['a', 'b', 'c']);
    const grown = handle.loadMore();
    stop();
    await grown;
    await tab.time.settle();
    expect([...tab.sync().open.keys()]).toEqual([]);
    expect(keys()).toBe('abcd');
    handle.subscribe(() => {});
    expect([...tab.sync().open.keys()]).toEqual([subOf(4)]);
  });

  it('CL-20: costs nothing on a handle that was not read, and works on one that nobody listens to', async () => {
    const tab = await openTab();
    const handle = tab.query('todos', PAGE);
    await handle.loadMore();
    expect([handle.getSnapshot().data.length, tab.sync().open.size]).toEqual([4, 0]);
  });

  it('ends at the greatest limit there is', async () => {
    const tab = await openTab();
    const handle = tab.query('todos', { ...PAGE, limit: 100_000 });
    expect(handle.getSnapshot().hasMore).toBe(false);
    await handle.loadMore();
    expect(handle.getPaginationInfo().limit).toBe(100_000);
  });
});

describe('CL-21, SY-2: a larger window', () => {
  it('is resumed by what is held of the smaller one: only the rows that are new travel', async () => {
    const world = createFakeWorld();
    world.server.resumes = 'exchange';
    for (let i = 0; i < 500; i++)
      world.writeElsewhere('todos', `k${i}`, creates({ rank: i, text: `The text of ${i}` }));
    const { client } = createFakeDevice(world).open();
    const handle = client.query('todos', { sort: { rank: 'asc' }, limit: 100 });
    const sent: ServerMessage[] = [];
    world.transport.onSent((message) => sent.push(message));
    const stop = handle.subscribe(() => {});
    await world.time.settle();
    const rowsSent = (): number =>
      sent.reduce((count, message) => count + (message.type === 'rows' ? message.changes.length : 0), 0);
    // A quarter more than asked for (SY-5).
    expect([handle.getSnapshot().data.length, handle.getSnapshot().settled, rowsSent()]).toEqual([100, true, 125]);
    sent.length = 0;
    const grown = handle.loadMore();
    await world.time.settle();
    await grown;
    expect(handle.getSnapshot().data.map((row) => row['rank'])).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect([handle.getSnapshot().settled, rowsSent()]).toEqual([true, 125]);
    // What tells which rows are held, up and down: well below what these rows would take.
    const said = world.transport.last().received.filter(({ type }) => type === 'turn');
    const told = sent.filter(({ type }) => type !== 'rows');
    expect(said.length).toBeGreaterThan(0);
    expect(JSON.stringify([said, told]).length).toBeLessThan(125 * 32);
    stop();
    await client.close();
  });
});
