import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { encodeStamp, type ReplicaId } from '../../clock/index.js';
import { opToRecord } from '../../crdt/index.js';
import { canonicalJson, type Value } from '../../primitives/index.js';
import { evaluateShown, flattenQuery, type Entry, type QueryInput, type WireQuery } from '../../query/index.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import type { StorageAdapter } from '../ports/storage.js';
import type { QueryHandle } from '../query-handle.js';
import { subscriptionKey } from '../tabs/subscription-key.js';
import { createTabHarness, parsedQuery, type TabHarness } from '../testing/tab-harness.js';
import type { AnyRow } from './row.js';

const MAPS = ['lists', 'todos'] as const;
type MapName = (typeof MAPS)[number];
type Fields = Readonly<Record<string, Value>>;

const TODOS: QueryInput = {
  include: {
    todos: {
      map: 'todos',
      on: ['_key', 'list'],
      sort: { n: 'asc' },
      include: { peers: { map: 'todos', on: ['n', 'n'], where: { n: { $gte: 1 } } } },
    },
  },
};
const LIST: QueryInput = {
  sort: { n: 'desc' },
  limit: 3,
  fields: ['n'],
  include: { list: { map: 'lists', on: ['list', '_key'], one: true } },
};
const QUERIES: readonly (readonly [MapName, QueryInput])[] = [
  ['lists', TODOS],
  ['todos', LIST],
];

const server = 'serverserver.1' as ReplicaId;

const confirmed = (map: MapName, key: string, seq: number, fields: Fields) =>
  opToRecord({
    kind: 'create',
    replica: server,
    seq,
    stamp: encodeStamp({ millis: 1_600_000_000_000 + seq, counter: 0, replica: server }),
    map,
    key,
    fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
    restart: false,
  });

const merge = (map: MapName, key: string, seq: number, fields: Fields) => ({
  map,
  changes: [{ type: 'merge' as const, key, delta: confirmed(map, key, seq, fields) }],
});

/** Storage that holds so many lists, and twice as many todos of them. */
function storageOf(lists: number): StorageAdapter {
  const memory = new MemoryAdapter();
  return {
    async open(name) {
      const opened = await memory.open(name);
      if (!opened.ok) throw new Error('storage in memory opens');
      const base = [];
      for (let i = 0; i < lists; i++) base.push(merge('lists', `l${i}`, i + 1, { n: i % 3 }));
      for (let i = 0; i < 2 * lists; i++)
        base.push(merge('todos', `t${i}`, i + 1, { n: i % 3, list: `l${i % lists}` }));
      await opened.value.commit({ base });
      return opened;
    },
  };
}

/** A tab whose views of more than two records are filled by hand, a record a step. */
async function turnedTab(lists: number, recordsAtOnce = 2) {
  const filling: Iterator<void>[] = [];
  const turns = { recordsAtOnce, recordsPerStep: 1, begin: (steps: Iterator<void>) => void filling.push(steps) };
  const tab = createTabHarness({ storage: storageOf(lists), turns });
  await tab.runtime.start();
  for (const map of MAPS) await tab.map(map).loaded();
  const turn = (steps: number): void => {
    for (let i = 0; i < steps && filling.length > 0; i++) if (filling[0]?.next().done === true) filling.shift();
  };
  return { tab, filling, turn };
}

const entriesOf = (tab: TabHarness, map: MapName): Entry[] =>
  Array.from(tab.runtime.stores.use(map).values, ([key, value]) => ({ key, value }));

/** The rows from scratch, of those records that count. */
function answer(
  tab: TabHarness,
  [map, input]: (typeof QUERIES)[number],
  counts: (map: MapName, key: string) => boolean = () => true,
) {
  const records = (name: MapName) => entriesOf(tab, name).filter(({ key }) => counts(name, key));
  return evaluateShown(parsedQuery(input), records(map), { maps: new Map(MAPS.map((name) => [name, records(name)])) });
}

