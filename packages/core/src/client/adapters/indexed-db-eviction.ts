import type { StoredMap } from '../ports/storage.js';
import { mapOfView } from '../storage/kept-view.js';
import { isUseToNote } from '../storage/plan-eviction.js';
import {
  type JournalRow,
  type PageRow,
  ROW_VERSION,
  USED_PREFIX,
  type UsedRow,
  usedRowId,
  viewRowId,
} from '../storage/stored-rows.js';
import { requested, runTransaction } from './indexed-db.js';
import { rangeOfMap } from './indexed-db-compaction.js';
import { rangeOfIndex } from './indexed-db-search.js';

const NOTING = { stores: ['meta'], mode: 'readwrite', durability: 'relaxed' } as const;
const READING = { stores: ['meta', 'journal', 'pages'], mode: 'readonly', durability: 'relaxed' } as const;
const EVICTING = { stores: ['meta', 'journal', 'pages'], mode: 'readwrite', durability: 'relaxed' } as const;

export function noteUse(idb: IDBDatabase, map: string, now: number): Promise<void> {
  return runTransaction(idb, NOTING, async (transaction) => {
    const meta = transaction.objectStore('meta');
    const before = (await requested(meta.get(usedRowId(map)))) as UsedRow | undefined;
    if (isUseToNote(before?.at, now)) meta.put({ id: usedRowId(map), v: ROW_VERSION, map, at: now } satisfies UsedRow);
  });
}

/** One row after the other: where there is no room on the disk, memory may be short too. */
export function storedMaps(idb: IDBDatabase): Promise<readonly StoredMap[]> {
  return runTransaction(idb, READING, async (transaction) => {
    const bytes = new Map<string, number>();
    const add = (map: string, size: number): void => void bytes.set(map, (bytes.get(map) ?? 0) + size);
    await eachRow<PageRow>(transaction.objectStore('pages'), ({ map, keys, records }) => {
      for (const texts of [keys, records]) for (const text of texts) add(map, text.length);
    });
    await eachRow<JournalRow>(transaction.objectStore('journal'), ({ map, changes }) => add(map, changes.length));
    const uses = (await requested(transaction.objectStore('meta').getAll(startingWith(USED_PREFIX)))) as UsedRow[];
    const usedAt = new Map(uses.map(({ map, at }) => [map, at]));
    return [...bytes].map(([map, size]) => ({ map, bytes: size, usedAt: usedAt.get(map) ?? 0 }));
  });
}

/** Only deletes. The list of kept views goes on naming those that are gone: who finds none there goes on to the next. */
export function evictMaps(idb: IDBDatabase, maps: readonly string[]): Promise<void> {
  return runTransaction(idb, EVICTING, async (transaction) => {
    const meta = transaction.objectStore('meta');
    const journal = transaction.objectStore('journal');
    for (const map of maps) {
      transaction.objectStore('pages').delete(rangeOfMap(map));
      meta.delete(usedRowId(map));
      meta.delete(rangeOfIndex(map));
      for (const id of await requested(journal.index('map').getAllKeys(map))) journal.delete(id);
    }
    for (const id of await requested(meta.getAllKeys(startingWith(viewRowId(''))))) {
      if (typeof id === 'string' && maps.includes(mapOfView(id.slice(viewRowId('').length)))) meta.delete(id);
    }
  });
}

const startingWith = (prefix: string): IDBKeyRange => IDBKeyRange.bound(prefix, `${prefix}\uffff`);

function eachRow<T>(store: IDBObjectStore, take: (row: T) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = store.openCursor();
    request.onerror = () => reject(request.error ?? new DOMException('The request failed.', 'UnknownError'));
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor === null) return resolve();
      take(cursor.value as T);
      cursor.continue();
    };
  });
}
