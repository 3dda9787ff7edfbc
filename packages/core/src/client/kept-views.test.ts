import { describe, expect, it } from 'vitest';

import { encodeStamp, type ReplicaId } from '../clock/index.js';
import { opToRecord, type LwwRecord } from '../crdt/index.js';
import type { Value } from '../primitives/index.js';
import { stripForWire, type QueryInput } from '../query/index.js';
import { MemoryAdapter } from './adapters/memory-storage.js';
import type { Storage, StorageAdapter } from './ports/storage.js';
import { KEEP_AFTER_MS } from './state/kept-views.js';
import { subscriptionKey } from './tabs/subscription-key.js';
import { createSeededRandom } from './testing/seeded-random.js';
import { fakeToken } from './testing/fake-token.js';
import { createTabHarness, parsedQuery, type TabHarness, type TabHarnessOptions } from './testing/tab-harness.js';

const LATEST: QueryInput = { sort: { rank: 'desc' }, limit: 2 };
const OTHER = 'other.0' as ReplicaId;

/** Storage whose maps are loaded when the test says so. */
function createGate(
  inner: StorageAdapter,
): StorageAdapter & { open(name: string): ReturnType<StorageAdapter['open']>; pass(): void } {
  let pass = (): void => {};
  const passed = new Promise<void>((resolve) => (pass = resolve));
  return {
    pass: () => pass(),
    async open(name) {
      const opened = await inner.open(name);
      if (!opened.ok || name.endsWith(':device')) return opened;
      const storage: Storage = opened.value;
      const loadMap: Storage['loadMap'] = async (map) => {
        await passed;
        return storage.loadMap(map);
      };
      return { ok: true, value: { ...storage, loadMap } };
    },
  };
}

const memory = (): MemoryAdapter => new MemoryAdapter({ random: createSeededRandom(5) });

function recordOf(value: Record<string, Value>, millis: number): LwwRecord {
  const fields = Object.entries(value).map(([name, its]) => ({ name, value: its }));
  const stamp = encodeStamp({ millis, counter: 0, replica: OTHER });
  return opToRecord({ kind: 'create', replica: OTHER, seq: 1, stamp, map: 'notes', key: 'k', fields, restart: false });
}

type Notes = Readonly<Record<string, Record<string, Value>>>;
const THREE: Notes = { a: { rank: 1 }, b: { rank: 2 }, c: { rank: 3 } };

/** The server sends these rows and settles the query, as members these. Storage has them, as the leader would have stored them. */
async function answer(tab: TabHarness, notes: Notes, input: QueryInput, full: boolean, millis = 1): Promise<void> {
  const changes = Object.entries(notes).map(([key, value]) => ({
    type: 'merge' as const,
    key,
    delta: recordOf(value, millis),
  }));
  const sub = subscriptionKey('notes', stripForWire(parsedQuery(input)));
  await tab.runtime.session.database?.storage.commit({ base: [{ map: 'notes', changes }] });
  tab.sync().emit({ type: 'changes', maps: [{ map: 'notes', changes }], subs: [], through: null });
  tab.sync().emit({ type: 'settled', sub, map: 'notes', members: Object.keys(notes), full, through: 10 });
}

/** A device on which the query was shown once, settled, with these rows. */
async function seenBefore(
  input: QueryInput = LATEST,
  runtime: TabHarnessOptions['runtime'] = {},
): Promise<StorageAdapter> {
  const storage = memory();
  const tab = createTabHarness({ storage, runtime });
  await tab.runtime.start();
  await tab.map('notes').loaded();
  tab.query('notes', input).subscribe(() => {});
  await answer(tab, THREE, input, true);
  await tab.time.advance(KEEP_AFTER_MS);
  await tab.runtime.close();
  return storage;
}

