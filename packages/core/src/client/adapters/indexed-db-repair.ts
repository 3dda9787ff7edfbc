import { decodeRecord } from '../../crdt/index.js';
import { journalRow, parseJournal } from '../storage/journal-rows.js';
import { readPage } from '../storage/pages.js';
import { type JournalRow, type PageRow, ROW_VERSION } from '../storage/stored-rows.js';
import { requested, runTransaction } from './indexed-db.js';
import { rangeOfMap, setAside } from './indexed-db-compaction.js';

const REPAIRING = { stores: ['meta', 'journal', 'pages'], mode: 'readwrite', durability: 'relaxed' } as const;

/**
 * CL-8: sets aside what of a map's confirmed rows cannot be read, and takes it out: it is told once, and the rows are held no more, so
 * that the server, asked with the digest of what is held, sends them again. What a newer version has written is left alone.
 */
export function repairMap(idb: IDBDatabase, map: string): Promise<void> {
  return runTransaction(idb, REPAIRING, async (transaction) => {
    const pages = transaction.objectStore('pages');
    for (const page of await requested<PageRow[]>(pages.getAll(rangeOfMap(map)))) {
      const corrupt = new Set(page.v <= ROW_VERSION ? readPage(page, new Map()) : []);
      if (corrupt.size === 0) continue;
      setAside(transaction, 'pages', JSON.stringify([map, page.first]), page);
      const left = page.keys.flatMap((key, index) => (corrupt.has(key) ? [] : [[key, page.records[index] ?? '']]));
      const keys = left.map(([key = '']) => key);
      const records = left.map(([, text = '']) => text);
      if (left.length === 0) pages.delete([map, page.first]);
      else pages.put({ ...page, keys, records });
    }
    const journal = transaction.objectStore('journal');
    for (const row of await requested<JournalRow[]>(journal.index('map').getAll(map))) {
      if (row.v > ROW_VERSION || row.id === undefined) continue;
      const changes = parseJournal(row) ?? [];
      const left = changes.filter(([, wire]) => wire === undefined || decodeRecord(wire).ok);
      if (left.length > 0 && left.length === changes.length) continue;
      setAside(transaction, 'journal', row.id, row);
      if (left.length === 0) journal.delete(row.id);
      else journal.put({ ...journalRow(map, left), id: row.id });
    }
  });
}