describe('CL-25: a view of many records with related ones', () => {
  it.each(QUERIES)('of %s is loading until it is filled, and there at once of few', async (...query) => {
    const { tab, filling, turn } = await turnedTab(4);
    const handle = tab.query(...query);
    let calls = 0;
    handle.subscribe(() => calls++);
    turn(6);
    expect(handle.getSnapshot()).toMatchObject({ status: 'loading', settled: false, data: [] });
    expect(calls).toBe(0);
    turn(1_000);
    expect(filling).toEqual([]);
    expect(handle.getSnapshot()).toMatchObject({ status: 'local', data: answer(tab, query) });
    expect(calls).toBe(1);
    const few = await turnedTab(4, 100);
    expect(few.tab.query(...query).getSnapshot()).toMatchObject({ status: 'local', data: answer(few.tab, query) });
    expect(few.filling).toEqual([]);
  });

  it('shows what is written here meanwhile, with what is written here of what is related to it, and no more', async () => {
    const { tab, turn } = await turnedTab(4);
    const handle = tab.query('lists', TODOS);
    handle.subscribe(() => {});
    turn(3);
    tab.map('todos').set('mine', { n: 2, list: 'l9' });
    tab.map('lists').set('l9', { n: 1 });
    tab.map('todos').set('t1', { n: 2, list: 'l9' });
    const todo = (_key: string) => ({ _key, n: 2, list: 'l9' });
    const todos = ['mine', 't1'].map((key) => ({ ...todo(key), peers: [todo('mine'), todo('t1')] }));
    expect(handle.getSnapshot()).toMatchObject({ status: 'loading', data: [{ _key: 'l9', n: 1, todos }] });
    turn(1_000);
    expect(handle.getSnapshot()).toMatchObject({ status: 'local', data: answer(tab, ['lists', TODOS]) });
  });

  it.each([false, true])(
    'has a record once that is read and goes to another row meanwhile, with an index: %s',
    async (isIndexed) => {
      const { tab, turn, filling } = await turnedTab(3);
      const more = Array.from({ length: 5_000 }, (_, i) =>
        merge('todos', `u${i}`, 100 + i, { n: 0, list: `l${i % 3}` }),
      );
      tab.sync().emit({ type: 'changes', maps: more, subs: [], through: null });
      if (isIndexed) tab.runtime.stores.use('todos').indexes.create({ type: 'hash', path: ['list'] });
      const query: QueryInput = { include: { todos: { map: 'todos', on: ['_key', 'list'], sort: { n: 'desc' } } } };
      const handle = tab.query('lists', query);
      handle.subscribe(() => {});
      let turns = 0;
      for (; filling.length > 0 && handle.getSnapshot().status === 'loading'; turns++) {
        // One that was among the first to be read comes among the last.
        // What has been read comes to the end of what is gone through, and so is met again.
        const move = (map: MapName, key: string, fields: Fields): void => {
          tab.map(map).remove(key);
          tab.map(map).set(key, fields);
        };
        if (turns === 1 || turns === 2) move('lists', `l${turns - 1}`, { n: turns });
        move('todos', `u${turns}`, { n: turns, list: `l${(turns + 1) % 3}` });
        turn(1);
      }
      expect(turns).toBeGreaterThan(8);
      expect(handle.getSnapshot().data).toEqual(answer(tab, ['lists', query]));
    },
  );

  it('is filled for the server’s answer once, when all of it is there, and shows what this device holds until then', async () => {
    const { tab, turn, filling } = await turnedTab(4);
    const handle = tab.query('lists', TODOS);
    handle.subscribe(() => {});
    turn(1_000);
    const local = handle.getSnapshot();
    const parts = flattenQuery('lists', parsedQuery(TODOS));
    for (const { map, query } of parts) {
      expect(filling).toEqual([]);
      const members = map === 'lists' ? ['l0', 'l1', 'l2'] : ['t0'];
      tab.sync().emit({ type: 'settled', sub: subscriptionKey(map, query), map, members, full: false, through: 5 });
    }
    expect(filling).toHaveLength(1);
    expect(handle.getSnapshot()).toBe(local);
    turn(1_000);
    const members = new Set(['l0', 'l1', 'l2', 't0']);
    const data = answer(tab, ['lists', TODOS], (_, key) => members.has(key));
    expect(handle.getSnapshot()).toMatchObject({ status: 'settled', settled: true, data });
  });

  it('shows at once what was written while nobody listened', async () => {
    const { tab, turn, filling } = await turnedTab(4);
    const handle = tab.query('lists', TODOS);
    const stop = handle.subscribe(() => {});
    turn(1_000);
    stop();
    await closed();
    tab.map('lists').set('l9', { n: 1 });
    handle.subscribe(() => {});
    expect(handle.getSnapshot()).toMatchObject({ status: 'local', data: answer(tab, ['lists', TODOS]) });
    expect(filling).toEqual([]);
  });

  it('shows with what is written here what was before, and is on its way', async () => {
    const { tab } = await turnedTab(4);
    tab.map('todos').set('t9', { n: 2, list: 'l8' });
    const handle = tab.query('lists', TODOS);
    handle.subscribe(() => {});
    expect(handle.getSnapshot()).toMatchObject({ status: 'loading', data: [] });
    tab.map('lists').set('l8', { n: 1 });
    const todo = { _key: 't9', n: 2, list: 'l8' };
    const data = [{ _key: 'l8', n: 1, todos: [{ ...todo, peers: [todo] }] }];
    expect(handle.getSnapshot()).toMatchObject({ status: 'loading', data });
  });

  it('is not looked at again by who reads it when nothing has happened', async () => {
    const { tab } = await turnedTab(4, 100);
    const handle = tab.query('lists', TODOS);
    const { data } = handle.getSnapshot();
    const looked = vi.spyOn(tab.runtime.stores.use('todos').indexes, 'related');
    expect(handle.getSnapshot().data).toBe(data);
    expect(looked).not.toHaveBeenCalled();
    tab.map('todos').set('t1', { n: 9, list: 'l3' });
    expect(handle.getSnapshot().data).not.toBe(data);
    expect(looked).toHaveBeenCalled();
  });

  it('is filled for who only reads it too, and read anew at once after that', async () => {
    const { tab, turn, filling } = await turnedTab(4);
    const handle = tab.query('lists', TODOS);
    expect(handle.getSnapshot().status).toBe('loading');
    turn(1_000);
    expect(handle.getSnapshot()).toMatchObject({ status: 'local', data: answer(tab, ['lists', TODOS]) });
    tab.map('todos').set('t1', { n: 9, list: 'l3' });
    expect(handle.getSnapshot()).toMatchObject({ status: 'local', data: answer(tab, ['lists', TODOS]) });
    expect(filling).toEqual([]);
  });
});

