import { describe, expect, test } from 'vitest';

import type { ClientMessage, ServerMessage } from '../../protocol/index.js';
import { createFakeDevice } from '../testing/fake-clients.js';
import { createFakeWorld } from '../testing/fake-world.js';
import type { TopGunClientOptions } from '../index.js';
// Fetched beforehand: a test waits for what a server says, and not for a disk.
import './local-host.js';
import './local-search.js';
import { FACTS_RENEWAL_MS, FACTS_RETRY_MS } from './server-facts.js';
import type { SearchState, SuggestState } from './search-result.js';

type Asked = Extract<ClientMessage, { type: 'ask-search' }>;
type Said = Omit<Extract<ServerMessage, { type: 'search-facts' }>, 'type' | 'id'>;

/** A client whose records the server has; what it asks of a search is answered by the test. */
async function setUp(options: TopGunClientOptions = {}) {
  const world = createFakeWorld();
  const { client } = createFakeDevice(world).open(options);
  await client.start();
  const notes = client.getMap('notes');
  const rest = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) {
      await world.time.advance(5);
      // The code of the search comes by real promises.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  for (let i = 0; i < 30; i++) {
    const key = `k${String(i).padStart(2, '0')}`;
    notes.set(key, { title: i % 3 === 0 ? 'oat milk' : 'milk', list: i < 10 ? 'a' : 'b' });
  }
  await rest();
  const received = (): readonly ClientMessage[] => world.transport.last().received;
  const asked = (): readonly Asked[] => received().filter((message): message is Asked => message.type === 'ask-search');
  const say = async (said: Partial<Said>): Promise<void> => {
    const { id } = asked().at(-1) as Asked;
    const facts = { through: 1_000_000, total: 0, facets: [], completions: [], mark: `m${id}`, ...said };
    world.transport.last().send({ type: 'search-facts', id, ...facts });
    await rest();
  };
  return { world, client, notes, rest, received, asked, say };
}

const FIELDS = ['title'];

