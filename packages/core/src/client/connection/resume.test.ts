import { describe, expect, it } from 'vitest';

import type { ClientMessage, ServerMessage } from '../../protocol/index.js';
import type { Query } from '../../query/index.js';
import {
  createFakeWorld,
  creates,
  patches,
  REMOVES,
  whereEquals,
  WHOLE,
  type FakeWorld,
} from '../testing/fake-world.js';
import type { FakeTab } from '../testing/fake-tab.js';

const LIMITED: Query = { ...WHOLE, limit: 40 };

/** What the client said of subscriptions on the latest connection. */
const said = ({ transport }: FakeWorld): readonly ClientMessage[] =>
  transport.last().received.filter(({ type }) => type === 'subscribe' || type === 'turn');

const keysOf = (tab: FakeTab): string[] => [...tab.rows('todos').keys()].sort();

/** A world with a tab that has 60 rows of a query, and has lost its connection. */
async function away(query: Query, resumes: 'all' | 'exchange' | 'diffs') {
  const world = createFakeWorld();
  world.server.resumes = resumes;
  const tab = await world.open();
  const key = tab.subscribe('todos', query);
  for (let i = 0; i < 60; i += 1) world.writeElsewhere('todos', `k${i}`, creates({ done: false, i }));
  await world.time.settle();
  world.transport.cut();
  await world.time.settle();
  expect(tab.members(key)).toBeNull();
  return {
    ...world,
    world,
    tab,
    key,
    async back(): Promise<void> {
      world.transport.restore();
      await world.time.advance(2_000);
    },
  };
}

