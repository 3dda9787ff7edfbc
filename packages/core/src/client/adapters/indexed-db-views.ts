import type { KeptView } from '../ports/storage.js';
import { MAX_KEPT_VIEWS, rowToView } from '../storage/kept-view.js';
import { ROW_VERSION, viewRowId, type ViewRow, type ViewsRow } from '../storage/stored-rows.js';
import { requested, runTransaction } from './indexed-db.js';

const READING = { stores: ['meta'], mode: 'readonly', durability: 'relaxed' } as const;
// Relaxed: what a crash takes of it is shown once it is loaded.
const WRITING = { stores: ['meta'], mode: 'readwrite', durability: 'relaxed' } as const;

export async function loadView(idb: IDBDatabase, key: string): Promise<KeptView | 'corrupt' | null> {
  const row = await runTransaction(idb, READING, (transaction) =>
    requested<ViewRow | undefined>(transaction.objectStore('meta').get(viewRowId(key))),
  );
  // What a newer version has kept is left alone, until it keeps the view again.
  if (row === undefined || row.v > ROW_VERSION) return null;
  return rowToView(key, row) ?? 'corrupt';
}

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

async function idsOf(meta: IDBObjectStore): Promise<readonly string[]> {
  const row = (await requested(meta.get('views'))) as ViewsRow | undefined;
  return Array.isArray(row?.ids) ? row.ids : [];
}