describe('SE-44: what a search finds in all', () => {
  test('is the server’s count where more is found than it sends, with what is pending here; and is asked for again', async () => {
    const { world, client, notes, rest, received, asked, say } = await setUp();
    const states: SearchState<unknown>[] = [];
    const handle = client.searchSubscribe('notes', 'milk', { fields: FIELDS, limit: 2, facets: ['list'] });
    const stop = handle.subscribe((state) => states.push(state));
    const shown = () => states.at(-1) as SearchState<unknown>;
    await rest();
    expect(shown()).toMatchObject({ source: 'server', counted: 'local' });
    expect(asked()).toMatchObject([{ map: 'notes', facets: ['list'], query: { limit: 1 } }]);
    await say({
      through: 30,
      total: 300,
      facets: [
        [
          ['b', 200],
          ['a', 100],
        ],
      ],
      mark: 'one',
    });
    const counts = (a: number, b: number) => ({
      list: [
        { value: 'b', count: b },
        { value: 'a', count: a },
      ],
    });
    expect(shown()).toMatchObject({ total: 300, counted: 'server', facets: counts(100, 200) });
    expect(shown().results).toHaveLength(2);
    expect(asked().at(-1)).toMatchObject({ unless: 'one' });

    world.server.holdDecisions();
    notes.set('new', { title: 'milk, too', list: 'a' });
    notes.remove('k00');
    notes.set('k20', { title: 'bread', list: 'b' });
    notes.set('other', { title: 'bread', list: 'b' });
    await rest();
    expect(shown()).toMatchObject({ total: 299, counted: 'both', facets: counts(100, 199) });
    // Acked, and not counted yet.
    world.server.releaseDecisions();
    await rest();
    expect(client.getPendingOpsCount()).toBe(0);
    expect(shown()).toMatchObject({ total: 299, counted: 'both', facets: counts(100, 199) });
    await say({
      total: 299,
      facets: [
        [
          ['b', 199],
          ['a', 100],
        ],
      ],
    });
    expect(shown()).toMatchObject({ total: 299, counted: 'server', facets: counts(100, 199) });
    stop();
    await rest();
    expect(received().at(-1)).toMatchObject({ type: 'end-search' });
    await client.close();
  });

  test('is asked for once more where the server may have counted what was acked, and come to the same', async () => {
    const { client, notes, rest, asked, say, world } = await setUp();
    let state: SearchState<unknown> | null = null;
    client.searchSubscribe('notes', 'milk', { fields: FIELDS, limit: 2 }).subscribe((next) => (state = next));
    await rest();
    await say({ through: 30, total: 300, mark: 'one' });
    expect(asked().at(-1)).toMatchObject({ unless: 'one' });
    world.server.holdDecisions();
    notes.set('new', { title: 'milk, too' });
    await rest();
    expect(asked().at(-1)).toMatchObject({ unless: 'one' });
    world.server.releaseDecisions();
    await rest();
    expect(state).toMatchObject({ total: 301, counted: 'both' });
    // Somebody else has removed one meanwhile.
    await world.time.advance(FACTS_RENEWAL_MS);
    await rest();
    const questions = asked().length;
    expect(asked().at(-1)).not.toHaveProperty('unless');
    await say({ total: 300, mark: 'one' });
    expect(state).toMatchObject({ total: 300, counted: 'server' });
    expect(asked().slice(questions)).toMatchObject([{ unless: 'one' }]);
    await client.close();
  });

  test.each([
    ['what is pending is put to it', 90, { total: 91, counted: 'both' }],
    ['what is near and pending waits, where others would make way for it', 100, { total: 100, counted: 'server' }],
  ])('by a vector is the server’s count: %s', async (_, total, expected) => {
    const search = { notes: { fields: FIELDS, vectors: { field: 'at', dimensions: 2 } } };
    const { client, notes, rest, asked, say, world } = await setUp({ search });
    let state: SearchState<unknown> | null = null;
    const options = { fields: FIELDS, vector: [1, 0], minSimilarity: 0.5, limit: 2, facets: ['list'] };
    for (let i = 0; i < 6; i++) notes.patch(`k0${i}`, { at: [1, i] });
    await rest();
    client.searchSubscribe('notes', 'milk', options).subscribe((next) => (state = next));
    await rest();
    expect(state).toMatchObject({ error: null, source: 'server' });
    expect(asked().at(-1)).toMatchObject({ query: { limit: 2, search: { near: { minSimilarity: 0.5 } } } });
    await say({ total, facets: [[['a', total]]], mark: 'one' });
    expect(state).toMatchObject({ total, counted: 'server', facets: { list: [{ value: 'a', count: total }] } });
    world.server.holdDecisions();
    notes.set('near', { title: 'bread', at: [2, 1] });
    notes.set('far', { title: 'bread', at: [0, 1] });
    await rest();
    expect(state).toMatchObject(expected);
    await client.close();
  });

  test('is not asked where all that is found is here', async () => {
    const { client, rest, asked } = await setUp();
    let state: SearchState<unknown> | null = null;
    client.searchSubscribe('notes', 'oat', { fields: FIELDS }).subscribe((next) => (state = next));
    await rest();
    expect(state).toMatchObject({ total: 10, counted: 'server' });
    expect(asked()).toEqual([]);
    await client.close();
  });

  test('is this device’s count where the server refuses; one that has too much to do is asked again', async () => {
    const { client, rest, world, asked } = await setUp();
    let state: SearchState<unknown> | null = null;
    client.searchSubscribe('notes', 'milk', { fields: FIELDS, limit: 2 }).subscribe((next) => (state = next));
    await rest();
    const refuse = async (code: 'overloaded' | 'bad-query'): Promise<void> => {
      const { id } = asked().at(-1) as Asked;
      world.transport.last().send({ type: 'search-refused', id, code, reason: 'no' });
      await rest();
    };
    await refuse('overloaded');
    expect(asked()).toHaveLength(1);
    await world.time.advance(FACTS_RETRY_MS);
    expect(asked()).toHaveLength(2);
    await refuse('bad-query');
    await world.time.advance(FACTS_RETRY_MS);
    expect(asked()).toHaveLength(2);
    expect(state).toMatchObject({ counted: 'local' });
    await client.close();
  });

  test('completions are the server’s with those of what is pending, each with its source; before it has answered they are this device’s', async () => {
    const { client, notes, rest, say, asked } = await setUp();
    let state: SuggestState | null = null;
    client.suggestSubscribe('notes', 'mil', { fields: FIELDS, limit: 3 }).subscribe((next) => (state = next));
    await rest();
    expect(state).toMatchObject({ suggestions: [{ text: 'milk', count: 30, source: 'local' }] });
    expect(asked()).toMatchObject([{ complete: 3 }]);
    await say({
      completions: [
        ['milk', 500],
        ['mill', 2],
      ],
    });
    client.disconnect();
    notes.set('new', { title: 'milk and millet' });
    notes.set('k03', { title: 'milk, still' });
    await rest();
    expect(state).toMatchObject({
      suggestions: [
        { text: 'milk', count: 501, source: 'both' },
        { text: 'mill', count: 2, source: 'server' },
        { text: 'millet', count: 1, source: 'local' },
      ],
    });
    await client.close();
  });
});

test('SE-45: the pages of a search show each record once, with a server, whatever it brings meanwhile', async () => {
  const { client, notes, rest } = await setUp();
  const shown: string[] = [];
  let cursor: string | null = null;
  do {
    let page: Awaited<ReturnType<typeof client.search>> | null = null;
    const options = { fields: FIELDS, limit: 7, minScore: 0, cursor };
    void client.search('notes', 'milk', options).then((results) => (page = results));
    while (page === null) await rest();
    const { nextCursor, length } = page as { readonly nextCursor: string | null; readonly length: number };
    shown.push(...(page as readonly { readonly key: string }[]).map(({ key }) => key));
    if (nextCursor !== null) expect(length).toBe(7);
    // Scores of all that is left move with it.
    notes.set(`late${shown.length}`, { title: 'oat oat oat', list: 'c' });
    await rest();
    cursor = nextCursor;
  } while (cursor !== null);
  expect(new Set(shown).size).toBe(shown.length);
  expect(shown.toSorted()).toEqual(Array.from({ length: 30 }, (_, i) => `k${String(i).padStart(2, '0')}`));
  await client.close();
});