describe('resuming a subscription', () => {
  it('SY-2: nothing has changed: the digest goes up, `same` comes down, and the rows are the members again', async () => {
    const { world, tab, key, back } = await away(WHOLE, 'exchange');
    const before = tab.rows('todos');
    const seen = tab.events.length;
    await back();
    expect(tab.members(key)?.size).toBe(60);
    expect(tab.rows('todos')).toEqual(before);
    expect(tab.events.slice(seen).some(({ type }) => type === 'changes')).toBe(false);
    expect(said(world)).toEqual([
      { type: 'subscribe', sub: expect.any(Number), map: 'todos', have: [60, expect.stringMatching(/^.{11}$/)] },
    ]);
    expect(tab.sync.connectionState()).toBe('live');
    // And pushes go on from there.
    world.writeElsewhere('todos', 'next', creates({ done: false }));
    await world.time.settle();
    expect(tab.members(key)?.has('next')).toBe(true);
  });

  it.each(['diffs', 'exchange', 'all'] as const)(
    'SY-2: rows changed, created and deleted while away, on both sides, by %s',
    async (resumes) => {
      const { server, world, tab, key, back, writeElsewhere } = await away(WHOLE, resumes);
      writeElsewhere('todos', 'k1', patches({ i: -1 }));
      writeElsewhere('todos', 'k2', REMOVES);
      writeElsewhere('todos', 'k3', REMOVES);
      writeElsewhere('todos', 'k3', { ...creates({ again: true }), restart: true } as never);
      writeElsewhere('todos', 'new', creates({ done: true }));
      server.forget('todos', 'k4');
      await tab.write('todos', 'k1', patches({ mine: 1 }));
      await tab.write('todos', 'k5', patches({ mine: 5 }));
      await tab.write('todos', 'own', creates({ mine: 0 }));
      await back();
      expect(tab.pending()).toEqual([]);
      const expected = [...server.rows('todos').keys()].sort();
      expect(keysOf(tab)).toEqual(expected);
      expect([...tab.members(key)!].sort()).toEqual(expected);
      expect(tab.rows('todos')).toEqual(server.rows('todos'));
      expect(tab.rows('todos').get('k1')).toEqual({ done: false, i: -1, mine: 1 });
      expect(tab.rows('todos').get('k3')).toEqual({ again: true });
      const stored = await tab.storage.loadMap('todos');
      expect(stored.ok && [...stored.value.keys()].sort()).toEqual(expected);
      expect(tab.sync.connectionState()).toBe('live');
      expect(said(world).some(({ type }) => type === 'turn')).toBe(resumes === 'exchange');
    },
  );

  it.each([
    ['a filter', whereEquals('done', false)],
    ['a window', LIMITED],
  ])('SY-2: a subscription with %s resumes too', async (_, query) => {
    const { world, server, tab, key, back, writeElsewhere } = await away(query, 'exchange');
    await back();
    expect(tab.members(key)?.size).toBe(query === LIMITED ? 50 : 60);
    expect(said(world).map(({ type }) => type)).toEqual(['subscribe']);
    world.transport.cut();
    await world.time.settle();
    writeElsewhere('todos', 'k1', patches({ done: true }));
    writeElsewhere('todos', 'k10', REMOVES);
    writeElsewhere('todos', 'k0', patches({ i: 7 }));
    await back();
    expect(tab.members(key)?.has('k1')).toBe(query === LIMITED);
    expect(tab.members(key)?.has('k10')).toBe(false);
    expect(tab.members(key)?.size).toBe(query === LIMITED ? 50 : 58);
    expect(tab.rows('todos').get('k0')).toEqual({ done: false, i: 7 });
    expect(tab.rows('todos').has('k10')).toBe(false);
    server.dropConnections();
    await back();
    expect(said(world).map(({ type }) => type)).toEqual(['subscribe']);
  });

  it('SY-2: after a reload the stored rows are offered; those of other queries do no harm', async () => {
    const { world, tab, writeElsewhere } = await away(whereEquals('done', false), 'exchange');
    await tab.close();
    writeElsewhere('todos', 'k7', patches({ done: true }));
    world.transport.restore();
    const again = await world.open();
    const keys = [WHOLE, LIMITED, whereEquals('done', false), whereEquals('done', true)].map((query) =>
      again.subscribe('todos', query),
    );
    await world.time.advance(1_000);
    const sizes = keys.map((key) => again.members(key)?.size);
    expect(sizes).toEqual([60, 50, 59, 1]);
    const offered = said(world).map((message) => message.type === 'subscribe' && message.have?.[0]);
    expect(offered.filter((count) => count !== false)).toEqual([60, 50, 60, undefined]);
    expect(again.rows('todos')).toEqual(world.server.rows('todos'));
  });

  it('SY-2: another lineage: the rows are compared as ever, and the acks of the other ledger hold nothing up', async () => {
    const { server, tab, key, back } = await away(WHOLE, 'exchange');
    server.lineage = 'restored';
    server.forget('todos', 'k1');
    await back();
    expect(tab.members(key)?.size).toBe(59);
    expect(keysOf(tab)).toEqual([...server.rows('todos').keys()].sort());
  });

  it('SY-2: what is pushed during an exchange counts, and overtakes what was found before', async () => {
    const { world, server, tab, key, transport, writeElsewhere } = await away(WHOLE, 'exchange');
    writeElsewhere('todos', 'k1', patches({ i: -1 }));
    server.forget('todos', 'k2');
    server.forget('todos', 'k3');
    // Each message of the server during the exchange is followed by a push.
    let pushed = 0;
    transport.onSent((message) => {
      if (message.type !== 'level') return;
      pushed += 1;
      writeElsewhere('todos', 'k2', creates({ back: pushed }));
      writeElsewhere('todos', 'k9', REMOVES);
      writeElsewhere('todos', `during${pushed}`, creates({ pushed }));
    });
    transport.restore();
    await world.time.advance(2_000);
    expect(pushed).toBeGreaterThan(0);
    expect(tab.rows('todos')).toEqual(server.rows('todos'));
    expect([...tab.members(key)!].sort()).toEqual([...server.rows('todos').keys()].sort());
    expect(tab.rows('todos').has('k3')).toBe(false);
  });

  it('SY-1, SY-2: a push lost during an exchange is noticed, and it begins anew', async () => {
    const { world, server, tab, key, transport, writeElsewhere } = await away(WHOLE, 'exchange');
    writeElsewhere('todos', 'k1', patches({ i: -1 }));
    let isLost = false;
    transport.onSent((message) => {
      if (message.type !== 'level' || isLost) return;
      isLost = true;
      server.loseNextPush();
      writeElsewhere('todos', 'lost', creates({ i: 1 }));
    });
    transport.restore();
    await world.time.advance(2_000);
    expect(said(world).filter(({ type }) => type === 'subscribe').length).toBe(2);
    expect(tab.members(key)?.has('lost')).toBe(true);
    expect(tab.rows('todos')).toEqual(server.rows('todos'));
  });

  it('SY-1, SY-2: after a gap the digest is told once more, and only what was missed comes', async () => {
    const { world, server, tab, key, back, writeElsewhere } = await away(WHOLE, 'diffs');
    await back();
    server.loseNextPush();
    writeElsewhere('todos', 'lost', creates({ i: 1 }));
    writeElsewhere('todos', 'next', creates({ i: 1 }));
    await world.time.settle();
    const subscribes = said(world).filter(({ type }) => type === 'subscribe');
    expect(subscribes.length).toBe(2);
    expect(tab.rows('todos')).toEqual(server.rows('todos'));
    expect(tab.members(key)?.size).toBe(62);
  });

  it.each<[string, (message: { nodes?: string }) => object]>([
    ['nonsense', (message) => ({ ...message, nodes: '!!' })],
    ['subtrees nobody asked for', (message) => ({ ...message, nodes: 'AwoKAAA' })],
  ])('SY-2: a server that answers an exchange with %s is asked for all rows', async (_, forge) => {
    const { world, server, tab, key, transport, writeElsewhere, back } = await away(WHOLE, 'exchange');
    writeElsewhere('todos', 'k1', patches({ i: -1 }));
    transport.tamper((message) => (message.type === 'level' ? (forge(message) as typeof message) : message));
    await back();
    const subscribes = said(world).filter((message) => message.type === 'subscribe');
    expect(subscribes.map(({ have }) => have !== undefined)).toEqual([true, false]);
    expect(tab.members(key)?.size).toBe(60);
    expect(tab.rows('todos')).toEqual(server.rows('todos'));
  });

  it('SY-2: a server that goes by rows it was not told of is not believed', async () => {
    const { world, tab, transport, back } = await away(WHOLE, 'all');
    transport.tamper((message) => (message.type === 'rows' ? { type: 'same', sub: message.sub } : message));
    const other = tab.subscribe('notes', WHOLE);
    await back();
    expect(tab.members(other)).toBeNull();
    expect(tab.events.some((event) => event.type === 'subscription-failed' && event.sub === other)).toBe(true);
    expect(world.server.rows('notes').size).toBe(0);
  });

  it('SY-2: what cannot be read from storage is not offered', async () => {
    const { world, tab, transport } = await away(WHOLE, 'exchange');
    await tab.close();
    transport.restore();
    const blind = await world.open({
      wrapStorage: (storage) => ({
        ...storage,
        identity: storage.identity,
        loadMap: () => Promise.resolve({ ok: false, error: { code: 'failed', message: 'no' } }),
        loadOutbox: () => storage.loadOutbox(),
        commit: (commit) => storage.commit(commit),
        compact: () => storage.compact(),
      }),
    });
    const key = blind.subscribe('todos', WHOLE);
    await world.time.advance(1_000);
    expect(blind.members(key)?.size).toBe(60);
    expect(said(world)).toEqual([{ type: 'subscribe', sub: expect.any(Number), map: 'todos' }]);
  });
});

