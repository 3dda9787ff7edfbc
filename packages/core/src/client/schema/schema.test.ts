import { describe, expect, expectTypeOf, it } from 'vitest';
import * as z from 'zod';

import { defineSchema, SchemaError, TopGunClient, type MapHandle } from '../index.js';
import { createFakeDevice } from '../testing/fake-clients.js';
import { createFakeWorld, creates } from '../testing/fake-world.js';

const schema = defineSchema({
  todos: z.object({ text: z.string().trim().min(1), done: z.boolean().default(false), note: z.string().optional() }),
  tags: { type: 'set', value: z.string().toLowerCase() },
  stock: { type: 'counter', value: z.number().min(0) },
});

/** The client as an app has it, typed by the schema, on a device of a fake world. */
async function open(world = createFakeWorld()) {
  const { client } = createFakeDevice(world).open({ schema });
  await client.start();
  await world.time.settle();
  return { world, client: client as unknown as TopGunClient<Types['records'], Types['writes']> };
}
type Types = NonNullable<(typeof schema)['types']>;

const errorOf = (act: () => unknown): SchemaError => {
  try {
    act();
  } catch (error) {
    if (error instanceof SchemaError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('SC-3: a write', () => {
  it('that does not fit is refused at the call, by map, key, field and reason, and nothing has happened', async () => {
    const { client, world } = await open();
    const todos = client.getMap('todos');
    const error = errorOf(() => todos.set('a', { text: ' ' }));
    expect(error).toMatchObject({ code: 'schema-violation', map: 'todos', key: 'a', field: 'text' });
    expect([todos.size, client.getPendingOpsCount()]).toEqual([0, 0]);
    todos.set('a', { text: 'a' });
    expect(errorOf(() => todos.patch('a', { done: 'no' as never })).field).toBe('done');
    expect(errorOf(() => todos.update('a', (todo) => ({ ...todo!, text: '' }))).field).toBe('text');
    expect(errorOf(() => todos.set('b', 5 as never)).field).toBeNull();
    await world.time.settle();
    expect(world.server.rows('todos').get('a')).toEqual({ text: 'a', done: false });
    await client.close();
  });

  it('is what the schema makes of it: defaults, texts that are trimmed, without what it does not know', async () => {
    const { client, world } = await open();
    const todos = client.getMap('todos');
    todos.set('a', { text: ' a ', odd: 1 } as never);
    expect(todos.get('a')).toEqual({ text: 'a', done: false });
    todos.patch('a', { done: true, note: 'n' });
    todos.set('a', { text: 'b' });
    // As any `set` it unsets what is left out; the default takes that place.
    expect(todos.get('a')).toEqual({ text: 'b', done: false });
    await world.time.settle();
    expect(world.server.rows('todos').get('a')).toEqual({ text: 'b', done: false });
    await client.close();
  });

  it('defaults are stored once: what another device lacks is not filled in where it is read or edited', async () => {
    const { client, world } = await open();
    world.writeElsewhere('todos', 'a', creates({ text: 'a' }));
    const todos = client.getMap('todos');
    const stop = todos.subscribe(() => {});
    await world.time.settle();
    expect(todos.get('a')).toEqual({ text: 'a' });
    todos.update('a', (todo) => ({ ...todo!, note: 'n' }));
    await world.time.settle();
    expect(world.server.rows('todos').get('a')).toEqual({ text: 'a', note: 'n' });
    stop();
    await client.close();
  });

  it('in a transaction what is wrong with one part lets nothing happen, and drafts show what the schema makes', async () => {
    const { client } = await open();
    const todos = client.getMap('todos');
    const error = errorOf(() =>
      client.transaction((tx) => {
        tx.map('todos').set('a', { text: ' a ' });
        expect(tx.map('todos').get('a')).toEqual({ text: 'a', done: false });
        tx.map('todos').set('b', { text: '' });
      }),
    );
    expect([error.key, todos.size, client.getPendingOpsCount()]).toEqual(['b', 0, 0]);
    await client.close();
  });

  it('of a set and of a counter', async () => {
    const { client } = await open();
    const tags = client.getORMap('tags');
    tags.add('a', 'RED');
    expect([tags.get('a'), errorOf(() => tags.add('a', 5 as never)).map]).toEqual([['red'], 'tags']);
    tags.remove('a', 'red');
    expect(tags.get('a')).toEqual([]);
    const stock = client.getPNCounter('stock:1');
    stock.add(2);
    expect([errorOf(() => stock.add(-3)).key, stock.value]).toEqual(['1', 2]);
    await client.close();
  });

  it('CL-7: that the server refuses is on the list with its reason, and written anew it is checked again', async () => {
    const { client, world } = await open();
    const todos = client.getMap('todos');
    world.server.refuse(({ map }) => (map === 'todos' ? 'schema-violation' : null));
    todos.set('a', { text: 'a' });
    await world.time.settle();
    const [refused] = client.rejections.list();
    expect(refused).toMatchObject({
      code: 'schema-violation',
      key: 'a',
      attempted: { value: { text: 'a', done: false } },
    });
    world.server.refuse(() => null);
    expect(errorOf(() => client.rejections.edit(refused!.id, { text: '' })).field).toBe('text');
    expect(client.rejections.list()).toHaveLength(1);
    client.rejections.edit(refused!.id, { text: 'b' });
    await world.time.settle();
    expect([client.rejections.list(), world.server.rows('todos').get('a')]).toEqual([[], { text: 'b', done: false }]);
    await client.close();
  });

  it('of a map that the schema does not name is as it always was', async () => {
    const { client } = await open();
    const others = (client as unknown as TopGunClient).getMap('others') as MapHandle<unknown>;
    others.set('a', { anything: 1 });
    expect(others.get('a')).toEqual({ anything: 1 });
    await client.close();
  });
});

// Held by the compiler: nothing here is called.
describe('SC-7: what an app writes is checked against the schema', () => {
  const run = (..._uses: readonly (() => unknown)[]): void => {};
  const typed = () => new TopGunClient({ schema, serverUrl: 'http://server.test' });
  type Typed = ReturnType<typeof typed>;

  it('maps, records and what is left to defaults', () => {
    run(
      (client: Typed = typed()) => client.getMap('todos').set('a', { text: 'a' }),
      (client: Typed = typed()) => client.transaction((tx) => tx.map('todos').set('a', { text: 'a', done: true })),
      // @ts-expect-error: no such map.
      (client: Typed = typed()) => client.getMap('todoes'),
      // @ts-expect-error: a text is no number.
      (client: Typed = typed()) => client.getMap('todos').set('a', { text: 1 }),
      // @ts-expect-error: the text is missing.
      (client: Typed = typed()) => client.getMap('todos').set('a', { done: true }),
      // @ts-expect-error: no such field.
      (client: Typed = typed()) => client.getMap('todos').patch('a', { texts: 'a' }),
      // @ts-expect-error: a tag is a text.
      (client: Typed = typed()) => client.getORMap('tags').add('a', 1),
      // @ts-expect-error: no such field to ask for.
      (client: Typed = typed()) => client.query('todos', { where: { dnoe: true } }),
    );
    expectTypeOf<ReturnType<MapOf<Typed>['get']>>().toEqualTypeOf<
      { text: string; done: boolean; note?: string | undefined } | undefined
    >();
    expect(run).toBeTypeOf('function');
  });
  type MapOf<C> =
    C extends TopGunClient<infer S, infer _W> ? ('todos' extends keyof S ? MapHandle<S['todos']> : never) : never;
});
