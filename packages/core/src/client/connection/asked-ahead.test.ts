import { describe, expect, it } from 'vitest';

import { MAX_HELLO_SUBS, type ClientMessage, type HelloSub } from '../../protocol/index.js';
import { fakeHash } from '../testing/fake-hash.js';
import { createFakeWorld, creates, patches, REMOVES, whereEquals, WHOLE } from '../testing/fake-world.js';
import { createVirtualTime } from '../testing/virtual-time.js';
import { AskedAhead, HELLO_SUBS_CHARS } from './asked-ahead.js';
import { newSubscription, type HubSubscription } from './hub-subscription.js';
import { createWireSubscription } from './subscription.js';
import { createSubscriptionHub, LINGER_MS } from './subscription-hub.js';

const asked = (number: number): HubSubscription => {
  const subscription = newSubscription({ key: `s${number}`, asks: { map: 'm', query: WHOLE }, map: 'm', query: WHOLE });
  subscription.wire = createWireSubscription(number);
  return subscription;
};

describe('PT-10: what is in a hello', () => {
  it('is no more than it may be, by number and by size', () => {
    const few = new AskedAhead();
    const taken = Array.from({ length: 100 }, (_, sub) => few.add(asked(sub), { sub, map: 'm' })).filter(Boolean);
    expect(taken.length).toBe(MAX_HELLO_SUBS);
    const short = new AskedAhead();
    const words = (sub: number, chars: number): HelloSub => ({ sub, map: 'm'.repeat(chars) });
    expect(short.add(asked(1), words(1, HELLO_SUBS_CHARS))).toBe(false);
    expect(short.add(asked(2), words(2, HELLO_SUBS_CHARS - 100))).toBe(true);
    expect(short.add(asked(3), words(3, 100))).toBe(false);
    // What fits still fits, and all of it once it is settled.
    expect(short.add(asked(4), words(4, 10))).toBe(true);
    short.settle(true);
    expect(short.add(asked(5), words(5, HELLO_SUBS_CHARS - 100))).toBe(true);
  });

  it('is over where nobody goes by its number any more, or it is not kept; each is settled once', () => {
    const ahead = new AskedAhead();
    const [kept, again, gone] = [asked(1), asked(2), asked(3)];
    const addAll = (): void => {
      for (const [at, each] of [kept, again, gone].entries()) ahead.add(each, { sub: at + 1, map: 'm' });
    };
    addAll();
    again.wire = createWireSubscription(9);
    gone.wire = null;
    expect(ahead.settle(true).map(([number]) => number)).toEqual([2, 3]);
    expect(ahead.settle(false)).toEqual([]);
    addAll();
    expect(ahead.settle(false)).toEqual([
      [1, kept],
      [2, again],
      [3, gone],
    ]);
  });
});

/** A hub that has two subscriptions, and the hello of which has been sent. */
async function greeted() {
  const time = createVirtualTime();
  const { clock, timers } = time.device();
  const sent: ClientMessage[] = [];
  let isConnected = false;
  const hub = createSubscriptionHub({
    environment: { clock, timers, log: (_level, message) => expect(message).toBe('') },
    local: {
      base: () => Promise.resolve(new Map()),
      isInMemory: () => true,
      baseRevision: () => 0,
      pendingOps: () => [],
      afterViews: () => expect.unreachable(),
    },
    storage: {
      loadMap: () => Promise.resolve({ ok: true, value: new Map() }),
      storedMaps: () => Promise.resolve({ ok: true, value: [] }),
    },
    hash: fakeHash,
    send: (message) => isConnected && sent.push(message),
    publish: () => {},
  });
  hub.open('tab', 'a', 'a', WHOLE);
  hub.open('tab', 'b', 'b', WHOLE);
  await time.settle();
  const { subs = [] } = hub.greet();
  return {
    time,
    hub,
    subs,
    sent,
    /** The welcome comes. */
    async welcome({ isTaken = true, isSame = true, isEarly = false } = {}) {
      isConnected = true;
      hub.welcomed(isTaken);
      if (isEarly) hub.askLater();
      hub.connected(isSame, 1);
      await time.settle();
    },
  };
}

const SUBSCRIBES = [
  { type: 'subscribe', sub: 3, map: 'a' },
  { type: 'subscribe', sub: 4, map: 'b' },
];
const UNSUBSCRIBES = [1, 2].map((sub) => ({ type: 'unsubscribe', sub }));

