import { foldPage, pageOf } from '../storage/pages.js';
import { journalRow, parseJournal, type WireChange } from '../storage/journal-rows.js';
import { joinOutboxRows } from '../storage/outbox-chunks.js';
import {
  type JournalRow,
  type OutboxRow,
  type PageRow,
  ROW_VERSION,
  type SetAsideRow,
} from '../storage/stored-rows.js';
import { requested, runTransaction } from './indexed-db.js';

/** What one call takes on at most: it holds up the commits that come meanwhile. */
const JOURNAL_ROWS = 64;
const PAGES = 32;
const OUTBOX_ROWS = 1024;
/** Fewer small outbox rows than this are not worth joining. */
const JOIN_FROM = 16;

export interface Compaction {
  /** More is left to fold. */
  readonly more: boolean;
  readonly corrupt: readonly string[];
}

/**
 * Folds the oldest journal rows into the pages they touch, in one transaction: a crash leaves the journal as it was.
 * A row that touches more pages than one call takes keeps the changes not yet folded, at its place in the order.
 * A key's changes are folded in order: a page is either taken, with all of its changes read, or left.
 */
export function compactJournal(idb: IDBDatabase): Promise<Compaction> {
  const options = { stores: ['meta', 'journal', 'pages'], mode: 'readwrite', durability: 'relaxed' } as const;
  return runTransaction(idb, options, async (transaction) => {
    const journal = transaction.objectStore('journal');
    const pages = transaction.objectStore('pages');
    const rows = (await requested(journal.getAll(null, JOURNAL_ROWS))) as JournalRow[];
    const corrupt: string[] = [];
    const firstsByMap = new Map<string, string[]>();
    const taken = new Map<string, { map: string; first: string; changes: WireChange[] }>();

    for (const row of rows) {
      if (row.id === undefined) continue;
      const changes = parseJournal(row);
      if (changes === null) {
        corrupt.push(`changes of map ${row.map}`);
        setAside(transaction, 'journal', row.id, row);
        journal.delete(row.id);
        continue;
      }
      let firsts = firstsByMap.get(row.map);
      if (firsts === undefined) {
        const ids = (await requested(pages.getAllKeys(rangeOfMap(row.map)))) as [string, string][];
        firstsByMap.set(row.map, (firsts = ids.map(([, first]) => first)));
      }
      const left = changes.filter((change) => {
        const first = pageOf(firsts, change[0]);
        const id = JSON.stringify([row.map, first]);
        let page = taken.get(id);
        if (page === undefined && taken.size < PAGES) taken.set(id, (page = { map: row.map, first, changes: [] }));
        page?.changes.push(change);
        return page === undefined;
      });
      if (left.length === 0) journal.delete(row.id);
      else if (left.length < changes.length) journal.put({ ...journalRow(row.map, left), id: row.id });
    }

    for (const { map, first, changes } of taken.values()) {
      const page = (await requested(pages.get([map, first]))) as PageRow | undefined;
      const folded = foldPage(map, first, page, changes);
      for (const key of folded.corrupt) corrupt.push(`record ${key} of map ${map}`);
      if (folded.corrupt.length > 0) setAside(transaction, 'pages', JSON.stringify([map, first]), page);
      if (folded.pages.length === 0) pages.delete([map, first]);
      for (const next of folded.pages) pages.put(next);
    }
    const left = rows.length === 0 ? 0 : await requested(journal.count());
    return { more: left > 0, corrupt };
  });
}

/** Joins small outbox rows, when there are many. Strict: these are ops nobody else has. */
export async function compactOutbox(idb: IDBDatabase): Promise<void> {
  const options = { stores: ['outbox'], mode: 'readwrite', durability: 'strict' } as const;
  await runTransaction(idb, options, async (transaction) => {
    const outbox = transaction.objectStore('outbox');
    if ((await requested(outbox.count())) < JOIN_FROM) return;
    const rows = (await requested(outbox.index('[replica+last]').getAll(null, OUTBOX_ROWS))) as OutboxRow[];
    const changes = joinOutboxRows(rows);
    if (changes.remove.length < JOIN_FROM) return;
    for (const row of changes.put) outbox.put(row);
    for (const id of changes.remove) outbox.delete(id);
  });
}

/** Every page of one map: an array sorts after every string. */
export const rangeOfMap = (map: string): IDBKeyRange => IDBKeyRange.bound([map], [map, []]);

export function setAside(
  transaction: IDBTransaction,
  store: 'journal' | 'pages',
  id: number | string,
  row: unknown,
): void {
  const aside: SetAsideRow = { id: `aside:${store}:${id}`, v: ROW_VERSION, store, row };
  transaction.objectStore('meta').put(aside);
}
