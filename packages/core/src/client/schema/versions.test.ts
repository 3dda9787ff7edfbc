import { describe, expect, it } from 'vitest';
import * as z from 'zod';

import { opVersion } from '../../schema/index.js';
import { defineSchema, type TopGunClientOptions } from '../index.js';
import { createFakeDevice } from '../testing/fake-clients.js';
import { createFakeWorld } from '../testing/fake-world.js';

const first = defineSchema({ todos: z.object({ name: z.string(), done: z.number() }) });
const second = defineSchema({
  todos: {
    value: z.object({ title: z.string(), done: z.boolean(), rank: z.number() }),
    version: 2,
    migrate: { 2: ({ name, done, ...rest }) => ({ ...rest, title: name ?? '', done: done === 1, rank: 0 }) },
  },
});

/** A device on which the app of one version is closed, and that of another is opened. */
function device(base: TopGunClientOptions = { serverUrl: 'http://server.test' }) {
  const world = createFakeWorld();
  const browser = createFakeDevice(world, base);
  return {
    world,
    async open(schema: TopGunClientOptions['schema']) {
      const { client } = browser.open(schema === undefined ? {} : { schema });
      if (base.serverUrl !== undefined) client.getMap('todos').subscribe(() => {});
      await client.start();
      await world.time.settle();
      await client.getMap('todos').loaded();
      return client;
    },
  };
}

describe('SC-12: what was queued under one version, once the app has the next', () => {
  it('shows and is submitted as that would have written it, with its ids and stamps', async () => {
    const { world, open } = device();
    const before = await open(first);
    before.getMap('todos').set('a', { name: 'a', done: 0 });
    await world.time.settle();
    before.disconnect();
    await world.time.settle();
    before.getMap('todos').patch('a', { done: 1 });
    const written = before.getMap('todos').set('b', { name: 'b', done: 1 });
    await written.persisted;
    await before.close();

    const after = await open(second);
    expect(after.getMap('todos').get('b')).toEqual({ title: 'b', done: true, rank: 0 });
    await world.time.settle();
    expect(after.getPendingOpsCount()).toBe(0);
    expect(world.server.rows('todos').get('b')).toEqual({ title: 'b', done: true, rank: 0 });
    await after.close();
  });

  it('is refused, edited and retried as what it has become', async () => {
    const { world, open } = device();
    const before = await open(first);
    world.server.refuse(() => 'not-permitted');
    before.getMap('todos').set('a', { name: 'a', done: 0 });
    await world.time.settle();
    await before.close();
    world.server.refuse(() => null);
    const after = await open(second);
    const [refused] = after.rejections.list();
    expect(refused?.attempted).toEqual({ type: 'set', value: { title: 'a', done: false, rank: 0 } });
    after.rejections.retry(refused!.id);
    await world.time.settle();
    expect(world.server.rows('todos').get('a')).toEqual({ title: 'a', done: false, rank: 0 });
    await after.close();
  });
});

describe('SC-11: what is stored under one version, once the app has the next', () => {
  it('shows as that, is edited as that, and is stored as that from then on', async () => {
    const { open, world } = device({});
    const before = await open(first);
    await before.getMap('todos').set('a', { name: 'a', done: 1 }).persisted;
    await before.close();

    const after = await open(second);
    const todos = after.getMap('todos');
    expect(todos.get('a')).toEqual({ title: 'a', done: true, rank: 0 });
    await todos.patch('a', { rank: 5 }).persisted;
    await after.close();

    const again = await open(second);
    expect(again.getMap('todos').get('a')).toEqual({ title: 'a', done: true, rank: 5 });
    await again.close();
    // Not made anew at each start: whoever reads it without a schema finds it so.
    const raw = await open(undefined);
    expect(raw.getMap('todos').get('a')).toEqual({ title: 'a', done: true, rank: 5 });
    await raw.close();
    await world.time.settle();
  });

  it('SC-10: a write says of which version it is, and nobody sees that', async () => {
    const { open, world } = device();
    const client = await open(second);
    const todos = client.getMap('todos');
    todos.set('a', { title: 'a', done: true, rank: 1 });
    todos.patch('a', { rank: 2 });
    expect(todos.get('a')).toEqual({ title: 'a', done: true, rank: 2 });
    expect(() => todos.patch('a', { _schema: 7 } as never)).toThrow(
      expect.objectContaining({ code: 'reserved-field' }),
    );
    await world.time.settle();
    expect(todos.get('a')).toEqual({ title: 'a', done: true, rank: 2 });
    await client.close();
  });
});

it('SC-10: an op of the first version carries no mark', () => {
  expect(opVersion({ kind: 'remove', replica: 'a' as never, seq: 1, stamp: '' as never, map: 'm', key: 'k' })).toBe(1);
});
