import { describe, expect, it } from 'vitest';

import { encodeBase64url } from '../../primitives/index.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import { createFaultyStorage } from '../testing/faulty-storage.js';
import { createMemoryTabs } from '../testing/memory-tabs.js';
import { remoteOp, toChanges } from '../testing/remote-changes.js';
import { createSeededRandom } from '../testing/seeded-random.js';
import { createTabHarness } from '../testing/tab-harness.js';
import { databaseName, ANONYMOUS, subjectPrincipal } from './database-name.js';
import { tokenSubject } from './token-subject.js';

const token = (claims: unknown): string =>
  ['e30', encodeBase64url(new TextEncoder().encode(JSON.stringify(claims))), 'sig'].join('.');

describe('the name of a database', () => {
  it('CL-10: differs by server origin and principal, and by nothing else', () => {
    const names = [
      databaseName(null, ANONYMOUS),
      databaseName('http://a.test', ANONYMOUS),
      databaseName('https://a.test', ANONYMOUS),
      databaseName('http://a.test:81', ANONYMOUS),
      databaseName('http://a.test', subjectPrincipal('anonymous')),
      databaseName('http://a.test', subjectPrincipal('a:b')),
      databaseName('http://a.test', subjectPrincipal('a%3Ab')),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(databaseName('ws://a.test:80/path', ANONYMOUS)).toBe(databaseName('http://a.test/', ANONYMOUS));
  });

  it('CL-10: a token names its subject, and anything else nobody', () => {
    expect(tokenSubject(token({ sub: 'ü1' }))).toBe('ü1');
    for (const bad of [
      '',
      'opaque',
      'a.b.c',
      token({}),
      token({ sub: 7 }),
      token([]),
      token(null),
      token({ sub: '' }),
    ]) {
      expect(tokenSubject(bad)).toBe(null);
    }
  });
});

describe('a session', () => {
  it('closes although it could not be opened, which `start` has told', async () => {
    const tab = createTabHarness({ loadHash: () => Promise.reject(new Error('no WebAssembly here')) });
    await expect(tab.runtime.start()).rejects.toThrow('no WebAssembly here');
    tab.map('todos').set('1', { text: 'a' });
    await tab.runtime.close();
    expect(tab.runtime.status.connectionState).toBe('closed');
    expect(tab.time.pendingTimers()).toBe(0);
  });

  it('CL-2: a reload shows base ⊕ outbox, with what siblings left undecided', async () => {
    const storage = new MemoryAdapter({ random: createSeededRandom(5) });
    const before = createTabHarness({ storage });
    await before.runtime.start();
    before.map('todos').set('1', { text: 'a' });
    await before.time.settle();
    const opened = await storage.open(before.sync().options.name);
    const changes = toChanges('todos', remoteOp(before, '2', 'create', { text: 'confirmed' })).maps;
    if (opened.ok) await opened.value.commit({ base: changes });
    await before.runtime.close();

    const after = createTabHarness({ storage, seed: 2 });
    const todos = after.map('todos');
    expect(todos.size).toBe(0);
    await after.runtime.start();
    await todos.loaded();
    expect([...todos.entries()].toSorted()).toEqual([
      ['1', { text: 'a' }],
      ['2', { text: 'confirmed' }],
    ]);
    expect(after.runtime.pendingOps).toBe(1);
    expect(after.map('later').size).toBe(0);
  });

  it('CL-2: what comes while a map is loading is kept in order and applied after', async () => {
    const storage = new MemoryAdapter({ random: createSeededRandom(5) });
    const before = createTabHarness({ storage });
    await before.runtime.start();
    const opened = await storage.open(before.sync().options.name);
    const stored = toChanges('todos', ...['1', '2'].map((key) => remoteOp(before, key, 'create', { n: 0 }))).maps;
    if (opened.ok) await opened.value.commit({ base: stored });
    await before.runtime.close();

    const tab = createTabHarness({ storage, seed: 2 });
    await tab.runtime.start();
    const todos = tab.map('todos');
    const heard: unknown[] = [];
    todos.subscribe((changes) => heard.push(changes.map(({ key, after }) => [key, after])));
    const update = toChanges('todos', remoteOp(before, '2', 'patch', { n: 1 })).maps[0]!;
    const drop = { type: 'drop' as const, key: '1' };
    const maps = [{ map: 'todos', changes: [drop, ...update.changes] }];
    tab.sync().emit({ type: 'changes', maps, subs: [], through: null });
    expect([todos.size, heard]).toEqual([0, []]);
    await todos.loaded();
    expect([...todos.entries()]).toEqual([['2', { n: 1 }]]);
    expect(heard).toEqual([[['2', { n: 1 }]]]);
  });

  it('CL-8: a verdict that is told once more, without a position, brings no record back that is gone', async () => {
    const tab = createTabHarness();
    await tab.runtime.start();
    const todos = tab.map('todos');
    await todos.loaded();
    const [op, late] = ['1', '2'].map((key) => ({ ...remoteOp(tab, key, 'create', { n: 0 }), map: 'todos' }));
    if (op === undefined || late === undefined) throw new Error('no ops');
    tab.sync().emit({ type: 'persisted', entries: [{ op, handed: true }] });
    tab.sync().decide(7, [op]);
    const gone = { map: 'todos', changes: [{ type: 'drop' as const, key: '1' }] };
    tab.sync().emit({ type: 'changes', maps: [gone], subs: [], through: 8 });
    expect(todos.size).toBe(0);
    // Of the other one this tab has not heard that it is decided.
    tab.sync().emit({ type: 'persisted', entries: [{ op: late, handed: true }] });
    tab.sync().decide(0, [op, late]);
    expect([...todos.keys()]).toEqual(['2']);
    expect(tab.runtime.pendingOps).toBe(0);
  });

  it('CL-8: an op that was brought back, decided long before, is pending no more, and merges nothing', async () => {
    const tab = createTabHarness();
    await tab.runtime.start();
    const todos = tab.map('todos');
    await todos.loaded();
    const [gone, kept] = ['1', '2'].map((key) => ({ ...remoteOp(tab, key, 'create', { n: 0 }), map: 'todos' }));
    if (gone === undefined || kept === undefined) throw new Error('no ops');
    tab.sync().emit({ ...toChanges('todos', kept), type: 'changes' });
    tab.sync().emit({ type: 'persisted', entries: [gone, kept].map((op) => ({ op, handed: true })) });
    expect([...todos.keys()].toSorted()).toEqual(['1', '2']);
    const decisions = [gone, kept].map((op) => ({ op, outcome: 'applied' as const }));
    tab.sync().emit({ type: 'decided', position: 0, decisions, isInBase: true });
    expect([...todos.keys()]).toEqual(['2']);
    expect(tab.runtime.pendingOps).toBe(0);
  });

  it('CL-4: ops of siblings are pending here too, from when they are durable until they are decided', async () => {
    const tab = createTabHarness();
    await tab.runtime.start();
    const todos = tab.map('todos');
    await todos.loaded();
    const op = { ...remoteOp(tab, '1', 'create', { n: 1 }), map: 'todos' };
    const foreign = { ...op, key: 'k', map: 'unused', seq: 99 };
    tab.sync().emit({ type: 'persisted', entries: [op, foreign].map((each) => ({ op: each, handed: false })) });
    expect([todos.get('1'), tab.runtime.pendingOps]).toEqual([{ n: 1 }, 2]);
    expect(tab.map('unused').get('k')).toEqual({ n: 1 });
    tab.sync().decide(1, [op], 'rejected');
    expect([todos.has('1'), tab.runtime.pendingOps]).toEqual([false, 1]);
  });

  it('CL-4: tabs have places, and the first free one is taken again', async () => {
    const storage = new MemoryAdapter({ random: createSeededRandom(5) });
    const browser = createMemoryTabs();
    const open = async (seed: number) => {
      const tab = createTabHarness({ storage, seed, tabs: browser.openTab().port });
      await tab.runtime.start();
      return { tab, place: tab.sync().announced[0]?.[0].split('.')[1] };
    };
    const first = await open(1);
    const second = await open(2);
    expect([first.place, second.place]).toEqual(['0', '1']);
    await first.tab.runtime.close();
    expect((await open(3)).place).toBe('0');
    expect((await open(4)).place).toBe('2');
  });

  it('CL-8: without storage it works in memory, and says so', async () => {
    const storage = createFaultyStorage(new MemoryAdapter({ random: createSeededRandom(5) }));
    storage.failOpen({ code: 'unavailable', message: 'No storage here.' });
    const tab = createTabHarness({ storage });
    const issues: unknown[] = [];
    tab.runtime.storageIssues.add((issue) => issues.push(issue.code));
    const handle = tab.map('todos').set('1', { text: 'a' });
    await tab.runtime.start();
    expect((await handle.persisted).ok).toBe(true);
    expect([issues, tab.runtime.isInMemory]).toEqual([['unavailable'], true]);
    expect(tab.sync().options.name).toMatch(/^topgun:http:\/\/server\.test:anonymous:memory:/);
  });

  it('CL-10: a token of another subject closes the open database and opens that one; nothing crosses over', async () => {
    const tab = createTabHarness({ runtime: { tokenProvider: () => token({ sub: 'ann' }) } });
    await tab.runtime.start();
    expect(tab.sync().options.name).toBe('topgun:http://server.test:user:ann');
    const todos = tab.map('todos');
    const handle = tab.query('todos');
    const heard: number[] = [];
    handle.subscribe((rows) => heard.push(rows.length));
    todos.set('1', { text: 'of ann' });
    const ann = tab.sync();
    const switched = tab.runtime.setTokenProvider(() => token({ sub: 'bob' }));
    await tab.time.settle();
    expect([todos.size, handle.getSnapshot().data]).toEqual([0, []]);
    todos.set('2', { text: 'of bob' });
    await switched;
    await tab.time.settle();
    expect(ann.calls).toEqual(['start', 'stop']);
    expect(tab.sync().options.name).toBe('topgun:http://server.test:user:bob');
    expect(tab.sync().outbox.map(({ op }) => op.key)).toEqual(['2']);
    expect(ann.outbox.map(({ op }) => op.key)).toEqual(['1']);
    expect(tab.sync().open.size).toBe(1);
    // Late news of the session that is gone changes nothing here.
    ann.emit(toChanges('todos', remoteOp(tab, '3', 'create')));
    expect([...todos.keys()]).toEqual(['2']);
    // And ann finds her write again.
    await tab.runtime.setTokenProvider(() => token({ sub: 'ann' }));
    await todos.loaded();
    expect([...todos.keys()]).toEqual(['1']);
    expect(tab.runtime.pendingOps).toBe(1);
  });

  it('CL-10: a token of another subject is never shown to a connection of this database', async () => {
    let subject = 'ann';
    const tab = createTabHarness({ runtime: { tokenProvider: () => token({ sub: subject }) } });
    await tab.runtime.start();
    const ann = tab.sync();
    expect(await ann.options.getToken()).toBe(token({ sub: 'ann' }));
    subject = 'bob';
    await expect(ann.options.getToken()).rejects.toMatchObject({ code: 'other-principal' });
    await tab.time.settle();
    expect(tab.sync().options.name).toBe('topgun:http://server.test:user:bob');
  });

  it('CL-10: the principal named beforehand opens at once, token or not', async () => {
    const tab = createTabHarness({
      runtime: { principal: 'ann', tokenProvider: () => new Promise<string>(() => {}) },
    });
    await tab.runtime.start();
    expect(tab.sync().options.name).toBe('topgun:http://server.test:user:ann');
  });

  it('CL-10: signing out opens nobody’s database, and with purge deletes the one that was open', async () => {
    const storage = new MemoryAdapter({ random: createSeededRandom(5) });
    const tab = createTabHarness({ storage, runtime: { tokenProvider: () => token({ sub: 'ann' }) } });
    await tab.runtime.start();
    tab.map('todos').set('1', { text: 'a' });
    await tab.runtime.signOut(true);
    expect([tab.sync().options.name, tab.map('todos').size]).toEqual(['topgun:http://server.test:anonymous', 0]);
    expect(await tab.sync().options.getToken()).toBe(null);
    await tab.runtime.setTokenProvider(() => token({ sub: 'ann' }));
    await tab.map('todos').loaded();
    expect([tab.map('todos').size, tab.runtime.pendingOps]).toEqual([0, 0]);
  });

  it('closing makes durable what was written, and leaves nothing running', async () => {
    const storage = createFaultyStorage(new MemoryAdapter({ random: createSeededRandom(5) }));
    const browser = createMemoryTabs();
    const tab = createTabHarness({ storage, tabs: browser.openTab().port });
    const states: string[] = [];
    tab.runtime.connectionChanges.add(({ state }) => states.push(state));
    const todos = tab.map('todos');
    const handle = todos.set('1', { text: 'a' });
    const waiting = tab.map('never').settled();
    void waiting.catch(() => {});
    void tab.runtime.start();
    await tab.runtime.close();
    expect(await handle.persisted).toEqual({ ok: true, outcome: 'applied' });
    expect([tab.time.pendingTimers(), browser.heldLocks(), states]).toEqual([0, [], ['closed']]);
    await expect(waiting).rejects.toMatchObject({ code: 'closed' });
    await expect(tab.map('unloaded').loaded()).rejects.toMatchObject({ code: 'closed' });
    expect(() => todos.set('2', { text: 'b' })).toThrowError(expect.objectContaining({ code: 'closed' }));
    expect(todos.get('1')).toEqual({ text: 'a' });
  });

  it('closing does not wait for storage that fails', async () => {
    const storage = createFaultyStorage(new MemoryAdapter({ random: createSeededRandom(5) }));
    const tab = createTabHarness({ storage });
    await tab.runtime.start();
    storage.failCommits({ code: 'quota', message: 'Full.' }, { code: 'quota', message: 'Full.' });
    tab.map('todos').set('1', { text: 'a' });
    await tab.runtime.close();
    expect(tab.time.pendingTimers()).toBe(0);
  });
});

describe('refused writes', () => {
  it('CL-7: are listed with what was attempted, survive a reload, and can be retried or discarded', async () => {
    const storage = new MemoryAdapter({ random: createSeededRandom(5) });
    const tab = createTabHarness({ storage });
    await tab.runtime.start();
    const todos = tab.map('todos');
    await todos.loaded();
    const heard: unknown[] = [];
    tab.runtime.onRejected(({ key, attempted }) => heard.push([key, attempted]));
    todos.set('1', { text: 'a' });
    todos.set('2', { text: 'b' });
    await tab.time.settle();
    const ops = tab.sync().outbox.map(({ op }) => op);
    const opened = await storage.open(tab.sync().options.name);
    const addRejections = ops.map((op) => ({ op, code: 'not-permitted', reason: 'You may not.', at: 1 }));
    if (opened.ok) await opened.value.commit({ removeOps: ops, addRejections });
    tab.sync().decide(1, ops, 'rejected');
    expect(heard).toEqual([
      ['1', { type: 'set', value: { text: 'a' } }],
      ['2', { type: 'set', value: { text: 'b' } }],
    ]);
    await tab.runtime.close();

    const again = createTabHarness({ storage, seed: 2 });
    await again.runtime.start();
    await again.map('todos').loaded();
    const [first, second] = again.runtime.refusedWrites.list();
    expect([first?.key, second?.key, again.map('todos').size]).toEqual(['1', '2', 0]);
    expect(again.runtime.refusedWrites.list()).toBe(again.runtime.refusedWrites.list());
    expect(again.runtime.refusedWrites.retry('nobody:1')).toBe(null);
    const retried = again.runtime.refusedWrites.retry(first!.id);
    expect(again.map('todos').get('1')).toEqual({ text: 'a' });
    await retried?.persisted;
    await again.runtime.refusedWrites.discard(second!.id);
    expect(await again.runtime.refusedWrites.discard(second!.id)).toBe(false);
    await again.time.settle();
    expect(again.runtime.refusedWrites.list()).toEqual([]);
    await again.runtime.close();
    const stored = await storage.open(tab.sync().options.name);
    expect(stored.ok && (await stored.value.loadRejections())).toEqual({ ok: true, value: [] });
  });
});
