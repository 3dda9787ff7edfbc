import { describe, expect, it } from 'vitest';

import { MemoryAdapter } from '../adapters/memory-storage.js';
import type { Op } from '../../crdt/index.js';
import { opToWire } from '../../crdt/index.js';
import { createOp } from '../storage/samples.contract.js';
import { createFakeDevice } from '../testing/fake-clients.js';
import { createFakeWorld } from '../testing/fake-world.js';
import { createSeededRandom } from '../testing/seeded-random.js';
import { canBeGivenBack, givenBackAs, storedAs } from './stored-as.js';

const SENT = { ...createOp(3, { key: 'a', millis: 5 }), transaction: { first: 3, parts: 2 } } as Op;
const withFields = (fields: readonly { name: string; value: string | undefined }[]): Op => ({ ...SENT, fields }) as Op;

describe('an op that the server took otherwise than it was sent', () => {
  it('HK-3: is as the server says, and part of its transaction still', () => {
    const stored = withFields([{ name: 'text', value: 'other' }]);
    expect(storedAs(SENT, opToWire(stored))).toEqual(stored);
    expect(storedAs(SENT, undefined)).toBeNull();
  });

  it('HK-3: is itself when what is said of it is of another op', () => {
    for (const other of [
      { seq: 4 },
      { key: 'b' },
      { map: 'other' },
      { kind: 'patch' },
      { stamp: createOp(3, { millis: 6 }).stamp },
    ]) {
      expect(storedAs(SENT, opToWire({ ...SENT, ...other } as Op))).toBeNull();
    }
  });

  it('SY-2: is given back, unless nothing is left of it', () => {
    const patch = { ...SENT, kind: 'patch' } as Op;
    const empty = { ...patch, fields: [] } as Op;
    expect(storedAs(patch, opToWire(empty))).toMatchObject({ kind: 'patch', fields: [] });
    expect([SENT, patch, empty, { ...empty, expiresAt: null } as Op].map(canBeGivenBack)).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });
});

describe('RU-5, SY-2: an op whose author may not read all that it writes', () => {
  const sent = withFields([
    { name: 'text', value: 'a' },
    { name: 'pay', value: '5' },
  ]);
  const told = (...values: readonly (string | undefined)[]): Op =>
    withFields(values.map((value, at) => ({ name: at === 0 ? 'text' : 'pay', value })));

  it('is given back as it was sent, since that is what is stored', () => {
    expect(givenBackAs(sent, told('a', undefined))).toBe(sent);
    expect(givenBackAs(sent, told(undefined, undefined))).toBe(sent);
  });

  it('and one that is stored otherwise as it is stored', () => {
    const ends = { ...told('a', undefined), expiresAt: 7 } as Op;
    for (const stored of [told('a', '6'), told('a'), told('b', undefined), ends]) {
      expect(givenBackAs(sent, stored)).toBe(stored);
    }
    const unset = told('a', undefined);
    expect(givenBackAs(unset, sent)).toBe(sent);
  });
});

/** A device with two tabs on a server that makes every text small, and puts nothing into fields that it calls secret. */
async function device() {
  const world = createFakeWorld();
  const browser = createFakeDevice(world);
  const storage = new MemoryAdapter({ random: createSeededRandom(5) });
  world.server.change((op) => {
    if (op.kind !== 'create' && op.kind !== 'patch') return op;
    // Of two values at one stamp the greater one would win: what is stored is the smaller one.
    const fields = op.fields
      .filter(({ name }) => name !== 'secret')
      .map(({ name, value }) => ({ name, value: typeof value === 'string' ? value.toUpperCase() : value }));
    return { ...op, fields };
  });
  const open = async () => {
    const { client } = browser.open({ storage });
    await client.start();
    await world.time.settle();
    return client;
  };
  return { world, open };
}

describe('a record that the server wrote otherwise', () => {
  it('HK-3: shows so in every tab of its author, with and without a subscription, and in storage', async () => {
    const { world, open } = await device();
    const [author, sibling] = [await open(), await open()];
    const todos = author.getMap('todos');
    await todos.loaded();
    const stop = sibling.getMap('todos').subscribe(() => undefined);
    await world.time.settle();
    todos.set('a', { text: 'milk', secret: 'x' });
    expect(todos.get('a')).toEqual({ text: 'milk', secret: 'x' });
    await world.time.settle();
    expect(world.server.rows('todos').get('a')).toEqual({ text: 'MILK' });
    expect([todos.get('a'), sibling.getMap('todos').get('a')]).toEqual([{ text: 'MILK' }, { text: 'MILK' }]);
    stop();
    world.server.freeze();
    for (const client of [author, sibling]) await client.close();
    const later = await open();
    await later.getMap('todos').loaded();
    expect(later.getMap('todos').get('a')).toEqual({ text: 'MILK' });
    await later.close();
  });

  it('HK-3: what is written meanwhile stays on top of it', async () => {
    const { world, open } = await device();
    const client = await open();
    const todos = client.getMap('todos');
    await todos.loaded();
    todos.set('a', { text: 'milk', secret: 'x' });
    await world.time.settle();
    world.server.holdDecisions();
    todos.patch('a', { text: 'bread', secret: 'y' });
    await world.time.settle();
    todos.patch('a', { note: 'soon' });
    world.server.releaseDecisions();
    await world.time.settle();
    expect(todos.get('a')).toEqual({ text: 'BREAD', note: 'SOON' });
    expect(world.server.rows('todos').get('a')).toEqual({ text: 'BREAD', note: 'SOON' });
    await client.close();
  });

  it('RU-5, SY-2: a field that its author may not read shows until it is decided, in no tab and not in storage after that, and is given back', async () => {
    const { world, open } = await device();
    world.server.change((op) => {
      if (op.kind !== 'create' && op.kind !== 'patch') return op;
      return {
        ...op,
        fields: op.fields.map(({ name, value }) => ({ name, value: name === 'pay' ? undefined : value })),
      };
    });
    const [author, sibling] = [await open(), await open()];
    const todos = author.getMap('todos');
    await todos.loaded();
    await sibling.getMap('todos').loaded();
    todos.set('a', { text: 'milk', pay: 5 });
    expect(todos.get('a')).toEqual({ text: 'milk', pay: 5 });
    await world.time.settle();
    const shown = [todos, sibling.getMap('todos')].map((map) => map.get('a'));
    expect(shown).toEqual([{ text: 'milk' }, { text: 'milk' }]);
    world.server.freeze();
    for (const client of [author, sibling]) await client.close();
    const later = await open();
    await later.getMap('todos').loaded();
    expect(later.getMap('todos').get('a')).toEqual({ text: 'milk' });
    await later.close();
  });
});
