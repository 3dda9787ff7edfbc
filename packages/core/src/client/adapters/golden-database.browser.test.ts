import { expect, it } from 'vitest';

import { materialize } from '../../crdt/index.js';
import { createOp, compactAll, unwrap } from '../storage/samples.contract.js';
import { DexieAdapter } from './dexie-storage.js';
import { FORMAT_1 } from '../testing/golden-format-1.js';

/** As browsers have it on the disk: layout and rows without any code of the product. */
function layOut(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, FORMAT_1.databaseVersion);
    opening.onerror = () => reject(opening.error ?? new Error('not opened'));
    opening.onupgradeneeded = () => {
      const { result: idb } = opening;
      const numbered = { keyPath: 'id', autoIncrement: true };
      idb.createObjectStore('meta', { keyPath: 'id' });
      idb.createObjectStore('outbox', numbered).createIndex('[replica+last]', ['replica', 'last']);
      idb.createObjectStore('journal', numbered).createIndex('map', 'map');
      idb.createObjectStore('pages', { keyPath: ['map', 'first'] });
      idb.createObjectStore('rejections', { keyPath: 'id' });
      idb.createObjectStore('kept', numbered);
      for (const [store, rows] of Object.entries(FORMAT_1.stores)) {
        for (const row of rows) opening.transaction?.objectStore(store).add(row);
      }
    };
    opening.onsuccess = () => {
      opening.result.close();
      resolve();
    };
  });
}

it('CL-2: a database of format 1 opens, with all that is in it, and goes on', async () => {
  await layOut('golden-format-1');
  const storage = unwrap(await new DexieAdapter().open('golden-format-1'));
  const [op, refused, accepted] = [1, 2, 3].map((seq) => createOp(seq));
  const values = async () =>
    [...unwrap(await storage.loadMap('todos'))].map(([key, record]) => [key, materialize(record)]);
  expect(storage.identity.databaseId).toBe('Oc-_IdiGS8Jj');
  expect(storage.identity.issued.get(op!.replica)?.seq).toBe(3);
  expect(unwrap(await storage.loadOutbox())).toEqual([{ op, handed: true }]);
  expect(unwrap(await storage.loadRejections()).map((each) => each.op)).toEqual([refused]);
  expect(unwrap(await storage.loadKept())).toEqual([accepted]);
  expect([...(unwrap(await storage.loadView('todos\0'))?.records.keys() ?? [])]).toEqual(['a']);
  expect(unwrap(await storage.latestLead())).toBe(1);
  expect(unwrap(await storage.storedMaps()).map(({ map, usedAt }) => [map, usedAt])).toEqual([['todos', 7]]);
  const expected = [
    ['a', { title: 'paged' }],
    ['c', { title: 'journaled' }],
  ];
  expect(await values()).toEqual(expected);
  await compactAll(storage);
  expect(await values()).toEqual(expected);
  unwrap(await storage.destroy());
});