type Step =
  | { type: 'turn'; steps: number }
  | { type: 'set' | 'foreign'; map: MapName; key: number; n: number; list: number }
  | { type: 'remove' | 'drop'; map: MapName; key: number }
  | { type: 'settle'; part: number; without: number }
  | { type: 'unsettle' }
  | { type: 'move'; part: number; entered: number; left: number }
  | { type: 'watch'; isWatched: boolean };

const map = fc.constantFrom(...MAPS);
const key = fc.nat({ max: 8 });
const n = fc.nat({ max: 3 });
const part = fc.nat({ max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('turn' as const), steps: fc.integer({ min: 1, max: 40 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constantFrom('set' as const, 'foreign' as const), map, key, n, list: key }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('remove' as const, 'drop' as const), map, key }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('settle' as const), part, without: key }) },
  { weight: 1, arbitrary: fc.constant({ type: 'unsettle' as const }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('move' as const), part, entered: key, left: key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('watch' as const), isWatched: fc.boolean() }) },
);

/** What is not used any more is closed a moment later. */
async function closed(): Promise<void> {
  for (let i = 0; i < 4; i++) await Promise.resolve();
}

const keyIn = (name: MapName, at: number): string => `${name === 'lists' ? 'l' : 't'}${at}`;

/** One query in one tab, and what its subscriptions have confirmed. */
class Run {
  readonly #tab: TabHarness;
  readonly #query: (typeof QUERIES)[number];
  readonly #parts: readonly WireQuery[];
  readonly #members = new Map<number, Set<string>>();
  readonly #handle: QueryHandle<AnyRow>;
  readonly #turned: Awaited<ReturnType<typeof turnedTab>>;
  #unwatch: (() => void) | null = null;
  #seq = 100;
  #shown: readonly AnyRow[] = [];
  /** How often it was looked at while it was being filled. */
  halfway = 0;

  constructor(turned: Awaited<ReturnType<typeof turnedTab>>, query: (typeof QUERIES)[number]) {
    this.#turned = turned;
    this.#tab = turned.tab;
    this.#query = query;
    this.#parts = flattenQuery(query[0], parsedQuery(query[1]));
    this.#handle = this.#tab.query(...query);
    this.take({ type: 'watch', isWatched: true });
  }

