import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { MemoryAdapter } from '../adapters/memory-storage.js';
import { TopGunClient } from '../topgun-client.js';
import type { SearchOptions, SearchState } from './search-result.js';

interface Note {
  readonly title: string;
  readonly at?: readonly number[] | Uint8Array;
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
    auth: { principal: `vectors-${++opened}` },
    search: { notes: { fields: ['title'], vectors: { field: 'at', dimensions: 3 } } },
  });
  await client.start();
  const notes = client.getMap('notes');
  notes.set('cat', { title: 'a cat', at: [1, 0, 0], kind: 'pet' });
  notes.set('kitten', { title: 'a kitten', at: new Uint8Array(Float32Array.of(0.9, 0.1, 0).buffer) });
  notes.set('car', { title: 'a car', at: [0, 0, 1] });
  notes.set('cattle', { title: 'cattle' });
  notes.set('odd', { title: 'odd', at: [1, 0] });
});
afterEach(() => client.close());

const keys = async (text: string, options: SearchOptions): Promise<readonly string[]> =>
  (await client.search('notes', text, options)).map(({ key }) => key);

describe('SE-61: a search by a vector', () => {
  test('finds what is near, and what has the words: both come before either', async () => {
    const found = await client.search('notes', 'cat', { vector: [1, 0, 0], minSimilarity: 0.5, fuzzy: false });
    expect(found.map(({ key, similarity, matchedTerms }) => [key, similarity, matchedTerms])).toEqual([
      ['cat', 1, ['cat']],
      ['cattle', undefined, ['cattle']],
      ['kitten', 0.993884, []],
    ]);
    expect(found[0]?.score).toBe(2 / 61);
    expect(found.total).toBe(3);
    expect(await keys('cat', { fuzzy: false })).toEqual(['cat', 'cattle']);
  });

  test('of a blank text is by nearness alone; conditions, least score and limit apply, and pages follow', async () => {
    expect(await keys('', { vector: [0.6, 0.8, 0] })).toEqual(['kitten', 'cat', 'car']);
    expect(await keys(' ', { vector: Float32Array.of(0.6, 0.8, 0), limit: 1 })).toEqual(['kitten']);
    expect(await keys('', { vector: [1, 0, 0], where: { kind: 'pet' } })).toEqual(['cat']);
    expect(await keys('cat', { vector: [1, 0, 0], minScore: 1 / 60 })).toEqual(['cat']);
    const options = { vector: [1, 0, 0], limit: 2 };
    const { nextCursor: cursor } = await client.search('notes', '', options);
    expect(await keys('', { ...options, cursor })).toEqual(['car']);
    await expect(keys('', { ...options, vector: [1, 0, 1], cursor })).rejects.toMatchObject({ code: 'bad-search' });
  });

  test('is live: what changes moves, what loses its vector goes, and the same vector written otherwise is the same search', async () => {
    const handle = client.searchSubscribe('notes', '', { vector: [1, 0, 0], limit: 2 });
    let state: SearchState<Note> | null = null;
    const stop = handle.subscribe((next) => (state = next));
    const shows = (...expected: string[]) =>
      vi.waitFor(() => expect(state?.results.map(({ key }) => key)).toEqual(expected));
    await shows('cat', 'kitten');
    const notes = client.getMap('notes');
    notes.patch('car', { at: [1, 0.01, 0] });
    await shows('cat', 'car');
    notes.patch('cat', { at: [-1, 0, 0] });
    await shows('car', 'kitten');
    notes.set('kitten', { title: 'a kitten' });
    await shows('car', 'cat');
    notes.set('odd', { title: 'odd', at: [1, 0, 0] });
    await shows('odd', 'car');
    notes.remove('odd');
    await shows('car', 'cat');
    const before = state;
    notes.patch('cattle', { title: 'cows' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(state).toBe(before);
    stop();
    const key = (vector: SearchOptions['vector']) => client.searchSubscribe('notes', '', { vector, limit: 2 }).key;
    expect(key(Float32Array.of(1, 0, 0))).toBe(handle.key);
    expect(key([1, 0, 1])).not.toBe(handle.key);
  });

  test.each([
    ['another number of numbers', [1, 2], 'wrong-dimensions'],
    ['what is not finite', [1, NaN, 3], 'not-finite'],
    ['no direction', [0, 0, 0], 'no-direction'],
    ['no numbers', 'x', 'wrong-type'],
  ])('SE-12: by %s is refused', async (_, vector, code) => {
    const options = { vector } as unknown as SearchOptions;
    await expect(client.search('notes', 'cat', options)).rejects.toMatchObject({ code: 'bad-search', cause: { code } });
    const handle = client.searchSubscribe('notes', '', options);
    handle.subscribe(() => {});
    await vi.waitFor(() => expect(handle.getSnapshot().error).toMatchObject({ code: 'bad-search', cause: { code } }));
  });

  test('SE-12: of a map without vectors, and bounds that are none, are refused', async () => {
    await expect(client.search('others', '', { fields: ['title'], vector: [1, 0, 0] })).rejects.toMatchObject({
      code: 'bad-search',
      cause: { code: 'no-vectors' },
    });
    await expect(keys('', { vector: [1, 0, 0], minSimilarity: 2 })).rejects.toMatchObject({
      cause: { code: 'wrong-type', option: 'minSimilarity' },
    });
  });
});