const keysOf = (query: { getSnapshot(): { data: readonly { _key: string }[] } }): string =>
  query
    .getSnapshot()
    .data.map(({ _key }) => _key)
    .join();

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('CL-2: a view opened before its map is loaded', () => {
  it('shows at once the rows that were kept of it, unsettled, and gives way in one step, with the same objects', async () => {
    const storage = createGate(await seenBefore());
    const tab = createTabHarness({ storage, seed: 2 });
    const query = tab.query('notes', LATEST);
    const told: string[] = [];
    query.subscribe((rows, { status }) => void told.push(`${rows.map(({ _key }) => _key).join()} ${status}`));
    await tab.runtime.start();
    await tab.time.settle();
    const before = query.getSnapshot();
    expect(before).toMatchObject({
      data: [
        { _key: 'c', rank: 3 },
        { _key: 'b', rank: 2 },
      ],
      status: 'local',
      settled: false,
    });
    expect(before.hasMore).toBe(true);
    expect(tab.map('notes').size).toBe(0);
    storage.pass();
    await tab.time.settle();
    expect(tab.map('notes').size).toBe(3);
    expect(query.getSnapshot().data).toBe(before.data);
    expect(told).toEqual(['c,b local']);
    // Whoever has the record has the object that shows.
    tab.map('notes').set('d', { rank: 0 });
    expect(query.getSnapshot().data[0]).toBe(before.data[0]);
  });

  it('shows chosen fields so too, sorted by one that is not among them, with what is pending in it', async () => {
    const input: QueryInput = { ...LATEST, fields: ['title'] };
    const inner = await seenBefore(input);
    const before = createTabHarness({ storage: inner, seed: 2 });
    await before.runtime.start();
    before.map('notes').set('d', { rank: 9, title: 'mine' });
    await before.runtime.close();
    const storage = createGate(inner);
    const tab = createTabHarness({ storage, seed: 3 });
    const query = tab.query('notes', input);
    query.subscribe(() => {});
    await tab.runtime.start();
    await tab.time.settle();
    expect(query.getSnapshot()).toMatchObject({ status: 'local', settled: false, hasMore: true });
    expect(query.getSnapshot().data).toEqual([{ _key: 'd', title: 'mine' }, { _key: 'c' }]);
    storage.pass();
    await tab.time.settle();
    expect(query.getSnapshot().data).toEqual([{ _key: 'd', title: 'mine' }, { _key: 'c' }]);
  });

  it('reads them beside the outbox, and shows them once what is pending is known', async () => {
    const inner = await seenBefore();
    const before = createTabHarness({ storage: inner, seed: 2 });
    await before.runtime.start();
    before.map('notes').set('d', { rank: 9 });
    await before.runtime.close();
    let answerOutbox = (): void => {};
    const answered = new Promise<void>((resolve) => (answerOutbox = resolve));
    const read: string[] = [];
    const gate = createGate({
      async open(name) {
        const opened = await inner.open(name);
        if (!opened.ok) return opened;
        const storage = opened.value;
        const slow: Partial<Storage> = {
          async loadOutbox() {
            await answered;
            return storage.loadOutbox();
          },
          async loadView(key) {
            const loaded = await storage.loadView(key);
            read.push(key);
            return loaded;
          },
        };
        return { ok: true, value: { ...storage, ...slow } };
      },
    });
    const tab = createTabHarness({ storage: gate, seed: 3 });
    const query = tab.query('notes', LATEST);
    query.subscribe(() => {});
    void tab.runtime.start();
    await tab.time.settle();
    expect(read).toHaveLength(1);
    expect(query.getSnapshot().status).toBe('loading');
    answerOutbox();
    await tab.time.settle();
    expect(keysOf(query)).toBe('d,c');
    expect(read).toHaveLength(1);
  });

  it('shows them to whoever reads and does not listen', async () => {
    const storage = createGate(await seenBefore());
    const tab = createTabHarness({ storage, seed: 2 });
    await tab.runtime.start();
    const query = tab.query('notes', LATEST);
    expect(query.getSnapshot().status).toBe('loading');
    await tab.time.settle();
    expect(keysOf(query)).toBe('c,b');
    tab.map('notes').set('d', { rank: 9 });
    expect(keysOf(query)).toBe('d,c');
    storage.pass();
    await tab.time.settle();
    tab.map('notes').set('e', { rank: 8 });
    expect(keysOf(query)).toBe('d,e');
  });

  it('CL-1: shows what is written meanwhile in the rows that were kept, while maps refuse edits of what they do not hold', async () => {
    const storage = createGate(await seenBefore());
    const tab = createTabHarness({ storage, seed: 2 });
    const query = tab.query('notes', LATEST);
    query.subscribe(() => {});
    await tab.runtime.start();
    await tab.time.settle();
    const notes = tab.map('notes');
    expect(codeOf(() => notes.update('c', () => ({ rank: 9 })))).toBe('not-loaded');
    expect(codeOf(() => notes.patch('c', { rank: 9 }))).toBe('not-loaded');
    notes.set('b', { rank: 7, text: 'new' });
    expect(query.getSnapshot().data).toMatchObject([
      { _key: 'b', rank: 7, text: 'new' },
      { _key: 'c', rank: 3 },
    ]);
    notes.remove('c');
    expect(keysOf(query)).toBe('b');
    notes.set('d', { rank: 5 });
    expect(keysOf(query)).toBe('b,d');
    storage.pass();
    await tab.time.settle();
    expect(keysOf(query)).toBe('b,d');
    expect(query.getSnapshot().data[0]).toMatchObject({ rank: 7, text: 'new' });
  });

  it('CL-1: a write comes after what was kept of its record, also where that is of a clock far ahead', async () => {
    const storage = memory();
    const first = createTabHarness({ storage });
    await first.runtime.start();
    await first.map('notes').loaded();
    first.query('notes', LATEST).subscribe(() => {});
    await answer(first, { a: { rank: 1 } }, LATEST, false, first.time.clock.now() + 86_400_000);
    await first.time.advance(KEEP_AFTER_MS);
    await first.runtime.close();

    const gate = createGate(storage);
    const tab = createTabHarness({ storage: gate, seed: 2 });
    const query = tab.query('notes', LATEST);
    query.subscribe(() => {});
    await tab.runtime.start();
    await tab.time.settle();
    expect(query.getSnapshot().data).toMatchObject([{ _key: 'a', rank: 1 }]);
    tab.map('notes').set('a', { rank: 2 });
    expect(query.getSnapshot().data).toMatchObject([{ _key: 'a', rank: 2 }]);
    gate.pass();
    await tab.time.settle();
    expect(query.getSnapshot().data).toMatchObject([{ _key: 'a', rank: 2 }]);
  });

  it('shows what closed tabs left unsent', async () => {
    const storage = await seenBefore();
    const offline = createTabHarness({ storage, seed: 2 });
    await offline.runtime.start();
    await offline.map('notes').loaded();
    offline.map('notes').patch('b', { rank: 8 });
    await offline.time.settle();
    await offline.runtime.close();
    const tab = createTabHarness({ storage: createGate(storage), seed: 3 });
    const query = tab.query('notes', LATEST);
    query.subscribe(() => {});
    await tab.runtime.start();
    await tab.time.settle();
    expect(query.getSnapshot().data).toMatchObject([
      { _key: 'b', rank: 8 },
      { _key: 'c', rank: 3 },
    ]);
  });

  it('CL-10: shows nothing that was kept of another principal’s', async () => {
    const ofAnn = { tokenProvider: () => fakeToken({ sub: 'ann' }) };
    const storage = createGate(await seenBefore(LATEST, ofAnn));
    const tab = createTabHarness({ storage, seed: 2, runtime: ofAnn });
    const query = tab.query('notes', LATEST);
    query.subscribe(() => {});
    await tab.runtime.start();
    await tab.time.settle();
    expect(keysOf(query)).toBe('c,b');
    const out = tab.runtime.signOut(false);
    expect(keysOf(query)).toBe('');
    await out;
    await tab.time.settle();
    expect(query.getSnapshot()).toMatchObject({ data: [], status: 'loading' });
  });
});