describe('PT-10: when the welcome comes', () => {
  it('nothing more is said of what it took, and the answers are taken', async () => {
    const { hub, subs, sent, welcome } = await greeted();
    expect(subs).toEqual([
      { sub: 1, map: 'a' },
      { sub: 2, map: 'b' },
    ]);
    await welcome();
    expect(sent).toEqual([]);
    expect(hub.isCaughtUp()).toBe(false);
    for (const sub of [1, 2]) hub.rows({ type: 'rows', sub, n: 0, through: 1, changes: [], done: true, full: false });
    expect(hub.isCaughtUp()).toBe(true);
  });

  it.each([
    ['of a server that passes it over', { isTaken: false }, SUBSCRIBES],
    ['of another ledger', { isSame: false }, [...UNSUBSCRIBES, ...SUBSCRIBES]],
    ['and something else has to come first', { isEarly: true }, [...UNSUBSCRIBES, ...SUBSCRIBES]],
  ])('all is asked for as if it had not been: %s', async (_what, how, said) => {
    const { hub, sent, welcome } = await greeted();
    await welcome(how);
    expect(sent).toEqual(said);
    // Late answers to the first asking say nothing.
    for (const sub of [1, 2]) hub.rows({ type: 'rows', sub, n: 0, through: 1, changes: [], done: true, full: false });
    expect(hub.isCaughtUp()).toBe(false);
    for (const sub of [3, 4]) hub.rows({ type: 'rows', sub, n: 0, through: 1, changes: [], done: true, full: false });
    expect(hub.isCaughtUp()).toBe(true);
  });

  it('the server is told what nobody wants any more, and asked for what came meanwhile', async () => {
    const { time, hub, sent, welcome } = await greeted();
    hub.close('tab', 'a');
    await time.advance(LINGER_MS);
    hub.open('tab', 'c', 'c', WHOLE);
    await time.settle();
    await welcome();
    expect(sent).toEqual([
      { type: 'unsubscribe', sub: 1 },
      { type: 'subscribe', sub: 3, map: 'c' },
    ]);
  });

  it('what was asked for anew meanwhile is asked for once', async () => {
    const { time, hub, sent, welcome } = await greeted();
    hub.recheck('b');
    hub.close('tab', 'a');
    await time.advance(LINGER_MS);
    hub.open('tab', 'a', 'a', WHOLE);
    await time.settle();
    await welcome();
    expect(sent).toEqual([
      { type: 'unsubscribe', sub: 1 },
      { type: 'unsubscribe', sub: 2 },
      { type: 'subscribe', sub: 3, map: 'b' },
      { type: 'subscribe', sub: 4, map: 'a' },
    ]);
  });

  it('an attempt that came to nothing leaves nothing: the next hello has numbers of its own', async () => {
    const { hub, sent, welcome } = await greeted();
    expect(hub.greet().subs?.map(({ sub }) => sub)).toEqual([3, 4]);
    await welcome();
    expect(sent).toEqual([]);
    hub.rows({ type: 'rows', sub: 1, n: 0, through: 1, changes: [], done: true, full: false });
    expect(hub.isCaughtUp()).toBe(false);
    for (const sub of [3, 4]) hub.rows({ type: 'rows', sub, n: 0, through: 1, changes: [], done: true, full: false });
    expect(hub.isCaughtUp()).toBe(true);
  });
});

/** A world with a tab that has 60 rows of two queries, and has lost its connection. */
async function away(takesSubs: boolean, resumes: 'all' | 'exchange' | 'diffs') {
  const world = createFakeWorld();
  const { server, transport, time } = world;
  server.takesSubs = takesSubs;
  server.resumes = resumes;
  const tab = await world.open();
  const keys = [tab.subscribe('todos', WHOLE), tab.subscribe('todos', whereEquals('done', false))];
  for (let i = 0; i < 60; i += 1) world.writeElsewhere('todos', `k${i}`, creates({ done: i % 2 === 0, i }));
  await time.settle();
  transport.cut();
  await time.settle();
  const back = async (): Promise<void> => {
    transport.restore();
    await time.advance(2_000);
  };
  /** What the client has sent after its hello. */
  const sent = (): readonly string[] => {
    const { received, hello } = transport.last();
    return received.slice(takesSubs ? (hello.subs?.length ?? 0) : 0).map(({ type }) => type);
  };
  return { ...world, tab, keys, back, sent };
}