describe('resuming a subscription of related rows', () => {
  const FEW_LISTS: Query = { ...WHOLE, sort: [[['n'], 'asc']], limit: 4 };
  const RELATED: Query = { ...WHOLE, within: { map: 'lists', query: FEW_LISTS, on: [['_key'], ['list']] } };
  const FIRST_RELATED: Query = { ...RELATED, sort: [[['i'], 'asc']], limit: 3 };

  /** A tab that has the rows of a query with a relation, and has lost its connection. Of the last two lists it has nothing. */
  async function awayWith(related: Query, resumes: 'exchange' | 'diffs') {
    const world = createFakeWorld();
    world.server.resumes = resumes;
    for (let n = 0; n < 7; n += 1) world.writeElsewhere('lists', `l${n}`, creates({ n }));
    for (let i = 0; i < 70; i += 1) world.writeElsewhere('todos', `k${i}`, creates({ i, list: `l${i % 7}` }));
    const tab = await world.open();
    const key = tab.subscribe('todos', related);
    const parents = tab.subscribe('lists', FEW_LISTS);
    await world.time.settle();
    world.transport.cut();
    await world.time.settle();
    const back = async (): Promise<void> => {
      world.transport.restore();
      await world.time.advance(2_000);
    };
    return { ...world, world, tab, key, parents, back };
  }

  it.each([
    ['all', RELATED, 50],
    ['the first', FIRST_RELATED, 20],
  ])(
    'SY-2, SY-3, QU-45: %s: nothing has changed: the digests go up, and `same` comes down',
    async (_, related, count) => {
      const { world, tab, key, parents, transport, back } = await awayWith(related, 'exchange');
      const answers: ServerMessage[] = [];
      transport.onSent((message) => void (message.type !== 'welcome' && answers.push(message)));
      await back();
      expect([tab.members(parents)?.size, tab.members(key)?.size]).toEqual([5, count]);
      const asked = said(world);
      expect(asked.map(({ type }) => type)).toEqual(['subscribe', 'subscribe']);
      expect(answers.map(({ type }) => type)).toEqual(['same', 'same']);
    },
  );

  it.each([
    [RELATED, 'diffs'],
    [RELATED, 'exchange'],
    [FIRST_RELATED, 'diffs'],
    [FIRST_RELATED, 'exchange'],
  ] as const)('SY-2, QU-45: parents and related rows changed while away (%#)', async (related, resumes) => {
    const { world, server, tab, key, back, writeElsewhere } = await awayWith(related, resumes);
    // Two lists go and one that was behind comes; a row goes to another list, some change, come and go.
    writeElsewhere('lists', 'l0', REMOVES);
    writeElsewhere('lists', 'l1', patches({ n: 9 }));
    writeElsewhere('todos', 'k2', patches({ list: 'l6' }));
    writeElsewhere('todos', 'k9', patches({ i: -1 }));
    writeElsewhere('todos', 'k16', REMOVES);
    writeElsewhere('todos', 'new', creates({ i: -2, list: 'l3' }));
    const expected = [...server.answer('todos', related)].sort();
    const answers: string[] = [];
    world.transport.onSent(({ type }) => void answers.push(type));
    await back();
    expect([...tab.members(key)!].sort()).toEqual(expected);
    for (const name of expected) expect(tab.rows('todos').get(name), name).toEqual(server.rows('todos').get(name));
    expect(said(world).filter((message) => message.type === 'subscribe' && message.have !== undefined).length).toBe(2);
    expect(tab.sync.connectionState()).toBe('live');
    // What was resumed is the same next time: nothing remains of what is gone.
    answers.length = 0;
    world.transport.cut();
    await world.time.settle();
    await back();
    expect(answers).toEqual(['welcome', 'same', 'same']);
    expect(tab.rows('todos').has('k16')).toBe(false);
    // But what has only lost its parent is kept.
    expect(tab.rows('todos').has('k7')).toBe(true);
    expect([...tab.members(key)!].sort()).toEqual(expected);
  });
});
