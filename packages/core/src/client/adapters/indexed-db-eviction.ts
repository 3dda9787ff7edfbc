import type { StoredMap } from '../ports/storage.js';
import { mapOfView } from '../storage/kept-view.js';
import { isUseToNote } from '../storage/plan-eviction.js';
import {
  type JournalRow,
  type PageRow,
  ROW_VERSION,
  type StoreName,
  USED_PREFIX,
  type UsedRow,
  usedRowId,
  viewRowId,
} from '../storage/stored-rows.js';
import { requested, runTransaction } from './indexed-db.js';
import { rangeOfMap } from './indexed-db-compaction.js';
import { rangeOfIndex } from './indexed-db-search.js';

/** What is read of a store at a time. */
const ROWS_AT_ONCE = 8;

const NOTING = { stores: ['meta'], mode: 'readwrite', durability: 'relaxed' } as const;
const reading = (store: StoreName) => ({ stores: [store], mode: 'readonly', durability: 'relaxed' }) as const;
const EVICTING = { stores: ['meta', 'journal', 'pages'], mode: 'readwrite', durability: 'relaxed' } as const;

export function noteUse(idb: IDBDatabase, map: string, now: number): Promise<void> {
  return runTransaction(idb, NOTING, async (transaction) => {
    const meta = transaction.objectStore('meta');
    const before = (await requested(meta.get(usedRowId(map)))) as UsedRow | undefined;
    if (isUseToNote(before?.at, now)) meta.put({ id: usedRowId(map), v: ROW_VERSION, map, at: now } satisfies UsedRow);
  });
}

/** By few rows at a time, and as many transactions: nobody else is to wait for all of it, and where there is no room on the disk, memory may be short too. */
export async function storedMaps(idb: IDBDatabase): Promise<readonly StoredMap[]> {
  const bytes = new Map<string, number>();
  const add = (map: string, size: number): void => void bytes.set(map, (bytes.get(map) ?? 0) + size);
  // First: what is folded meanwhile is counted twice rather than not at all.
  await eachRow<JournalRow>(idb, 'journal', ({ map, changes }) => add(map, changes.length));
  await eachRow<PageRow>(idb, 'pages', ({ map, keys, records }) => {
    for (const texts of [keys, records]) for (const text of texts) add(map, text.length);
  });
  const uses = await runTransaction(idb, reading('meta'), (transaction) =>
    requested<UsedRow[]>(transaction.objectStore('meta').getAll(startingWith(USED_PREFIX))),
  );
  const usedAt = new Map(uses.map(({ map, at }) => [map, at]));
  return [...bytes].map(([map, size]) => ({ map, bytes: size, usedAt: usedAt.get(map) ?? 0 }));
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

async function eachRow<T>(idb: IDBDatabase, store: StoreName, take: (row: T) => void): Promise<void> {
  for (let range: IDBKeyRange | null = null, isEnd = false; !isEnd;) {
    const after: IDBKeyRange | null = range;
    const { rows, keys } = await runTransaction(idb, reading(store), async (transaction) => {
      const objects = transaction.objectStore(store);
      const [values, ids] = [
        requested<T[]>(objects.getAll(after, ROWS_AT_ONCE)),
        requested(objects.getAllKeys(after, ROWS_AT_ONCE)),
      ];
      return { rows: await values, keys: await ids };
    });
    rows.forEach(take);
    const last = keys.at(-1);
    isEnd = last === undefined || keys.length < ROWS_AT_ONCE;
    if (last !== undefined) range = IDBKeyRange.lowerBound(last, true);
  }
}