describe.each([true, false])(
  'PT-10, SY-2: a client that comes back to a server that takes what it says: %s',
  (takes) => {
    it('asks in its hello, and again only where it was not heard', async () => {
      const { tab, keys, transport, back, sent } = await away(takes, 'exchange');
      await back();
      expect(transport.last().hello.subs).toMatchObject([
        { map: 'todos', have: [60, expect.any(String)] },
        { map: 'todos', have: [30, expect.any(String)] },
      ]);
      expect(sent()).toEqual(takes ? [] : ['subscribe', 'subscribe']);
      expect(keys.map((key) => tab.members(key)?.size)).toEqual([60, 30]);
      expect(tab.sync.connectionState()).toBe('live');
    });

    it.each(['all', 'exchange', 'diffs'] as const)(
      'comes to the same rows, by %s, and sends what it wrote',
      async (how) => {
        const { server, tab, keys, writeElsewhere, back, time } = await away(takes, how);
        writeElsewhere('todos', 'k1', patches({ i: -1 }));
        writeElsewhere('todos', 'k2', REMOVES);
        writeElsewhere('todos', 'new', creates({ done: false }));
        server.forget('todos', 'k4');
        await tab.write('todos', 'k1', patches({ mine: 1 }));
        await tab.write('todos', 'own', creates({ done: false }));
        await back();
        expect(tab.pending()).toEqual([]);
        expect(tab.rows('todos')).toEqual(server.rows('todos'));
        expect([...tab.members(keys[0]!)!].toSorted()).toEqual([...server.answer('todos', WHOLE)].toSorted());
        expect(tab.sync.connectionState()).toBe('live');
        writeElsewhere('todos', 'later', creates({ done: false }));
        await time.settle();
        expect(keys.map((key) => tab.members(key)?.has('later'))).toEqual([true, true]);
      },
    );

    it('comes to the same rows after hellos that were refused, and others that it took back itself', async () => {
      const { server, tab, keys, writeElsewhere, back, time } = await away(takes, 'exchange');
      writeElsewhere('todos', 'new', creates({ done: false }));
      server.refuseHello('overloaded');
      await back();
      server.refuseHello(null);
      for (let i = 0; i < 5; i += 1) {
        tab.sync.disconnect();
        tab.sync.connect();
      }
      await time.advance(5_000);
      expect(keys.map((key) => tab.members(key)?.size)).toEqual([61, 31]);
      expect(tab.sync.connectionState()).toBe('live');
      expect(server.openConnections()).toBe(1);
    });

    it('CR-11: has no row sent to it before it has stamped anew what its clock was wrong for', async () => {
      const world = createFakeWorld();
      const { server, transport, time } = world;
      server.takesSubs = takes;
      // At once.
      server.resumes = 'diffs';
      const device = time.device();
      const tab = await world.open({ device });
      tab.subscribe('todos', WHOLE);
      world.writeElsewhere('todos', 'a', creates({ n: 1 }));
      await time.settle();
      transport.cut();
      await time.settle();
      device.setSkew(3_600_000);
      await tab.write('todos', 'a', patches({ n: 2 }));
      await time.advance(1_000);
      world.writeElsewhere('todos', 'a', patches({ n: 3 }));
      await time.advance(1_000);
      transport.restore();
      await time.advance(30_000);
      expect(tab.pending()).toEqual([]);
      // Written after what it saw, and before what it had not seen.
      expect([tab.rows('todos'), server.rows('todos')]).toEqual([
        new Map([['a', { n: 3 }]]),
        new Map([['a', { n: 3 }]]),
      ]);
    });
  },
);

it('PT-10: what does not fit into a hello is asked for after the welcome', async () => {
  const { tab, transport, back, sent } = await away(true, 'exchange');
  const keys = Array.from({ length: 80 }, (_, i) => tab.subscribe('todos', whereEquals('i', i)));
  await back();
  expect(transport.last().hello.subs?.length).toBe(MAX_HELLO_SUBS);
  expect(sent()).toEqual(Array.from({ length: 82 - MAX_HELLO_SUBS }, () => 'subscribe'));
  expect(keys.map((key) => tab.members(key)?.size)).toEqual(keys.map((_, i) => (i < 60 ? 1 : 0)));
});
