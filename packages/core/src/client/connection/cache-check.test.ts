import { describe, expect, it } from 'vitest';
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
import {
  CHECK_ANSWER_MS,
  CHECK_DELAY_MS,
  CHECK_INTERVAL_MS,
  CHECK_PAUSE_MS,
  CHECK_REST_MS,
  CHECK_RETRY_MS,
} from './cache-check.js';
import { ROWS_PER_QUESTION } from './rows-to-check.js';
import { LINGER_MS } from './subscription-hub.js';

/** A device that has seen so many todos, and is looking at none of them any more. */
async function seen(count: number): Promise<{ world: FakeWorld; tab: FakeTab }> {
  const world = createFakeWorld();
  for (let n = 0; n < count; n += 1) world.writeElsewhere('todos', `t${n}`, creates({ n, done: false }));
  const tab = await world.open();
  const key = tab.subscribe('todos', WHOLE);
  await world.time.settle();
  tab.unsubscribe(key);
  await world.time.advance(LINGER_MS);
  return { world, tab };
}

async function stored(tab: FakeTab, map: string): Promise<readonly string[]> {
  const loaded = await tab.storage.loadMap(map);
  return loaded.ok ? [...loaded.value.keys()].toSorted() : ['unreadable'];
}

/** What was asked on the latest connection, by map. */
const asked = ({ transport }: FakeWorld): readonly string[] =>
  transport.last().received.flatMap((message) => (message.type === 'subscribe' ? [message.map] : []));

const isSubscribe = ({ type }: { readonly type: string }): boolean => type === 'subscribe';

const keysOf = ({ query }: { readonly query?: unknown }): readonly string[] =>
  (query as { readonly where: { readonly values: readonly string[] } }).where.values;

const LONG = CHECK_DELAY_MS + 20 * CHECK_PAUSE_MS;

