import { describe, expect, expectTypeOf, it } from 'vitest';

import { TopGunError } from '../primitives/index.js';
import type { MapHandle } from './map-handle.js';
import { createTabHarness, type TabHarness } from './testing/tab-harness.js';
import { remoteOp, toChanges } from './testing/remote-changes.js';

interface Todo {
  text: string;
  done?: boolean;
  note?: { by: string };
}

async function openTab(): Promise<{ tab: TabHarness; todos: MapHandle<Todo> }> {
  const tab = createTabHarness();
  await tab.runtime.start();
  const todos = tab.map<Todo>('todos');
  await todos.loaded();
  return { tab, todos };
}

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof TopGunError) return error.code;
    throw error;
  }
  return 'nothing thrown';
};

describe('a map handle', () => {
  it('CL-1: a write is visible to reads and listeners when the call returns, before storage is even open', () => {
    const tab = createTabHarness();
    const todos = tab.map<Todo>('todos');
    const heard: unknown[] = [];
    todos.subscribe((changes) => heard.push(changes));
    todos.set('1', { text: 'a' });
    expect(todos.get('1')).toEqual({ text: 'a' });
    expect([todos.size, todos.has('1'), [...todos.keys()]]).toEqual([1, true, ['1']]);
    expect(heard).toEqual([[{ key: '1', before: undefined, after: { text: 'a' } }]]);
  });

  it('CR-4: update writes only what differs, and sees its own writes', async () => {
    const { tab, todos } = await openTab();
    todos.set('1', { text: 'a', done: false });
    todos.update('1', (previous) => ({ ...(previous as Todo), done: true }));
    const [, second] = tab.runtime.stores.use('todos').overlay.pendingOps('1');
    expect(second).toMatchObject({ kind: 'patch', fields: [{ name: 'done', value: true }] });
    expect(todos.get('1')).toEqual({ text: 'a', done: true });
  });

  it('CR-4: a write that changes nothing is no op, and done at once', async () => {
    const { tab, todos } = await openTab();
    todos.set('1', { text: 'a' });
    const shown = todos.get('1');
    const handle = todos.update('1', (previous) => ({ ...(previous as Todo) }));
    expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
    expect(await handle.persisted).toEqual({ ok: true, outcome: 'applied' });
    expect(tab.runtime.stores.use('todos').overlay.pendingOps('1')).toHaveLength(1);
    expect(todos.get('1')).toBe(shown);
  });

  it('CR-4: what somebody has altered in the object itself is written all the same, when it is set', async () => {
    const { tab, todos } = await openTab();
    todos.set('1', { text: 'a', done: false });
    const altered = todos.get('1') as Todo;
    altered.done = true;
    todos.set('1', altered);
    altered.text = 'b';
    todos.update('1', (previous) => ({ ...(previous as Todo) }));
    const [, ...ops] = tab.runtime.stores.use('todos').overlay.pendingOps('1');
    expect(ops).toMatchObject([
      { kind: 'patch', fields: [{ name: 'done', value: true }] },
      { kind: 'patch', fields: [{ name: 'text', value: 'b' }] },
    ]);
  });

  it('CR-4: an update whose function writes as well puts nothing of that back', async () => {
    const { todos } = await openTab();
    todos.set('1', { text: 'a', done: false });
    todos.update('1', (previous) => {
      todos.patch('1', { done: true });
      return previous as Todo;
    });
    expect(todos.get('1')).toEqual({ text: 'a', done: true });
    todos.update('2', () => {
      todos.set('2', { text: 'b', done: true });
      return { text: 'c' };
    });
    expect(todos.get('2')).toEqual({ text: 'c', done: true });
  });

  it('CR-4: set with a base writes what differs from the base, and unsets what the base had', async () => {
    const { tab, todos } = await openTab();
    todos.set('1', { text: 'a', done: false });
    tab.sync().emit(toChanges('todos', remoteOp(tab, '1', 'patch', { text: 'elsewhere' })));
    todos.set('1', { text: 'a' }, { base: { text: 'a', done: false } });
    expect(todos.get('1')).toEqual({ text: 'elsewhere' });
  });

  it('CR-4: a stale spread is warned of once per map, naming update', async () => {
    const { tab, todos } = await openTab();
    todos.set('1', { text: 'a', done: false });
    const stale = todos.get('1') as Todo;
    tab.sync().emit(toChanges('todos', remoteOp(tab, '1', 'patch', { done: true })));
    todos.set('1', { ...stale, text: 'b' });
    expect(tab.logged).toHaveLength(1);
    expect(tab.logged[0]).toMatch(/set\("todos", "1"\) gives done .*update\(key/);
    tab.sync().emit(toChanges('todos', remoteOp(tab, '1', 'patch', { done: true })));
    todos.set('1', { ...stale, text: 'c' });
    expect(tab.logged).toHaveLength(1);
  });

  it('CR-4: update on a key not visible creates; while the map is loading it throws not-loaded, and set works', async () => {
    const tab = createTabHarness();
    const todos = tab.map<Todo>('todos');
    expect(codeOf(() => todos.update('1', () => ({ text: 'a' })))).toBe('not-loaded');
    expect(codeOf(() => todos.patch('1', { text: 'a' }))).toBe('not-loaded');
    todos.set('2', { text: 'b' });
    todos.update('2', (previous) => ({ ...(previous as Todo), done: true }));
    await tab.runtime.start();
    await todos.loaded();
    todos.update('1', (previous) => ({ text: String(previous) }));
    expect(todos.get('1')).toEqual({ text: 'undefined' });
    expect(todos.get('2')).toEqual({ text: 'b', done: true });
  });

  it('CR-4: patch writes what it names and never creates', async () => {
    const { todos } = await openTab();
    expect(codeOf(() => todos.patch('1', { text: 'a' }))).toBe('record-absent');
    todos.set('1', { text: 'a', done: true });
    todos.patch('1', { done: undefined as never });
    expect(todos.get('1')).toEqual({ text: 'a' });
  });

  it('CR-4: the key in a row is never stored', async () => {
    const { todos } = await openTab();
    todos.set('1', { text: 'a', _key: '1' } as Todo);
    todos.update('1', (previous) => ({ ...(previous as Todo), done: true, _key: 'x' }) as Todo);
    todos.patch('1', { _key: 'y', note: { by: 'me' } } as Partial<Todo>);
    expect(todos.get('1')).toEqual({ text: 'a', done: true, note: { by: 'me' } });
    expect(todos.toArray()).toEqual([{ _key: '1', text: 'a', done: true, note: { by: 'me' } }]);
  });

  it('values and keys that cannot be stored throw at the call and write nothing', async () => {
    const { tab, todos } = await openTab();
    expect(codeOf(() => todos.set('', { text: 'a' }))).toBe('invalid-key');
    expect(codeOf(() => todos.set('k'.repeat(2_000), { text: 'a' }))).toBe('key-too-long');
    expect(codeOf(() => todos.set('1', { text: Number.NaN as never }))).toBe('invalid-value');
    expect(codeOf(() => todos.set('1', { text: new Date() as never }))).toBe('invalid-value');
    expect(codeOf(() => todos.remove(7 as never))).toBe('invalid-key');
    expect([todos.size, tab.runtime.pendingOps]).toEqual([0, 0]);
  });

  it('a __proto__ key or field is plain data', async () => {
    const { todos } = await openTab();
    const value = JSON.parse('{"text":"a","__proto__":{"polluted":true}}') as Todo;
    todos.set('__proto__', value);
    const read = todos.get('__proto__') as Todo;
    expect(Object.keys(read).toSorted()).toEqual(['__proto__', 'text']);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBe(undefined);
    const [row] = todos.toArray();
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(Object.hasOwn(row as object, '__proto__')).toBe(true);
  });

  it('clear removes what is held here as one change to listeners, and its handle stands for all', async () => {
    const { tab, todos } = await openTab();
    todos.set('1', { text: 'a' });
    todos.set('2', { text: 'b' });
    const heard: number[] = [];
    todos.subscribe((changes) => heard.push(changes.length));
    const handle = todos.clear();
    expect([todos.size, heard]).toEqual([0, [2]]);
    await handle.persisted;
    let acked: unknown = null;
    void handle.acked.then((outcome) => (acked = outcome));
    const removals = tab
      .sync()
      .outbox.map(({ op }) => op)
      .filter(({ kind }) => kind === 'remove');
    tab.sync().decide(1, removals.slice(0, 1));
    await tab.time.settle();
    expect(acked).toBe(null);
    tab.sync().decide(2, removals.slice(1), 'superseded');
    await tab.time.settle();
    expect(acked).toEqual({ ok: true, outcome: 'superseded' });
  });

  it('values keep their identity until they differ', async () => {
    const { tab, todos } = await openTab();
    todos.set('1', { text: 'a', note: { by: 'me' } });
    const before = todos.get('1') as Todo;
    await tab.time.settle();
    tab.sync().decide(
      1,
      tab.sync().outbox.map(({ op }) => op),
    );
    expect(todos.get('1')).toBe(before);
    todos.patch('1', { text: 'a' });
    expect(todos.get('1')).toBe(before);
    todos.patch('1', { text: 'b' });
    expect(todos.get('1')).not.toBe(before);
    expect((todos.get('1') as Todo).note).toBe(before.note);
  });

  it('subscribe asks for the whole map, subscribeKey for one record, reads and writes for nothing', async () => {
    const { tab, todos } = await openTab();
    todos.set('1', { text: 'a' });
    todos.get('1');
    expect(tab.sync().open.size).toBe(0);
    const stopAll = todos.subscribe(() => {});
    const stopKey = todos.subscribeKey('1', () => {});
    expect([...tab.sync().open.values()].map(({ query }) => query.where)).toEqual([
      { type: 'and', of: [] },
      { type: 'eq', path: ['_key'], value: '1' },
    ]);
    stopAll();
    stopKey();
    await tab.time.settle();
    expect(tab.sync().open.size).toBe(0);
  });

  it('a key listener hears of its record alone, with the value', async () => {
    const { todos } = await openTab();
    const heard: unknown[] = [];
    const stop = todos.subscribeKey('1', (value) => heard.push(value));
    todos.set('2', { text: 'other' });
    todos.set('1', { text: 'a' });
    todos.remove('1');
    stop();
    todos.set('1', { text: 'b' });
    expect(heard).toEqual([{ text: 'a' }, undefined]);
  });

  it('settled resolves with the first answer of the whole map, and rejects with the error of the server', async () => {
    const { tab, todos } = await openTab();
    let outcome = 'waiting';
    void todos.settled().then(() => (outcome = 'settled'));
    await tab.time.settle();
    const [sub] = [...tab.sync().open.keys()];
    expect(outcome).toBe('waiting');
    tab.sync().emit({ type: 'settled', sub: sub as string, map: 'todos', members: [], full: false, through: 1 });
    await tab.time.settle();
    expect([outcome, tab.sync().open.size]).toEqual(['settled', 0]);

    const refused = todos.settled();
    const error = {
      type: 'subscription-failed',
      sub: sub as string,
      code: 'too-many-rows',
      reason: 'Too many.',
    } as const;
    tab.sync().emit(error);
    await expect(refused).rejects.toMatchObject({ code: 'too-many-rows', message: 'Too many.' });
  });

  it('a listener that throws is reported, and neither the write nor another listener suffers', async () => {
    const { tab, todos } = await openTab();
    const heard: string[] = [];
    todos.subscribe(() => {
      throw new Error('a defect of the app');
    });
    todos.subscribe(() => heard.push('second'));
    todos.set('1', { text: 'a' });
    expect(heard).toEqual(['second']);
    expect(tab.logged).toEqual(['error: A listener of the app failed.']);
  });

  it('a listener that writes is seen by every view at once, and heard of after it', async () => {
    const { todos } = await openTab();
    const heard: string[] = [];
    todos.subscribe((changes) => {
      const key = changes[0]?.key ?? '';
      heard.push(`begin ${key}`);
      if (key === '1') {
        todos.set('2', { text: 'b' });
        heard.push(`has 2: ${todos.has('2')}`);
      }
      heard.push(`end ${key}`);
    });
    todos.set('1', { text: 'a' });
    expect(heard).toEqual(['begin 1', 'has 2: true', 'end 1', 'begin 2', 'end 2']);
  });

  it('has the types of its schema', () => {
    expectTypeOf<MapHandle<Todo>['get']>().returns.toEqualTypeOf<Todo | undefined>();
    expectTypeOf<ReturnType<MapHandle<Todo>['toArray']>>().toEqualTypeOf<(Todo & { readonly _key: string })[]>();
    expectTypeOf<ReturnType<MapHandle<number>['toArray']>>().toEqualTypeOf<
      { readonly _key: string; readonly value: number }[]
    >();
  });
});