describe('CL-2: what is kept of a view', () => {
  const keptOf = async (storage: StorageAdapter, input: QueryInput): Promise<string | null> => {
    const opened = await storage.open('topgun:http://server.test:anonymous');
    const kept = opened.ok ? await opened.value.loadView(subscriptionKey('notes', parsedQuery(input))) : null;
    if (kept?.ok !== true || kept.value === null) return null;
    return `${[...kept.value.records.keys()].join()}${kept.value.isAnswer === true ? '' : ' to be looked at'}`;
  };

  it('are the confirmed rows of a settled answer, a second after it has changed', async () => {
    const storage = memory();
    const tab = createTabHarness({ storage });
    await tab.runtime.start();
    await tab.map('notes').loaded();
    tab.query('notes', LATEST).subscribe(() => {});
    tab.map('notes').set('mine', { rank: 9 });
    await tab.time.advance(KEEP_AFTER_MS);
    expect(await keptOf(storage, LATEST)).toBeNull();
    await answer(tab, { b: { rank: 2 }, a: { rank: 1 } }, LATEST, false);
    await tab.time.advance(KEEP_AFTER_MS - 1);
    expect(await keptOf(storage, LATEST)).toBeNull();
    await tab.time.advance(1);
    // What is unsent is in the outbox.
    expect(await keptOf(storage, LATEST)).toBe('b to be looked at');
    await answer(tab, { z: { rank: 20 }, y: { rank: 19 } }, LATEST, false);
    await tab.time.advance(KEEP_AFTER_MS);
    expect(await keptOf(storage, LATEST)).toBe('z,y');
    await answer(tab, {}, LATEST, false);
    tab.sync().decide(
      11,
      tab.sync().outbox.map(({ op }) => op),
      'rejected',
    );
    await tab.time.advance(KEEP_AFTER_MS);
    expect(await keptOf(storage, LATEST)).toBe('');
  });

  it.each([
    ['groups', { groupBy: 'rank', aggregate: { n: 'count' } } as QueryInput],
    ['related rows', { include: { more: { map: 'more', on: ['list', '_key'] } } } as QueryInput],
  ])('is nothing of %s', async (_what, input) => {
    const storage = memory();
    const asked: string[] = [];
    const noting: StorageAdapter = {
      async open(name) {
        const opened = await storage.open(name);
        if (!opened.ok) return opened;
        const loadView: Storage['loadView'] = (key) => (asked.push(key), opened.value.loadView(key));
        return { ok: true, value: { ...opened.value, loadView } };
      },
    };
    const tab = createTabHarness({ storage: noting });
    tab.query('notes', input).subscribe(() => {});
    tab.query('notes', LATEST).subscribe(() => {});
    await tab.runtime.start();
    expect(asked).toEqual([subscriptionKey('notes', parsedQuery(LATEST))]);
  });

  it('leaves no timer behind when the client closes', async () => {
    const tab = createTabHarness();
    await tab.runtime.start();
    await tab.map('notes').loaded();
    tab.query('notes', LATEST).subscribe(() => {});
    await answer(tab, THREE, LATEST, true);
    expect(tab.time.pendingTimers()).toBeGreaterThan(0);
    await tab.runtime.close();
    expect(tab.time.pendingTimers()).toBe(0);
  });
});