describe('RU-6: rows that no subscription asks for', () => {
  it('leave the device at its next contact when they are gone, storage too, and come anew where they are others', async () => {
    const { world, tab } = await seen(6);
    world.server.dropConnections();
    world.writeElsewhere('todos', 't1', REMOVES);
    world.writeElsewhere('todos', 't2', patches({ done: true }));
    await world.time.advance(LONG);
    expect([...tab.rows('todos').keys()].toSorted()).toEqual(['t0', 't2', 't3', 't4', 't5']);
    expect(tab.rows('todos').get('t2')).toEqual({ n: 2, done: true });
    expect(await stored(tab, 'todos')).toEqual(['t0', 't2', 't3', 't4', 't5']);
    // Its next digest confirms that: the server has nothing to add, and nothing to take.
    const said: string[] = [];
    world.transport.onSent(({ type }) => void said.push(type));
    await world.time.advance(CHECK_REST_MS);
    tab.sync.forceReconnect();
    await world.time.advance(LONG);
    expect(said.filter((type) => ['same', 'rows', 'level'].includes(type))).toEqual(['same']);
  });

  it('are asked about in parts, each of which is answered in a word when nothing has changed, and ended', async () => {
    const { world, tab } = await seen(2 * ROWS_PER_QUESTION + 1);
    const said: string[] = [];
    world.transport.onSent(({ type }) => void said.push(type));
    tab.sync.forceReconnect();
    await world.time.advance(LONG);
    const { received } = world.transport.last();
    const subs = received.flatMap((message) => (message.type === 'subscribe' ? [message] : []));
    expect(subs.map(({ have }) => have?.[0])).toEqual([ROWS_PER_QUESTION, ROWS_PER_QUESTION, 1]);
    expect(said.filter((type) => type === 'same').length).toBe(3);
    expect(said).not.toContain('rows');
    expect(received.filter(({ type }) => type === 'unsubscribe').length).toBe(3);
    // Nobody is told of it either.
    const told = tab.events.filter(({ type }) => type === 'settled' || type === 'progress');
    expect(told.length).toBe(1);
  });

  it('are not asked about where a subscription speaks for them', async () => {
    const { world, tab } = await seen(6);
    tab.subscribe('todos', whereEquals('n', 1));
    await world.time.settle();
    tab.sync.forceReconnect();
    await world.time.advance(LONG);
    const [, question] = world.transport.last().received.flatMap((one) => (one.type === 'subscribe' ? [one] : []));
    expect(asked(world)).toEqual(['todos', 'todos']);
    expect(question?.query).toMatchObject({ where: { values: ['t0', 't2', 't3', 't4', 't5'] } });
    const again = await world.open();
    again.subscribe('todos', WHOLE);
    await world.time.settle();
    tab.sync.forceReconnect();
    await world.time.advance(LONG);
    expect(asked(world)).toEqual(['todos', 'todos']);
  });

  it('of a map that no view needs, that map is not brought into memory where nothing has changed', async () => {
    const { world, tab: before } = await seen(6);
    await before.close();
    const tab = await world.open();
    await world.time.advance(LONG);
    expect(asked(world)).toEqual(['todos']);
    expect(tab.rows('todos').size).toBe(0);
    world.writeElsewhere('todos', 't3', REMOVES);
    await world.time.advance(CHECK_REST_MS);
    tab.sync.forceReconnect();
    await world.time.advance(LONG);
    expect(await stored(tab, 'todos')).toEqual(['t0', 't1', 't2', 't4', 't5']);
  });

  it('what an own write has made of one since stays', async () => {
    const { world, tab } = await seen(6);
    world.server.holdAnswers();
    tab.sync.forceReconnect();
    await world.time.advance(CHECK_DELAY_MS);
    world.server.write({ ...(await tab.write('todos', 't7', creates({ n: 7 }))), replica: 'other.0' as never });
    await tab.write('todos', 't1', REMOVES);
    await tab.write('todos', 't1', creates({ n: 11 }));
    await world.time.settle();
    world.server.releaseAnswers();
    await world.time.advance(LONG);
    expect(tab.rows('todos').get('t1')).toEqual({ n: 11 });
    expect(tab.rows('todos').get('t7')).toEqual({ n: 7 });
  });

  it('a connection that is lost in between goes on with what was left over', async () => {
    const { world, tab } = await seen(3 * ROWS_PER_QUESTION);
    tab.sync.forceReconnect();
    await world.time.advance(CHECK_DELAY_MS);
    expect(asked(world).length).toBe(1);
    world.server.dropConnections();
    await world.time.advance(LONG);
    const [last, ...again] = world.transport.connections.flatMap(({ received }, connection) =>
      connection === 0 ? [] : received.flatMap((message) => (message.type === 'subscribe' ? [keysOf(message)] : [])),
    );
    expect(again.map((keys) => keys.length)).toEqual([ROWS_PER_QUESTION, ROWS_PER_QUESTION, ROWS_PER_QUESTION]);
    // What was asked last on the connection that was lost is asked last again.
    expect(again[2]).toEqual(last);
  });

  it('a server that refuses the question is asked a few times more, and no view hears of it', async () => {
    const { world, tab } = await seen(6);
    world.server.refuseQueries('overloaded');
    tab.sync.forceReconnect();
    await world.time.advance(CHECK_DELAY_MS + 5 * CHECK_RETRY_MS);
    expect(asked(world).length).toBe(3);
    expect(tab.events.some(({ type }) => type === 'subscription-failed')).toBe(false);
    world.server.refuseQueries(null);
    world.writeElsewhere('todos', 't1', REMOVES);
    tab.sync.forceReconnect();
    await world.time.advance(LONG);
    expect([...tab.rows('todos').keys()]).not.toContain('t1');
  });

  it('are asked about again every hour that the connection stands', async () => {
    const { world, tab } = await seen(6);
    tab.sync.forceReconnect();
    await world.time.advance(LONG);
    world.writeElsewhere('todos', 't1', REMOVES);
    await world.time.advance(CHECK_INTERVAL_MS / 2);
    expect([...tab.rows('todos').keys()]).toContain('t1');
    await world.time.advance(CHECK_INTERVAL_MS / 2);
    expect([...tab.rows('todos').keys()]).not.toContain('t1');
    expect(asked(world).length).toBe(2);
  });

  it('are asked about once a minute at most, on a line that breaks more often, and all the same in the end', async () => {
    const { world, tab } = await seen(2 * ROWS_PER_QUESTION);
    const questions = (): number =>
      world.transport.connections.slice(1).reduce((sum, { received }) => sum + received.filter(isSubscribe).length, 0);
    world.server.dropConnections();
    await world.time.advance(LONG);
    expect(questions()).toBe(2);
    world.writeElsewhere('todos', 't1', REMOVES);
    for (let gap = 0; gap < 4; gap += 1) {
      world.server.dropConnections();
      await world.time.advance(CHECK_REST_MS / 8);
    }
    expect(questions()).toBe(2);
    expect(tab.rows('todos').has('t1')).toBe(true);
    await world.time.advance(CHECK_REST_MS + LONG);
    expect(questions()).toBe(4);
    expect(tab.rows('todos').has('t1')).toBe(false);
  });

  it('a look that was not answered as a whole is begun again with the next connection', async () => {
    const { world, tab } = await seen(6);
    world.server.refuseQueries('overloaded');
    tab.sync.forceReconnect();
    await world.time.advance(CHECK_DELAY_MS + 3 * CHECK_RETRY_MS);
    world.server.refuseQueries(null);
    tab.sync.forceReconnect();
    await world.time.advance(LONG);
    expect(asked(world).length).toBe(1);
  });

  it('a question that is never answered is given up, and asked again', async () => {
    const { world, tab } = await seen(6);
    world.writeElsewhere('todos', 't1', REMOVES);
    world.server.holdAnswers();
    tab.sync.forceReconnect();
    await world.time.advance(CHECK_DELAY_MS);
    world.server.loseAnswers();
    await world.time.advance(CHECK_ANSWER_MS + CHECK_RETRY_MS + LONG);
    expect([...tab.rows('todos').keys()]).not.toContain('t1');
  });

  it('leave no timer behind when the tab is closed', async () => {
    const { world, tab } = await seen(6);
    tab.sync.forceReconnect();
    await world.time.advance(CHECK_DELAY_MS / 2);
    await tab.close();
    const before = world.transport.connections.length;
    await world.time.advance(LONG);
    expect([world.transport.connections.length, tab.logged]).toEqual([before, []]);
  });
});
