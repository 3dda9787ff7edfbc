import type { KeptView } from '../ports/storage.js';
import { mapOfView, MAX_KEPT_VIEWS, rowToView, viewToRow, withoutRows } from '../storage/kept-view.js';
import { ROW_VERSION, viewRowId, type ViewRow, type ViewsRow } from '../storage/stored-rows.js';
import { rangeOfIndex } from './indexed-db-search.js';
import { requested, runTransaction } from './indexed-db.js';

const READING = { stores: ['meta'], mode: 'readonly', durability: 'relaxed' } as const;
// Relaxed: what a crash takes of it is shown once it is loaded.
const WRITING = { stores: ['meta'], mode: 'readwrite', durability: 'relaxed' } as const;

/** `read`: what there is of it, where that has been read already. */
export async function loadView(
  idb: IDBDatabase,
  key: string,
  read: { readonly row: ViewRow | undefined } | null = null,
): Promise<KeptView | 'corrupt' | null> {
  const { row } = read ?? { row: await readRow(idb, key) };
  // What a newer version has kept is left alone, until it keeps the view again.
  if (row === undefined || row.v > ROW_VERSION) return null;
  return rowToView(key, row) ?? 'corrupt';
}

const readRow = (idb: IDBDatabase, key: string): Promise<ViewRow | undefined> =>
  runTransaction(idb, READING, (transaction) =>
    requested<ViewRow | undefined>(transaction.objectStore('meta').get(viewRowId(key))),
  );

/** Puts the row in the place of the one before, and forgets the views kept longest ago where there are too many. */
export function writeView(idb: IDBDatabase, row: ViewRow): Promise<void> {
  return runTransaction(idb, WRITING, async (transaction) => {
    const meta = transaction.objectStore('meta');
    const ids = [...(await idsOf(meta)).filter((id) => id !== row.id), row.id];
    for (const id of ids.splice(0, Math.max(0, ids.length - MAX_KEPT_VIEWS))) meta.delete(id);
    meta.put({ id: 'views', v: ROW_VERSION, ids } satisfies ViewsRow);
    meta.put(row);
  });
}

export function forgetView(idb: IDBDatabase, key: string): Promise<void> {
  return runTransaction(idb, WRITING, async (transaction) => {
    const meta = transaction.objectStore('meta');
    const ids = (await idsOf(meta)).filter((id) => id !== viewRowId(key));
    meta.put({ id: 'views', v: ROW_VERSION, ids } satisfies ViewsRow);
    meta.delete(viewRowId(key));
  });
}

/** Takes rows out of the views of their maps, by map. Views in which none of them is are read, and no more. */
export function dropFromViews(idb: IDBDatabase, dropped: ReadonlyMap<string, ReadonlySet<string>>): Promise<void> {
  return runTransaction(idb, WRITING, async (transaction) => {
    const meta = transaction.objectStore('meta');
    // Their words may be no longer for whoever is here: an index is kept again without them.
    for (const map of dropped.keys()) meta.delete(rangeOfIndex(map));
    for (const id of await idsOf(meta)) {
      const key = id.slice(viewRowId('').length);
      const keys = dropped.get(mapOfView(key));
      if (keys === undefined) continue;
      const row = (await requested(meta.get(id))) as ViewRow | undefined;
      const view = row === undefined || row.v > ROW_VERSION ? null : rowToView(key, row);
      if (view === null) continue;
      const left = withoutRows(view, keys);
      if (left !== view) meta.put(viewToRow(left));
    }
  });
}

async function idsOf(meta: IDBObjectStore): Promise<readonly string[]> {
  const row = (await requested(meta.get('views'))) as ViewsRow | undefined;
  return Array.isArray(row?.ids) ? row.ids : [];
}
