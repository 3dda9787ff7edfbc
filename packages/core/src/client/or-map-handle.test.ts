import { describe, expect, expectTypeOf, it } from 'vitest';

import { TopGunError } from '../primitives/index.js';
import { TopGunClient, type ORMapHandle } from './index.js';
import { createFakeDevice, type FakeDevice } from './testing/fake-clients.js';
import { createFakeWorld, creates, type FakeWorld } from './testing/fake-world.js';

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof TopGunError) return error.code;
    throw error;
  }
  return 'nothing thrown';
};

/** A device with one tab that keeps the map `tags` current. */
async function openDevice(
  world: FakeWorld,
): Promise<{ device: FakeDevice; client: TopGunClient; tags: ORMapHandle<unknown> }> {
  const device = createFakeDevice(world);
  const { client } = device.open();
  const tags = client.getORMap('tags') as ORMapHandle<unknown>;
  tags.subscribe(() => {});
  await client.start();
  await world.time.settle();
  return { device, client, tags };
}

describe('an OR map handle', () => {
  it('CL-1, CR-6: an add is visible at once, then durable, acked, and on another device', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world);
    const { client } = device.open();
    const tags = client.getORMap('tags') as ORMapHandle<unknown>;
    const heard: unknown[] = [];
    tags.subscribe((changes) => heard.push(changes.map(({ key, after }) => [key, after])));
    const handle = tags.add('post', { name: 'a' });
    expect([tags.get('post'), tags.has('post', { name: 'a' }), tags.size]).toEqual([[{ name: 'a' }], true, 1]);
    expect([...tags.keys()]).toEqual(['post']);
    expect(await handle.persisted).toEqual({ ok: true, outcome: 'applied' });
    expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
    const other = await openDevice(world);
    expect(other.tags.get('post')).toEqual([{ name: 'a' }]);
    tags.remove('post', { name: 'a' });
    await world.time.settle();
    expect([other.tags.get('post'), other.tags.has('post', { name: 'a' }), other.tags.size]).toEqual([[], false, 0]);
    expect(heard).toEqual([[['post', [{ name: 'a' }]]], [['post', undefined]]]);
    expect(client.getPendingOpsCount()).toBe(0);
  });

  it('CR-6: an add made offline wins over a removal that had not seen it, and both devices agree', async () => {
    const world = createFakeWorld();
    const [one, two] = [await openDevice(world), await openDevice(world)];
    one.tags.add('post', 'x');
    one.tags.add('post', 'y');
    await world.time.settle();
    expect(two.tags.get('post')).toEqual(['x', 'y']);
    world.transport.cut();
    await world.time.settle();
    one.tags.add('post', 'x');
    await world.time.advance(1_000);
    two.tags.remove('post', 'x');
    two.tags.remove('post', 'y');
    expect([one.tags.get('post'), two.tags.get('post')]).toEqual([['x', 'y'], []]);
    world.transport.restore();
    for (const { client } of [one, two]) client.forceReconnect();
    await world.time.advance(2_000);
    expect([one.tags.get('post'), two.tags.get('post')]).toEqual([['x'], ['x']]);
    expect(world.server.rows('tags').get('post')).toEqual(['x']);
  });

  it('CR-6: equality is canonical JSON, and the values keep their identity until they change', async () => {
    const world = createFakeWorld();
    const { tags } = await openDevice(world);
    tags.add('k', { a: 1, b: [2] });
    const shown = tags.get('k');
    tags.add('k', { b: [2], a: 1 });
    expect(tags.get('k')).toBe(shown);
    expect(tags.has('k', { b: [2], a: 1 })).toBe(true);
    await world.time.settle();
    expect(tags.get('k')).toBe(shown);
    tags.remove('k', { b: [2], a: 1 });
    expect(tags.get('k')).toEqual([]);
    expect(tags.get('k')).toBe(tags.get('nothing here'));
  });

  it('CR-6: taking out what is not seen is no op; while the map is loading it is a typed error', async () => {
    const world = createFakeWorld();
    const { client } = createFakeDevice(world).open();
    const tags = client.getORMap('tags') as ORMapHandle<unknown>;
    expect(codeOf(() => tags.remove('k', 'x'))).toBe('not-loaded');
    tags.add('k', 'x');
    tags.remove('k', 'x');
    await tags.loaded();
    const handle = tags.remove('k', 'x');
    expect(await handle.acked).toEqual({ ok: true, outcome: 'applied' });
    await world.time.settle();
    expect(world.server.taken.map(({ kind }) => kind)).toEqual(['add', 'discard']);
    expect(world.server.rows('tags').size).toBe(0);
  });

  it('CR-6: keys and values that cannot be stored throw at the call and write nothing', async () => {
    const world = createFakeWorld();
    const { client, tags } = await openDevice(world);
    expect(codeOf(() => tags.add('', 'x'))).toBe('invalid-key');
    expect(codeOf(() => tags.add('k'.repeat(2_000), 'x'))).toBe('key-too-long');
    expect(codeOf(() => tags.add('k', { a: new Date() }))).toBe('invalid-value');
    expect(codeOf(() => tags.remove('k', Number.NaN))).toBe('invalid-value');
    expect(tags.has('k', Number.NaN)).toBe(false);
    expect(codeOf(() => client.getORMap('no spaces'))).toBe('map-name');
    expect(client.getPendingOpsCount()).toBe(0);
  });

  it('CR-6: a map holds one type: other handles show nothing of it, and their writes throw where that is known', async () => {
    const world = createFakeWorld();
    const { client, tags } = await openDevice(world);
    tags.add('k', 'x');
    client.getMap('todos').set('k', { a: 1 });
    client.getPNCounter('likes:k').increment();
    const asSet = (map: string) => client.getORMap(map) as ORMapHandle<unknown>;
    expect(codeOf(() => client.getMap('tags').set('j', { a: 1 }))).toBe('type-mismatch');
    expect(codeOf(() => client.getMap('tags').update('j', () => 1))).toBe('type-mismatch');
    expect(codeOf(() => client.getMap('tags').patch('k', {}))).toBe('type-mismatch');
    expect(codeOf(() => client.getMap('tags').remove('k'))).toBe('type-mismatch');
    expect(codeOf(() => client.getPNCounter('tags').increment())).toBe('type-mismatch');
    expect(codeOf(() => asSet('todos').add('j', 1))).toBe('type-mismatch');
    expect(codeOf(() => asSet('likes').remove('k', 1))).toBe('type-mismatch');
    client.getMap('todos').set('list', ['x']);
    expect([asSet('todos').get('list'), asSet('todos').has('list', 'x'), client.getPNCounter('todos:k').value]).toEqual(
      [[], false, 0],
    );
  });

  it('CL-7, CR-6: where it is not known the server refuses: the value goes, and what was tried is kept', async () => {
    const world = createFakeWorld();
    world.server.refuse(({ kind }) => (kind === 'add' ? 'type-mismatch' : null));
    const { client, tags } = await openDevice(world);
    const handle = tags.add('k', 'x');
    tags.add('k', 'y');
    expect(tags.get('k')).toEqual(['x', 'y']);
    expect(await handle.acked).toMatchObject({ ok: false, rejected: { code: 'type-mismatch', key: 'k' } });
    await world.time.settle();
    expect([tags.get('k'), client.syncState('tags', 'k')]).toEqual([[], 'rejected']);
    expect(client.rejections.list().map(({ attempted }) => attempted)).toEqual([
      { type: 'add', value: 'x' },
      { type: 'add', value: 'y' },
    ]);
    world.server.refuse(() => null);
    const [first, second] = client.rejections.list();
    expect(await client.rejections.retry(first!.id)?.acked).toEqual({ ok: true, outcome: 'applied' });
    await client.rejections.discard(second!.id);
    await world.time.settle();
    expect([tags.get('k'), client.rejections.list()]).toEqual([['x'], []]);
  });

  it('CL-7, CR-6: a refused removal puts the value back; tried again when it has gone elsewhere it is done', async () => {
    const world = createFakeWorld();
    const [one, two] = [await openDevice(world), await openDevice(world)];
    one.tags.add('k', 'x');
    await world.time.settle();
    world.server.refuse(({ kind }) => (kind === 'discard' ? 'not-permitted' : null));
    one.tags.remove('k', 'x');
    expect(one.tags.get('k')).toEqual([]);
    await world.time.settle();
    expect(one.tags.get('k')).toEqual(['x']);
    const [rejection] = one.client.rejections.list();
    expect(rejection?.attempted).toEqual({ type: 'discard', value: 'x' });
    world.server.refuse(() => null);
    two.tags.remove('k', 'x');
    await world.time.settle();
    const again = one.client.rejections.retry(rejection!.id);
    expect(await again?.acked).toEqual({ ok: true, outcome: 'applied' });
    await world.time.settle();
    expect([one.client.rejections.list(), one.tags.get('k')]).toEqual([[], []]);
  });

  it('CL-2, CR-6: what was done offline survives a reload, and arrives after it', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world);
    world.transport.cut();
    const first = device.open().client;
    const tags = first.getORMap('tags') as ORMapHandle<unknown>;
    // Before storage is open, so that all of it goes on under another replica.
    for (const value of ['a', 'b', 'c']) tags.add('k', value);
    tags.remove('k', 'b');
    await tags.remove('k', 'c').persisted;
    await first.close();
    const second = device.open().client;
    const again = second.getORMap('tags') as ORMapHandle<unknown>;
    await again.loaded();
    expect([again.get('k'), second.syncState('tags', 'k')]).toEqual([['a'], 'pending']);
    again.remove('k', 'a');
    again.add('k', 'c');
    world.transport.restore();
    second.forceReconnect();
    await world.time.advance(1_000);
    expect([again.get('k'), world.server.rows('tags').get('k'), second.getPendingOpsCount()]).toEqual([
      ['c'],
      ['c'],
      0,
    ]);
  });

  it('CR-6, CR-11: a removal takes an add along that is stamped anew, since the clock was wrong', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world);
    device.clock.setSkew(7_200_000);
    world.transport.cut();
    const { client } = device.open();
    const tags = client.getORMap('tags') as ORMapHandle<unknown>;
    await client.start();
    await tags.loaded();
    tags.add('k', 'x');
    tags.add('k', 'y');
    await world.time.advance(1_000);
    await tags.remove('k', 'x').persisted;
    world.transport.restore();
    client.forceReconnect();
    await world.time.advance(2_000);
    expect(client.rejections.list()).toEqual([]);
    expect([tags.get('k'), world.server.rows('tags').get('k')]).toEqual([['y'], ['y']]);
    tags.remove('k', 'y');
    await world.time.settle();
    expect(world.server.rows('tags').size).toBe(0);
  });

  it('CL-4, CR-6: tabs see each other’s values, and one may take out what the other has just put in', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world);
    const tabs = [device.open().client, device.open().client].map((client) => ({
      client,
      tags: client.getORMap('tags') as ORMapHandle<unknown>,
    }));
    const [one, two] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
    for (const { client, tags } of tabs) {
      tags.subscribe(() => {});
      await client.start();
    }
    world.transport.cut();
    await world.time.settle();
    one.tags.add('k', 'x');
    await world.time.settle();
    expect(two.tags.get('k')).toEqual(['x']);
    two.tags.remove('k', 'x');
    two.tags.add('k', 'y');
    await world.time.settle();
    expect(one.tags.get('k')).toEqual(['y']);
    world.transport.restore();
    for (const { client } of tabs) client.forceReconnect();
    await world.time.advance(2_000);
    expect([one.tags.get('k'), two.tags.get('k'), world.server.rows('tags').get('k')]).toEqual([['y'], ['y'], ['y']]);
  });

  it('CR-6: without a server everything stays on the device, for all its tabs, over reloads', async () => {
    const world = createFakeWorld();
    const device = createFakeDevice(world, {});
    const [one, two] = [device.open().client, device.open().client];
    const [inOne, inTwo] = [one, two].map((client) => client.getORMap('tags') as ORMapHandle<unknown>);
    inOne!.add('k', 'x');
    await Promise.all([one.start(), two.start()]);
    await Promise.all([inOne!.loaded(), inTwo!.loaded()]);
    inOne!.add('k', 'y');
    await world.time.settle();
    expect(inTwo!.get('k')).toEqual(['x', 'y']);
    inTwo!.remove('k', 'x');
    await world.time.settle();
    expect(inOne!.get('k')).toEqual(['y']);
    await Promise.all([one.close(), two.close()]);
    const reloaded = device.open().client;
    const again = reloaded.getORMap('tags') as ORMapHandle<unknown>;
    await again.loaded();
    expect(again.get('k')).toEqual(['y']);
  });

  it('a query shows one row per key, and subscribeKey one key alone', async () => {
    const world = createFakeWorld();
    const { client, tags } = await openDevice(world);
    const heard: unknown[] = [];
    const stop = tags.subscribeKey('k', (values) => heard.push(values));
    tags.add('k', 1);
    tags.add('j', 1);
    tags.add('k', 2);
    tags.remove('k', 1);
    tags.remove('k', 2);
    stop();
    tags.add('k', 3);
    expect(heard).toEqual([[1], [1, 2], [2], []]);
    await tags.settled();
    expect(client.query('tags', { sort: { _key: 'asc' } }).getSnapshot().data).toEqual([
      { _key: 'j', value: [1] },
      { _key: 'k', value: [3] },
    ]);
  });

  it('records that others wrote show nothing here, whoever asks', async () => {
    const world = createFakeWorld();
    const { client, tags } = await openDevice(world);
    world.writeElsewhere('tags', 'k', creates({ a: 1 }));
    await world.time.settle();
    expect(tags.get('k')).toEqual([]);
    expect(codeOf(() => tags.add('k', 'x'))).toBe('type-mismatch');
    expect(client.getMap('tags').get('k')).toEqual({ a: 1 });
  });

  it('is the same for the same name, and has the type of its schema', () => {
    const client = new TopGunClient<{ tags: string }>();
    expect(client.getORMap('tags')).toBe(client.getORMap('tags'));
    expectTypeOf<ORMapHandle<string>['get']>().returns.toEqualTypeOf<readonly string[]>();
    expectTypeOf(client.getORMap('tags')).toEqualTypeOf<ORMapHandle<string>>();
    return client.close();
  });
});
