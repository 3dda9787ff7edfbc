import { beforeEach, describe, expect, it } from 'vitest';

import { EMPTY_RECORD, type LwwRecord } from '../../crdt/index.js';
import { WHOLE_MAP, type Query } from '../../query/index.js';
import { SlicedWork } from '../state/sliced-work.js';
import { fakeHash } from '../testing/fake-hash.js';
import { createVirtualTime, type VirtualTime } from '../testing/virtual-time.js';
import type { OfferedRows } from './offered-rows.js';
import { createOffers, type Offers } from './offers.js';

const recordOf = (n: number): LwwRecord => ({
  ...EMPTY_RECORD,
  existence: { stamp: '-------0---a.0' as never, op: 'create' },
  fields: new Map([['n', { stamp: '-------0---a.0' as never, value: n }]]),
});

const OFFERING = { key: 'all', map: 'todos', query: WHOLE_MAP };

let base: Map<string, LwwRecord>;
let revision: number;
/** How often somebody went through the records. */
let walks: number;
let time: VirtualTime;
let work: SlicedWork;
let logged: string[];
let offers: Offers;

beforeEach(() => {
  base = new Map(Array.from({ length: 100 }, (_, n) => [`k${n}`, recordOf(n)]));
  revision = 0;
  walks = 0;
  const entries = base[Symbol.iterator].bind(base);
  base[Symbol.iterator] = () => {
    walks += 1;
    return entries();
  };
  time = createVirtualTime();
  work = new SlicedWork(time);
  logged = [];
  offers = createOffers({
    hash: fakeHash,
    local: {
      base: async () => base,
      isInMemory: () => true,
      baseRevision: () => revision,
      pendingOps: () => [],
      afterViews: work.beginSoon,
    },
    environment: { log: (_level, message) => void logged.push(message) },
  });
});

function change(apply: () => void): void {
  revision += 1;
  apply();
}

async function made(): Promise<OfferedRows> {
  let rows: OfferedRows | null = null;
  offers.make(OFFERING, (ready) => (rows = ready));
  await time.settle();
  if (rows === null) throw new Error('not made at once');
  return rows;
}

describe('PT-10: the rows that a hello offers', () => {
  it('are there at once when they were made, as long as the base is what it was', async () => {
    expect(offers.ready(OFFERING)).toBeUndefined();
    offers.prepare(OFFERING);
    expect(offers.ready(OFFERING)).toBeUndefined();
    await time.settle();
    expect(offers.ready(OFFERING)?.keys.size).toBe(100);
    change(() => base.set('new', recordOf(7)));
    expect(offers.ready(OFFERING)).toBeUndefined();
    await made();
    expect(offers.ready(OFFERING)?.keys.size).toBe(101);
    offers.forget(OFFERING.key);
    expect(offers.ready(OFFERING)).toBeUndefined();
  });

  it('are none of a search, which is known at once', () => {
    const search = { text: 'a' } as NonNullable<Query['search']>;
    expect(offers.ready({ ...OFFERING, query: { ...WHOLE_MAP, search } })).toBeNull();
  });
});

describe('the rows a device offers', () => {
  it('SY-2: are not gone through again as long as nothing else was confirmed', async () => {
    offers.prepare(OFFERING);
    await time.settle();
    expect(walks).toBe(1);
    expect((await made()).trie.size).toBe(100);
    expect(walks).toBe(1);
  });

  it('SY-2: are those of the moment they are asked for, whatever was confirmed since', async () => {
    offers.prepare(OFFERING);
    await time.settle();
    change(() => base.set('new', recordOf(100)));
    expect([...(await made()).keys]).toContain('new');
    change(() => base.delete('k1'));
    expect([...(await made()).keys]).not.toContain('k1');
    change(() => base.set('k2', recordOf(-2)));
    const digest = (await made()).trie.digest();
    change(() => base.set('k2', recordOf(2)));
    expect((await made()).trie.digest()).not.toEqual(digest);
  });

  it('SY-2: what is confirmed while they are hashed in turns is among them', async () => {
    for (let n = 100; n < 5_000; n += 1) base.set(`k${n}`, recordOf(n));
    let rows: OfferedRows | null = null;
    offers.make(OFFERING, (ready) => (rows = ready));
    await time.settle();
    expect(rows).toBeNull();
    change(() => base.delete('k0'));
    await time.advance(1_000);
    expect(rows).not.toBeNull();
    expect([...rows!.keys]).not.toContain('k0');
    expect(rows!.trie.size).toBe(4_999);
  });

  it('SY-2: are hashed after the views that the app waits for, but for one turn', async () => {
    for (let n = 100; n < 5_000; n += 1) base.set(`k${n}`, recordOf(n));
    const order: string[] = [];
    offers.make(OFFERING, () => order.push('hashed'));
    await time.settle();
    work.beginUrgent(
      (function* view(): Generator<void> {
        for (let i = 0; i < 20; i += 1) yield void time.clock.now();
        order.push('view');
      })(),
    );
    await time.advance(1_000);
    expect(order).toEqual(['view', 'hashed']);
  });

  it('SY-2: are `null` when they cannot be read, and the failure is logged', async () => {
    for (let n = 100; n < 5_000; n += 1) base.set(`k${n}`, recordOf(n));
    base.set('k4999', null as never);
    const answers: (OfferedRows | null)[] = [];
    offers.make(OFFERING, (ready) => answers.push(ready));
    await time.advance(1_000);
    expect(answers).toEqual([null]);
    expect(logged).toEqual(['hashing the rows of a subscription failed']);
  });

  it('SY-2, QU-45: of related rows are those of the moment, whatever was confirmed of their parents since', async () => {
    const lists = new Map([['l', recordOf(1)]]);
    const revisions = { lists: 0, todos: 0 };
    const parents = { ...WHOLE_MAP, limit: 10 };
    const query: Query = { ...WHOLE_MAP, within: { map: 'lists', query: parents, on: [['n'], ['n']] } };
    const related = createOffers({
      hash: fakeHash,
      local: {
        base: async (map) => (map === 'lists' ? lists : base),
        isInMemory: () => true,
        baseRevision: (map) => revisions[map as 'lists' | 'todos'],
        pendingOps: () => [],
        afterViews: work.beginSoon,
      },
      environment: { log: () => {} },
    });
    const offered = async (): Promise<string[]> => {
      let rows: OfferedRows | null = null;
      related.make({ key: 'related', map: 'todos', query }, (ready) => (rows = ready));
      await time.settle();
      return [...(rows as OfferedRows | null)!.keys].sort();
    };
    expect(await offered()).toEqual(['k1']);
    lists.set('m', recordOf(7));
    revisions.lists += 1;
    expect(await offered()).toEqual(['k1', 'k7']);
    base.delete('k1');
    revisions.todos += 1;
    expect(await offered()).toEqual(['k7']);
  });
});
