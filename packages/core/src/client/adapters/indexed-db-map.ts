import type { LwwRecord } from '../../crdt/index.js';
import { applyWireChange, parseJournal } from '../storage/journal-rows.js';
import { readPage } from '../storage/pages.js';
import type { JournalRow, PageRow } from '../storage/stored-rows.js';
import { rangeOfMap } from './indexed-db-compaction.js';
import type { Loaded } from './indexed-db-load.js';
import { requested, runTransaction } from './indexed-db.js';
import { createSlices } from './next-turn.js';

/** Read, and copied into the page, in one turn: some 2,000 records, or 16,000 changes that are not yet looked at. */
const PAGES_AT_ONCE = 4;
const ROWS_AT_ONCE = 32;

const READING = { stores: ['pages', 'journal'], mode: 'readonly', durability: 'relaxed' } as const;

/**
 * The confirmed records of a map: those of its pages, and what has happened to them since. In many turns of the page where they are many, and in one
 * transaction: what is folded meanwhile is in one of the two as before.
 */
export const loadMap = async (idb: IDBDatabase, map: string): Promise<Loaded<Map<string, LwwRecord>>> =>
  recordsOf(map, await runTransaction(idb, READING, (transaction) => mapIn(transaction, map)));

/** What is stored of a map: what its pages come to, and what is to be done to that. */
export interface StoredRows extends Loaded<Map<string, LwwRecord>> {
  readonly journal: readonly JournalRow[];
}

/** In a transaction of pages and journal. */
export async function mapIn(transaction: IDBTransaction, map: string): Promise<StoredRows> {
  const value = new Map<string, LwwRecord>();
  const corrupt: string[] = [];
  const reading = readPages(transaction, map, (page) => {
    for (const key of readPage(page, value)) corrupt.push(`record ${key} of map ${map}`);
  });
  const [journal] = await Promise.all([readJournal(transaction, map), reading]);
  return { value, corrupt, journal };
}

export async function recordsOf(
  map: string,
  { value, corrupt: unreadable, journal }: StoredRows,
): Promise<Loaded<Map<string, LwwRecord>>> {
  const corrupt = [...unreadable];
  const slices = createSlices();
  for (const row of journal) {
    const changes = parseJournal(row);
    if (changes === null) corrupt.push(`changes of map ${map}`);
    for (const change of changes ?? []) {
      if (!applyWireChange(value, change)) corrupt.push(`a change of record ${change[0]} of map ${map}`);
    }
    const pause = slices.pause();
    if (pause !== null) await pause;
  }
  return { value, corrupt };
}

/** While some are looked at the next ones are on their way, which keeps the transaction open too. */
async function readPages(transaction: IDBTransaction, map: string, take: (page: PageRow) => void): Promise<void> {
  const pages = transaction.objectStore('pages');
  const read = (range: IDBKeyRange): Promise<PageRow[]> => requested<PageRow[]>(pages.getAll(range, PAGES_AT_ONCE));
  let reading: Promise<PageRow[]> | null = read(rangeOfMap(map));
  while (reading !== null) {
    const some: PageRow[] = await reading;
    const last = some.length < PAGES_AT_ONCE ? undefined : some.at(-1);
    reading = last === undefined ? null : read(IDBKeyRange.bound([map, last.first], [map, []], true));
    some.forEach(take);
  }
}

async function readJournal(transaction: IDBTransaction, map: string): Promise<JournalRow[]> {
  const journal = transaction.objectStore('journal');
  const ids = (await requested(journal.index('map').getAllKeys(map))) as number[];
  const rows: JournalRow[] = [];
  for (let at = 0; at < ids.length; at += ROWS_AT_ONCE) {
    const some = runsOf(ids.slice(at, at + ROWS_AT_ONCE));
    const read = await Promise.all(
      some.map(([first, last]) => requested<JournalRow[]>(journal.getAll(IDBKeyRange.bound(first, last)))),
    );
    for (const row of read.flat()) rows.push(row);
  }
  return rows;
}

/** Numbers in order as ranges without a gap: what lies in one is the map's alone. */
function runsOf(ids: readonly number[]): (readonly [first: number, last: number])[] {
  const runs: [number, number][] = [];
  for (const id of ids) {
    const run = runs.at(-1);
    if (run?.[1] === id - 1) run[1] = id;
    else runs.push([id, id]);
  }
  return runs;
}
