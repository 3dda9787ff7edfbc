import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';

import { defineSchema } from '../../schema/index.js';
import { MemoryAdapter } from '../adapters/memory-storage.js';
import { TopGunClient } from '../topgun-client.js';
import { createFakeDevice } from '../testing/fake-clients.js';
import { createFakeWorld } from '../testing/fake-world.js';
import { SearchAccess } from './search-access.js';
import type { SearchEngine } from './search-engine.js';
import type { SearchState } from './search-result.js';

interface Note {
  readonly title: string;
  readonly kind?: string;
}
interface Schema {
  notes: Note;
  others: Note;
}

let client: TopGunClient<Schema>;
let opened = 0;

beforeEach(async () => {
  client = new TopGunClient<Schema>({
    storage: new MemoryAdapter(),
    auth: { principal: `search-${++opened}` },
    search: { notes: { fields: [{ path: 'title', boost: 2 }, 'kind'] } },
  });
  await client.start();
});
afterEach(() => client.close());

const put = (key: string, title: string, kind = 'plain') => client.getMap('notes').set(key, { title, kind });

describe('client.search', () => {
  test('SE-20: finds what was just written, with conditions, facets, highlights and pages', async () => {
    put('1', 'Oat milk');
    put('2', 'Milk the cow', 'farm');
    put('3', 'Bread');
    const found = await client.search('notes', 'milk', { highlight: true, facets: ['kind'], limit: 1 });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ key: '1', value: { title: 'Oat milk' }, matchedTerms: ['milk'], source: 'local' });
    expect(found[0]?.highlights).toEqual({ title: [{ start: 4, end: 8 }] });
    expect(found).toMatchObject({
      total: 2,
      facets: {
        kind: [
          { value: 'farm', count: 1 },
          { value: 'plain', count: 1 },
        ],
      },
    });
    const next = await client.search('notes', 'milk', { limit: 1, cursor: found.nextCursor });
    expect(next.map(({ key }) => key)).toEqual(['2']);
    const farm = await client.search('notes', 'milk', { where: { kind: 'farm' } });
    expect(farm.map(({ key }) => key)).toEqual(['2']);
    expect((await client.suggest('notes', 'oat mi')).map(({ text }) => text)).toEqual(['oat milk']);
    expect(await client.search('notes', '  ')).toHaveLength(0);
    expect(await client.suggest('notes', '')).toEqual([]);
  });

  test('SE-14: fields that the schema does not have are refused by type, where it is declared', async () => {
    const own = new TopGunClient({
      storage: new MemoryAdapter(),
      schema: defineSchema({ notes: z.object({ title: z.string() }) }),
      search: { notes: { fields: ['titel'] } },
    });
    const refused = { code: 'bad-search', cause: { code: 'not-in-schema', option: 'fields', field: 'titel' } };
    await expect(own.search('notes', 'milk')).rejects.toMatchObject(refused);
    const { error } = await new Promise<SearchState<unknown>>((resolve) => {
      own.searchSubscribe('notes', 'milk').subscribe(resolve);
    });
    expect(error).toMatchObject(refused);
    await own.close();
    const near = new TopGunClient({
      storage: new MemoryAdapter(),
      schema: defineSchema({ notes: z.object({ title: z.string() }) }),
      search: { notes: { fields: ['title'], vectors: { field: 'at', dimensions: 2 } } },
    });
    await expect(near.search('notes', 'milk')).rejects.toMatchObject({
      cause: { code: 'not-in-schema', option: 'vectors', field: 'at' },
    });
    await near.close();
    await expect(client.search('others', 'milk', { fields: ['titel'] })).resolves.toHaveLength(0);
  });

  test('SE-20: goes on offline, and finds what is pending', async () => {
    const world = createFakeWorld();
    const { client: offline } = createFakeDevice(world).open();
    await offline.start();
    await world.time.settle();
    offline.disconnect();
    offline.getMap('notes').set('1', { title: 'written offline' });
    let found: readonly { readonly key: string }[] = [];
    void offline.search('notes', 'written', { fields: ['title'] }).then((results) => (found = results));
    await vi.waitFor(async () => {
      await world.time.advance(10);
      expect(found.map(({ key }) => key)).toEqual(['1']);
    });
    expect(offline.getPendingOpsCount()).toBe(1);
    await offline.close();
  });

  test('SE-12: what cannot be answered is a typed error with a sentence', async () => {
    await expect(client.search('notes', 'a', { fields: ['nope'] })).rejects.toMatchObject({
      code: 'bad-search',
      cause: { code: 'unknown-field' },
    });
    await expect(client.search('notes', 'x'.repeat(1_000_000))).rejects.toMatchObject({
      cause: { code: 'text-too-long' },
    });
    await expect(client.search('others', 'a')).rejects.toMatchObject({ code: 'no-search-fields' });
    await expect(client.search('bad name' as 'notes', 'a')).rejects.toMatchObject({ code: 'map-name' });
    await client.close();
    await expect(client.search('notes', 'a')).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('client.searchSubscribe', () => {
  test('SE-21: tells what enters, changes and leaves, and follows only while somebody listens', async () => {
    put('1', 'milk');
    const handle = client.searchSubscribe('notes', 'milk');
    expect(handle.getSnapshot()).toMatchObject({ results: [], loading: true });
    const heard: string[] = [];
    const stop = handle.onChanges((changes) => {
      for (const { type, key } of changes) heard.push(`${type} ${key}`);
    });
    await vi.waitFor(() => expect(heard).toEqual(['enter 1']));
    put('2', 'more milk');
    await vi.waitFor(() => expect(heard).toContain('enter 2'));
    put('1', 'milk again');
    await vi.waitFor(() => expect(heard).toContain('update 1'));
    client.getMap('notes').remove('2');
    await vi.waitFor(() => expect(heard).toContain('leave 2'));
    stop();
    await Promise.resolve();
    const { length } = heard;
    put('3', 'milk');
    await client.search('notes', 'milk');
    expect(heard).toHaveLength(length);
    const again: SearchState<Note>[] = [];
    const stopAgain = handle.subscribe((state) => void again.push(state));
    await vi.waitFor(() => expect(again.at(-1)?.total).toBe(2));
    stopAgain();
  });

  test('SE-24: a blank text is answered at once, and asks for nothing', () => {
    const handle = client.searchSubscribe('others', ' ');
    const shown: SearchState<Note>[] = [];
    handle.subscribe((state) => void shown.push(state))();
    expect(shown).toEqual([
      {
        results: [],
        total: 0,
        facets: {},
        counted: 'local',
        nextCursor: null,
        loading: false,
        error: null,
        source: 'local',
      },
    ]);
  });

  test('SE-12: an error is shown, and no longer when it is over', async () => {
    const shown: (string | undefined)[] = [];
    const stop = client.searchSubscribe('others', 'a').subscribe(({ error }) => void shown.push(error?.code));
    await vi.waitFor(() => expect(shown).toEqual(['no-search-fields']));
    stop();
  });

  test('SE-24: searches that mean the same have one key', () => {
    const key = (text: string, options = {}) => client.searchSubscribe('notes', text, options).key;
    expect(key('a', { where: { kind: 'x', title: 'y' }, limit: 5 })).toBe(
      key('a', { limit: 5, where: { title: 'y', kind: 'x' } }),
    );
    expect(key('a', { debounceMs: 5, limit: undefined })).toBe(key('a'));
    expect(key('a')).not.toBe(key('b'));
    expect(key('a', { where: { kind: 'x' } })).not.toBe(key('a', { where: { kind: 'y' } }));
    expect(key('x'.repeat(1_000_000)).length).toBeLessThan(3_000);
  });
});

test('SE-24: the code of the search is fetched at the first search, and asked for again when it could not be had', async () => {
  const engine: SearchEngine = {
    follow: () => ({ stop: () => {} }),
    answer: () => Promise.reject(new Error('none')),
    stop: () => {},
  };
  let asked = 0;
  const access = new SearchAccess({} as never, () => {
    asked++;
    return asked === 1 ? Promise.reject(new Error('offline')) : Promise.resolve(engine);
  });
  expect(asked).toBe(0);
  await expect(access.engine()).rejects.toMatchObject({ code: 'search-unavailable' });
  expect(await access.engine()).toBe(engine);
  expect(await access.engine()).toBe(engine);
  expect(asked).toBe(2);
});
