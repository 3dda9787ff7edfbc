import { describe, expect, it } from 'vitest';

import { merge, record, unwrap, type WithDatabase } from './samples.contract.js';

/** SE-27: the part of the storage contract that is about saved search indexes, of a storage that keeps them. */
export function describeSearchContract(withDatabase: WithDatabase): void {
  describe('saved search indexes', () => {
    it(
      'SE-27: an index is there again in its parts, under its map and name and under no other',
      withDatabase(async (open) => {
        const storage = await open();
        const parts = ['one', '', 'x'.repeat(3_000_000), '\ud83d', '\ude00'];
        unwrap(await storage.savedIndexes!.keep('todos', 'title', parts));
        await storage.close();
        const { savedIndexes } = await open();
        expect(unwrap(await savedIndexes!.load('todos', 'title'))).toEqual(parts);
        expect(unwrap(await savedIndexes!.load('todos', 'body'))).toBeNull();
        expect(unwrap(await savedIndexes!.load('todo', 'title'))).toBeNull();
        expect(unwrap(await savedIndexes!.load('todos2', 'title'))).toBeNull();
      }),
    );

    it(
      'SE-27: of a map one index is kept, the last',
      withDatabase(async (open) => {
        const { savedIndexes } = await open();
        unwrap(await savedIndexes!.keep('todos', 'title', ['a', 'b', 'c']));
        unwrap(await savedIndexes!.keep('notes', 'title', ['n']));
        unwrap(await savedIndexes!.keep('todos', 'body', ['d']));
        expect(unwrap(await savedIndexes!.load('todos', 'title'))).toBeNull();
        expect(unwrap(await savedIndexes!.load('todos', 'body'))).toEqual(['d']);
        expect(unwrap(await savedIndexes!.load('notes', 'title'))).toEqual(['n']);
      }),
    );

    it(
      'SE-27, RU-6: it goes with records of its map that are dropped or evicted, and with no others',
      withDatabase(async (open) => {
        const storage = await open();
        const saved = storage.savedIndexes!;
        for (const map of ['dropped', 'evicted', 'stays']) unwrap(await saved.keep(map, 'title', [map]));
        const changes = [merge('a', record(1, 'milk'))];
        unwrap(await storage.commit({ base: ['dropped', 'stays'].map((map) => ({ map, changes })) }));
        expect(unwrap(await saved.load('dropped', 'title'))).toEqual(['dropped']);
        unwrap(await storage.commit({ base: [{ map: 'dropped', changes: [{ type: 'drop', key: 'a' }] }] }));
        unwrap(await storage.evict(['evicted']));
        expect(unwrap(await saved.load('dropped', 'title'))).toBeNull();
        expect(unwrap(await saved.load('evicted', 'title'))).toBeNull();
        expect(unwrap(await saved.load('stays', 'title'))).toEqual(['stays']);
      }),
    );
  });
}
