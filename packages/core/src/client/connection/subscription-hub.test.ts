import { describe, expect, it } from 'vitest';

import { materialize } from '../../crdt/index.js';
import { createFakeWorld, creates, patches, REMOVES, whereEquals, WHOLE } from '../testing/fake-world.js';
import { subscriptionKey } from '../tabs/subscription-key.js';
import { LINGER_MS } from './subscription-hub.js';

const OPEN = whereEquals('done', false);
const DONE = whereEquals('done', true);

describe('subscriptions', () => {
  it('SY-1: the first answer settles, pushes keep it current, and base and members move in one step', async () => {
    const { time, open, writeElsewhere } = createFakeWorld();
    writeElsewhere('todos', 'a', creates({ done: false }));
    writeElsewhere('todos', 'b', creates({ done: true }));
    const tab = await open();
    const key = tab.subscribe('todos', OPEN);
    expect(tab.members(key)).toBeNull();
    await time.settle();
    expect(tab.members(key)).toEqual(new Set(['a']));

    const seen = tab.events.length;
    writeElsewhere('todos', 'b', patches({ done: false }));
    writeElsewhere('todos', 'a', patches({ done: true }));
    writeElsewhere('todos', 'b', REMOVES);
    await time.settle();
    expect(tab.members(key)).toEqual(new Set());
    const changes = tab.events.slice(seen).filter((event) => event.type === 'changes');
    expect(changes.map(({ subs }) => subs.map(({ entered, left }) => [entered, left]))).toEqual([
      [[['b'], []]],
      [[[], ['a']]],
      [[[], ['b']]],
    ]);
    expect(
      changes.map(({ maps }) => maps.flatMap((part) => part.changes.map(({ type, key: row }) => [type, row]))),
    ).toEqual([
      [
        ['drop', 'b'],
        ['merge', 'b'],
      ],
      [['merge', 'a']],
      [['drop', 'b']],
    ]);
    expect(changes.map(({ through }) => through)).toEqual([3, 4, 5]);
    // SY-4: `out` leaves the new state, `gone` leaves nothing.
    expect(tab.rows('todos')).toEqual(new Map([['a', { done: true }]]));
    const stored = await tab.storage.loadMap('todos');
    expect(stored.ok && [...stored.value.keys()]).toEqual(['a']);
  });

  it('one wire subscription for a query however many tabs and times it is opened', async () => {
    const { time, transport, open } = createFakeWorld();
    const [first, second] = [await open(), await open()];
    first.subscribe('todos', OPEN);
    second.subscribe('todos', OPEN);
    await time.settle();
    const subscribes = (): number => transport.last().received.filter(({ type }) => type === 'subscribe').length;
    expect(subscribes()).toBe(1);
    const key = second.subscribe('todos', DONE);
    await time.settle();
    expect(subscribes()).toBe(2);
    expect(second.members(key)).toEqual(new Set());
  });

  it('SY-6: lingers after the last close, and is served at once when opened again meanwhile', async () => {
    const { time, transport, open, writeElsewhere } = createFakeWorld();
    writeElsewhere('todos', 'a', creates({ done: false }));
    const tab = await open();
    const key = tab.subscribe('todos', OPEN);
    await time.settle();
    tab.unsubscribe(key);
    expect(LINGER_MS).toBe(30_000);
    await time.advance(LINGER_MS - 1);
    tab.subscribe('todos', OPEN);
    // Without a turn of the event loop: the answer is here.
    expect(tab.members(key)).toEqual(new Set(['a']));
    await time.advance(LINGER_MS);
    tab.unsubscribe(key);
    await time.advance(LINGER_MS);
    const said = transport
      .last()
      .received.map(({ type }) => type)
      .filter((type) => type.includes('subscribe'));
    expect(said).toEqual(['subscribe', 'unsubscribe']);
  });

  it('SY-1: a missed push is noticed by its number, and all of the subscription is asked for once more', async () => {
    const { time, server, open, writeElsewhere } = createFakeWorld();
    const tab = await open();
    const key = tab.subscribe('todos', OPEN);
    const other = tab.subscribe('notes', WHOLE);
    await time.settle();
    server.loseNextPush();
    writeElsewhere('todos', 'lost', creates({ done: false }));
    await time.settle();
    expect(tab.members(key)).toEqual(new Set());
    writeElsewhere('todos', 'next', creates({ done: false }));
    await time.settle();
    expect(tab.members(key)).toEqual(new Set(['lost', 'next']));
    expect(tab.events.filter((event) => event.type === 'unsettled').map(({ subs }) => subs)).toContainEqual([key]);
    expect(tab.members(other)).toEqual(new Set());
  });

  it('SY-2, SY-5: a row deleted elsewhere while disconnected is dropped at the first answer', async () => {
    const { time, transport, server, open, writeElsewhere } = createFakeWorld();
    const tab = await open();
    const key = tab.subscribe('todos', WHOLE);
    for (const row of ['kept', 'deleted', 'forgotten']) writeElsewhere('todos', row, creates({ done: false }));
    await time.settle();
    transport.cut();
    await time.settle();
    expect(tab.members(key)).toBeNull();
    writeElsewhere('todos', 'deleted', REMOVES);
    server.forget('todos', 'forgotten');
    transport.restore();
    await time.advance(2_000);
    expect(tab.members(key)).toEqual(new Set(['kept']));
    expect([...tab.rows('todos').keys()]).toEqual(['kept']);
    const stored = await tab.storage.loadMap('todos');
    expect(stored.ok && [...stored.value.keys()]).toEqual(['kept']);
  });

  it('SY-2: a row that moved from one query to another while disconnected is not dropped on the way', async () => {
    const { time, transport, server, open, writeElsewhere } = createFakeWorld();
    const tab = await open();
    tab.subscribe('todos', OPEN);
    tab.subscribe('todos', DONE);
    writeElsewhere('todos', 'a', creates({ done: false }));
    await time.settle();
    transport.cut();
    await time.settle();
    writeElsewhere('todos', 'a', patches({ done: true }));
    server.holdAnswers();
    transport.restore();
    await time.advance(2_000);
    const seen = tab.events.length;
    server.releaseOneAnswer();
    await time.settle();
    expect(tab.members(subscriptionKey('todos', OPEN))).toEqual(new Set());
    expect(tab.members(subscriptionKey('todos', DONE))).toBeNull();
    expect(tab.rows('todos').has('a')).toBe(true);
    server.releaseAnswers();
    await time.settle();
    const drops = tab.events
      .slice(seen)
      .filter((event) => event.type === 'changes')
      // What another record takes the place of in the same step is not gone for a moment.
      .flatMap(({ maps }) => maps.flatMap(({ changes }) => changes.slice(-1).filter(({ type }) => type === 'drop')));
    expect(drops).toEqual([]);
    expect(tab.rows('todos').get('a')).toEqual({ done: true });
  });

  it('SY-5: pending edits survive what the first answer drops; a row outside a full window is not judged', async () => {
    const { time, transport, server, open, writeElsewhere } = createFakeWorld();
    const limited = { where: { type: 'and' as const, of: [] }, sort: [], limit: 4 };
    const tab = await open();
    tab.subscribe('todos', WHOLE);
    for (let i = 0; i < 9; i += 1) writeElsewhere('todos', `k${i}`, creates({ i }));
    await time.settle();
    await tab.close();
    const again = await open();
    server.forget('todos', 'k1');
    transport.cut();
    await again.write('todos', 'mine', creates({ i: 0 }));
    server.holdDecisions();
    transport.restore();
    const key = again.subscribe('todos', limited);
    await time.advance(2_000);
    // The window is k0, k2 … k5: k1 would be in it, k6 to k8 the server has not spoken of.
    expect(again.members(key)).toEqual(new Set(['k0', 'k2', 'k3', 'k4', 'k5']));
    expect([...again.rows('todos').keys()].sort()).toEqual(['k0', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8', 'mine']);
  });

  it('SY-5: an acked op that the first answer does not show yet is not dropped by it', async () => {
    const { time, server, open } = createFakeWorld();
    const tab = await open();
    server.holdAnswers();
    const key = tab.subscribe('todos', WHOLE);
    await time.settle();
    await tab.write('todos', 'mine', creates({ done: false }));
    await time.settle();
    expect(tab.pending()).toEqual([]);
    server.releaseAnswers();
    await time.settle();
    expect(tab.rows('todos').has('mine')).toBe(true);
    expect(tab.members(key)).toEqual(new Set(['mine']));
  });

  it('SY-5: an acked op that a removal had superseded leaves nothing behind when its commit is pushed', async () => {
    const { time, server, open, writeElsewhere } = createFakeWorld();
    const tab = await open();
    const key = tab.subscribe('todos', WHOLE);
    await time.settle();
    server.holdDecisions();
    await tab.write('todos', 'mine', creates({ done: false }));
    await time.advance(1_000);
    writeElsewhere('todos', 'mine', creates({ done: true }));
    writeElsewhere('todos', 'mine', REMOVES);
    await time.settle();
    // The removal is forgotten here: the op is all that is known of the row.
    expect([tab.members(key), tab.rows('todos').get('mine')]).toEqual([new Set(), { done: false }]);
    server.releaseDecisions();
    await time.settle();
    expect([tab.pending(), [...tab.rows('todos').keys()]]).toEqual([[], []]);
    const stored = await tab.storage.loadMap('todos');
    expect(stored.ok && [...stored.value.keys()]).toEqual([]);
  });

  it('a refused query is an error of that subscription alone, and is asked again on the next connection', async () => {
    const { time, server, open } = createFakeWorld();
    const tab = await open();
    server.refuseQueries('too-many-rows');
    const key = tab.subscribe('todos', WHOLE);
    await time.settle();
    expect(tab.events).toContainEqual({
      type: 'subscription-failed',
      sub: key,
      code: 'too-many-rows',
      reason: 'no such query',
    });
    expect(tab.sync.connectionState()).toBe('live');
    server.refuseQueries(null);
    tab.sync.forceReconnect();
    await time.settle();
    expect(tab.members(key)).toEqual(new Set());
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('CL-4: a new leader asks for the followers’ subscriptions, and they settle again', async () => {
    const { time, open, writeElsewhere } = createFakeWorld();
    const [leader, follower] = [await open(), await open()];
    const key = follower.subscribe('todos', WHOLE);
    writeElsewhere('todos', 'a', creates({ done: false }));
    await time.settle();
    expect(follower.members(key)).toEqual(new Set(['a']));
    leader.crash();
    writeElsewhere('todos', 'b', creates({ done: false }));
    await time.advance(1_000);
    expect(follower.members(key)).toEqual(new Set(['a', 'b']));
    expect([...follower.rows('todos').keys()]).toEqual(['a', 'b']);
  });

  it('CL-6: `live` waits for the first answers', async () => {
    const { time, server, open } = createFakeWorld();
    const tab = await open();
    tab.subscribe('todos', WHOLE);
    await time.settle();
    server.holdAnswers();
    tab.sync.forceReconnect();
    await time.settle();
    expect(tab.sync.connectionState()).toBe('reconciling');
    server.releaseAnswers();
    await time.settle();
    expect(tab.sync.connectionState()).toBe('live');
  });

  it('CR-10: with no rows to tell the digest of, it says how far that is complete, on this ledger, and nothing where it does not know', async () => {
    const { time, transport, server, open, writeElsewhere } = createFakeWorld();
    const tab = await open();
    tab.subscribe('todos', OPEN);
    await time.settle();
    writeElsewhere('todos', 'a', creates({ done: true }));
    await time.settle();
    const said = () =>
      transport.last().received.flatMap((message) => (message.type === 'subscribe' ? [message.through] : []));
    expect(said()).toEqual([undefined]);
    server.dropConnections();
    await time.advance(2_000);
    expect(said()).toEqual([1]);
    server.dropConnections();
    server.lineage = 'another';
    await time.advance(2_000);
    // PT-10: what the hello had said means nothing here, and is taken back.
    expect(said()).toEqual([1, undefined]);
    server.dropConnections();
    await time.advance(2_000);
    expect(said()).toEqual([1]);
  });

  it('CR-10: away for longer than removals are kept, nothing of the life before survives by merging', async () => {
    const { time, transport, server, open, writeElsewhere } = createFakeWorld();
    const tab = await open();
    const key = tab.subscribe('todos', WHOLE);
    for (const row of ['again', 'gone', 'same']) writeElsewhere('todos', row, creates({ done: false, old: row }));
    await time.settle();
    transport.cut();
    await time.settle();
    // Removed, forgotten, and created again by somebody who knew nothing of it: no floor, no removal.
    server.forget('todos', 'again');
    writeElsewhere('todos', 'again', creates({ done: true }));
    server.forget('todos', 'gone');
    transport.restore();
    await time.advance(2_000);
    expect(tab.members(key)).toEqual(new Set(['again', 'same']));
    const wanted = new Map<string, unknown>([
      ['again', { done: true }],
      ['same', { done: false, old: 'same' }],
    ]);
    expect(tab.rows('todos')).toEqual(wanted);
    const stored = await tab.storage.loadMap('todos');
    expect(stored.ok && new Map([...stored.value].map(([row, record]) => [row, materialize(record)]))).toEqual(wanted);
  });

  it('CR-10: away for less, rows are merged, and what was acked meanwhile is not lost for a moment', async () => {
    const { time, server, open, writeElsewhere } = createFakeWorld();
    const tab = await open();
    tab.subscribe('todos', WHOLE);
    writeElsewhere('todos', 'a', creates({ done: false }));
    server.forget('todos', 'other');
    await time.settle();
    server.dropConnections();
    const seen = tab.events.length;
    await time.advance(2_000);
    const drops = tab.events
      .slice(seen)
      .flatMap((event) => (event.type === 'changes' ? event.maps : []))
      .flatMap(({ changes }) => changes.filter(({ type }) => type === 'drop'));
    expect(drops).toEqual([]);
  });
});

describe('searches', () => {
  it('SE-41: are asked for anew on each connection, without a digest, and nothing is dropped because they do not name it', async () => {
    const { time, transport, open, writeElsewhere } = createFakeWorld();
    for (const [row, text] of Object.entries({ a: 'milk', b: 'bread', c: 'more milk' })) {
      writeElsewhere('todos', row, creates({ text }));
    }
    const tab = await open();
    const whole = tab.subscribe('todos', WHOLE);
    await time.settle();
    tab.unsubscribe(whole);
    await time.advance(LINGER_MS);
    const boosts = [['text', 1]] as const;
    const search = { text: 'milk', fields: ['text'], boosts, prefix: true, fuzzy: 0, combineWith: 'AND' } as const;
    const key = tab.subscribe('todos', { ...WHOLE, limit: 20, search });
    await time.settle();
    expect(tab.members(key)).toEqual(new Set(['a', 'c']));
    transport.cut();
    await time.settle();
    writeElsewhere('todos', 'd', creates({ text: 'milk once more' }));
    transport.restore();
    await time.advance(2_000);
    expect(tab.members(key)).toEqual(new Set(['a', 'c', 'd']));
    const [asked] = transport.last().received.filter(({ type }) => type === 'subscribe');
    expect(asked).toMatchObject({ type: 'subscribe', query: { search } });
    expect(asked).not.toHaveProperty('have');
    expect([...tab.rows('todos').keys()].toSorted()).toEqual(['a', 'b', 'c', 'd']);
    writeElsewhere('todos', 'a', patches({ text: 'bread' }));
    await time.settle();
    expect(tab.members(key)).toEqual(new Set(['c', 'd']));
  });
});