  take(step: Step): void {
    const tab = this.#tab;
    switch (step.type) {
      case 'turn':
        return this.#turned.turn(step.steps);
      case 'set':
        return void tab.map(step.map).set(keyIn(step.map, step.key), { n: step.n, list: `l${step.list}` });
      case 'remove':
        return void tab.map(step.map).remove(keyIn(step.map, step.key));
      case 'foreign': {
        const changed = merge(step.map, keyIn(step.map, step.key), ++this.#seq, { n: step.n, list: `l${step.list}` });
        return tab.sync().emit({ type: 'changes', maps: [changed], subs: [], through: null });
      }
      case 'drop': {
        const changes = [{ type: 'drop' as const, key: keyIn(step.map, step.key) }];
        return tab.sync().emit({ type: 'changes', maps: [{ map: step.map, changes }], subs: [], through: null });
      }
      case 'settle': {
        const [at, { map: name, sub }] = this.#part(step.part);
        const members = new Set(entriesOf(tab, name).map((entry) => entry.key));
        members.delete(keyIn(name, step.without));
        if (this.#unwatch === null) return;
        this.#members.set(at, members);
        return tab.sync().emit({ type: 'settled', sub, map: name, members: [...members], full: false, through: 5 });
      }
      case 'unsettle':
        this.#members.clear();
        return tab.sync().emit({ type: 'unsettled', subs: null });
      case 'move': {
        const [at, { map: name, sub }] = this.#part(step.part);
        const [entered, left] = [[keyIn(name, step.entered)], [keyIn(name, step.left)]];
        for (const one of left) this.#members.get(at)?.delete(one);
        for (const one of entered) this.#members.get(at)?.add(one);
        return tab
          .sync()
          .emit({ type: 'changes', maps: [], subs: [{ sub, entered, left, full: false }], through: null });
      }
      case 'watch':
        if (step.isWatched) this.#unwatch ??= this.#handle.subscribe(() => {});
        else {
          this.#unwatch?.();
          this.#unwatch = null;
          // What nobody uses is confirmed by nobody.
          this.#members.clear();
        }
        return;
    }
  }

  #part(pick: number): readonly [number, { map: MapName; sub: ReturnType<typeof subscriptionKey> }] {
    const at = pick % this.#parts.length;
    const wire = this.#parts[at] as WireQuery;
    return [at, { map: wire.map as MapName, sub: subscriptionKey(wire.map, wire.query) }];
  }

  get #areSettled(): boolean {
    return this.#members.size === this.#parts.length;
  }

  /** SY-5: what a subscription of the map has confirmed, and what is written here. */
  readonly #counts = (name: MapName, one: string): boolean => {
    if (!this.#areSettled || this.#tab.runtime.stores.use(name).overlay.isPending(one)) return true;
    return this.#parts.some((wire, at) => wire.map === name && this.#members.get(at)?.has(one) === true);
  };

  check(): void {
    const { status, settled, data } = this.#handle.getSnapshot();
    const isFilling = this.#turned.filling.length > 0;
    const counted = answer(this.#tab, this.#query, this.#counts);
    const texts = (rows: readonly object[]): string[] => rows.map((row) => canonicalJson(row as Value));
    if (isFilling) this.halfway++;
    if (status === 'loading') {
      const { overlay } = this.#tab.runtime.stores.use(this.#query[0]);
      expect(isFilling).toBe(true);
      expect(data.every(({ _key }) => overlay.isPending(_key))).toBe(true);
    } else if (settled || !isFilling) {
      expect(texts(data)).toEqual(texts(counted));
      if (settled) expect(this.#areSettled).toBe(true);
    }
    // What says the same is the same, whatever it was filled anew for.
    const before = new Map(this.#shown.map((row) => [row._key, row]));
    for (const row of data) {
      const old = before.get(row._key);
      if (old !== undefined && canonicalJson(old) === canonicalJson(row)) expect(row).toBe(old);
    }
    this.#shown = data;
  }
}

describe('QU-61: a view with related records', () => {
  it('SY-5, CL-20: equals one from scratch whatever it is filled for and whatever changes meanwhile, and keeps the identity of its rows', async () => {
    let halfway = 0;
    const steps = fc.array(step, { minLength: 10, maxLength: 30, size: 'max' });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...QUERIES), steps, fc.constantFrom(2, 100), async (query, taken, atOnce) => {
        const turned = await turnedTab(4, atOnce);
        const run = new Run(turned, query);
        for (const one of taken) {
          run.take(one);
          await closed();
          run.check();
        }
        while (turned.filling.length > 0) turned.turn(1);
        run.check();
        halfway += run.halfway;
        await turned.tab.runtime.close();
      }),
      { numRuns: 50 },
    );
    expect(halfway).toBeGreaterThan(50);
  });
});
