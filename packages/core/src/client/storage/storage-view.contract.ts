import { describe, expect, it } from 'vitest';

import type { LwwRecord } from '../../crdt/index.js';
import type { KeptView } from '../ports/storage.js';
import { MAX_KEPT_ROWS, MAX_KEPT_VIEWS } from './kept-view.js';
import { canonicalMap, record, unwrap, type WithDatabase } from './samples.contract.js';

const viewOf = (key: string, records: readonly (readonly [string, LwwRecord])[], hasMore = false): KeptView => ({
  key,
  records: new Map(records),
  hasMore,
});

/** Not in the order of their keys. */
const ROWS = ['b', 'a', 'c'].map((key, i) => [key, record(i + 1, `title ${i}`)] as const);

/** CL-2: the part of the storage contract that is about kept views. */
export function describeViewContract(withDatabase: WithDatabase): void {
  describe('kept views', () => {
    it(
      'CL-2: a view is there again as it was kept, in its order, and no other',
      withDatabase(async (open) => {
        const storage = await open();
        unwrap(await storage.keepView({ ...viewOf('todos\0open', ROWS, true), isAnswer: true }));
        await storage.close();
        const again = await open();
        const kept = unwrap(await again.loadView('todos\0open'));
        expect([...(kept?.records.keys() ?? [])]).toEqual(['b', 'a', 'c']);
        expect(canonicalMap(kept?.records ?? new Map())).toEqual(canonicalMap(new Map(ROWS)));
        expect([kept?.key, kept?.hasMore, kept?.isAnswer]).toEqual(['todos\0open', true, true]);
        expect(unwrap(await again.loadView('todos\0done'))).toBeNull();
      }),
    );

    it(
      'CL-2: a view that is kept again takes the place of the one before',
      withDatabase(async (open) => {
        const storage = await open();
        unwrap(await storage.keepView(viewOf('todos\0', ROWS, true)));
        unwrap(await storage.keepView(viewOf('todos\0', [['d', record(9, 'later')]])));
        const kept = unwrap(await storage.loadView('todos\0'));
        expect([[...(kept?.records.keys() ?? [])], kept?.hasMore, kept?.isAnswer]).toEqual([['d'], false, undefined]);
      }),
    );

    it(
      'CL-2: what is kept changes nothing of what is held',
      withDatabase(async (open) => {
        const storage = await open();
        unwrap(await storage.keepView(viewOf('todos\0', ROWS)));
        expect(unwrap(await storage.loadMap('todos')).size).toBe(0);
        expect(unwrap(await storage.loadOutbox())).toEqual([]);
        expect((await open()).identity.databaseId).toBe(storage.identity.databaseId);
      }),
    );

    it(
      'CL-2, RU-6: a row that is dropped leaves what was kept of the views of its map, and no other',
      withDatabase(async (open) => {
        const storage = await open();
        for (const key of ['todos\0open', 'todos\0all', 'todos2\0all'])
          unwrap(await storage.keepView(viewOf(key, ROWS, true)));
        unwrap(await storage.commit({ base: [{ map: 'todos', changes: [{ type: 'drop', key: 'a' }] }] }));
        unwrap(await storage.keepView(viewOf('notes\0all', [])));
        const again = await open();
        const kept = async (key: string) => {
          const view = unwrap(await again.loadView(key));
          return [[...(view?.records.keys() ?? [])], view?.hasMore];
        };
        expect(await kept('todos\0open')).toEqual([['b', 'c'], true]);
        expect(await kept('todos\0all')).toEqual([['b', 'c'], true]);
        expect(await kept('todos2\0all')).toEqual([['b', 'a', 'c'], true]);
      }),
    );

    it(
      'CL-2: of too many views those kept longest ago are forgotten',
      withDatabase(async (open) => {
        const storage = await open();
        const keys = Array.from({ length: MAX_KEPT_VIEWS }, (_, i) => `todos\0${i}`);
        for (const key of keys) unwrap(await storage.keepView(viewOf(key, ROWS)));
        unwrap(await storage.keepView(viewOf('todos\x000', ROWS)));
        unwrap(await storage.keepView(viewOf('todos\0new', ROWS)));
        const isThere = async (key: string): Promise<boolean> => unwrap(await storage.loadView(key)) !== null;
        expect(await Promise.all(['todos\x000', 'todos\x001', 'todos\x002', 'todos\0new'].map(isThere))).toEqual([
          true,
          false,
          true,
          true,
        ]);
      }),
    );

    it(
      'CL-2: of a view no more is kept than is quick to read: its first rows',
      withDatabase(async (open) => {
        const storage = await open();
        const many = Array.from({ length: MAX_KEPT_ROWS + 1 }, (_, i) => [`k${i}`, record(1, i)] as const);
        unwrap(await storage.keepView(viewOf('many', many)));
        const large = Array.from({ length: 8 }, (_, i) => [`k${i}`, record(1, 'x'.repeat(60_000))] as const);
        unwrap(await storage.keepView(viewOf('large', large)));
        const [ofMany, ofLarge] = [unwrap(await storage.loadView('many')), unwrap(await storage.loadView('large'))];
        expect([ofMany?.records.size, ofMany?.hasMore]).toEqual([MAX_KEPT_ROWS, true]);
        expect([[...(ofLarge?.records.keys() ?? [])], ofLarge?.hasMore]).toEqual([['k0', 'k1', 'k2', 'k3'], true]);
      }),
    );
  });
}
