import { foldPage } from '../storage/pages.js';
import { parseJournal, type WireChange } from '../storage/journal-rows.js';
import { changesByKey, planFold, type KeyChanges } from '../storage/plan-fold.js';
import { type JournalRow, type PageRow, ROW_VERSION, type SetAsideRow } from '../storage/stored-rows.js';
import { requested, runTransaction } from './indexed-db.js';
import { createSlices } from './next-turn.js';

/** What one call takes on at most. */
const JOURNAL_ROWS = 32;
/** What one transaction folds at most: commits that come meanwhile wait for it. */
const FOLD_LIMITS = { pages: 8, changes: 1024 };

const READING = { stores: ['journal'], mode: 'readonly', durability: 'relaxed' } as const;
const FOLDING = { stores: ['meta', 'journal', 'pages'], mode: 'readwrite', durability: 'relaxed' } as const;

export interface Compaction {
  /** More is left to fold. */
  readonly more: boolean;
  readonly corrupt: readonly string[];
}

/**
 * Folds the oldest journal rows into the pages they touch, in short transactions, and deletes them in the last one. A crash in between leaves pages that
 * have in them what the journal still says: merged once more, or dropped and made once more, in the same order, it comes to the same.
 *
 * Each transaction looks whether all of the rows are still there. Where one is not, somebody else has folded or evicted it, and maybe what came
 * after it, which what is left here must not come after: then it is given up.
 */
export async function compactJournal(idb: IDBDatabase): Promise<Compaction> {
  const rows = await runTransaction(idb, READING, (transaction) =>
    requested<JournalRow[]>(transaction.objectStore('journal').getAll(null, JOURNAL_ROWS)),
  );
  const [first, last] = [rows[0]?.id, rows.at(-1)?.id];
  if (first === undefined || last === undefined) return { more: false, corrupt: [] };
  const range = IDBKeyRange.bound(first, last);
  const areThere = async (transaction: IDBTransaction): Promise<boolean> =>
    (await requested(transaction.objectStore('journal').count(range))) === rows.length;

  const { workByMap, unreadable } = await workOf(rows);
  const corrupt = unreadable.map(({ map }) => `changes of map ${map}`);
  for (const [map, work] of workByMap) {
    for (let next: number | null = 0; next !== null && next < work.length;) {
      const folded: Folded = await foldSome(idb, { map, work, from: next, areThere });
      for (const key of folded.corrupt) corrupt.push(`record ${key} of map ${map}`);
      next = folded.next;
    }
  }
  const more = await runTransaction(idb, FOLDING, async (transaction) => {
    const journal = transaction.objectStore('journal');
    if (await areThere(transaction)) {
      for (const row of unreadable) setAside(transaction, 'journal', row.id ?? 0, row);
      journal.delete(range);
    }
    return (await requested(journal.count())) > 0;
  });
  return { more, corrupt };
}

interface Work {
  readonly workByMap: ReadonlyMap<string, readonly KeyChanges[]>;
  readonly unreadable: readonly JournalRow[];
}

async function workOf(rows: readonly JournalRow[]): Promise<Work> {
  const changesByMap = new Map<string, WireChange[]>();
  const unreadable: JournalRow[] = [];
  const slices = createSlices();
  for (const row of rows) {
    const changes = parseJournal(row);
    if (changes === null) unreadable.push(row);
    const all = changesByMap.get(row.map) ?? [];
    changesByMap.set(row.map, all);
    for (const change of changes ?? []) all.push(change);
    const pause = slices.pause();
    if (pause !== null) await pause;
  }
  const workByMap = new Map<string, readonly KeyChanges[]>();
  for (const [map, changes] of changesByMap) {
    workByMap.set(map, changesByKey(changes));
    const pause = slices.pause();
    if (pause !== null) await pause;
  }
  return { workByMap, unreadable };
}

interface Fold {
  readonly map: string;
  readonly work: readonly KeyChanges[];
  readonly from: number;
  readonly areThere: (transaction: IDBTransaction) => Promise<boolean>;
}

interface Folded {
  /** `null`: it is not this tab's to go on. */
  readonly next: number | null;
  readonly corrupt: readonly string[];
}

function foldSome(idb: IDBDatabase, { map, work, from, areThere }: Fold): Promise<Folded> {
  return runTransaction(idb, FOLDING, async (transaction) => {
    if (!(await areThere(transaction))) return { next: null, corrupt: [] };
    const pages = transaction.objectStore('pages');
    const ids = (await requested(pages.getAllKeys(rangeOfMap(map)))) as [string, string][];
    // In their own order, which that of the stored keys need not be (EN-3).
    const firsts = ids.map(([, first]) => first).sort();
    const plan = planFold(work, from, firsts, FOLD_LIMITS);
    const corrupt: string[] = [];
    for (const { first, changes } of plan.pages) {
      const page = (await requested(pages.get([map, first]))) as PageRow | undefined;
      const folded = foldPage(map, first, page, changes);
      for (const key of folded.corrupt) corrupt.push(key);
      if (folded.corrupt.length > 0) setAside(transaction, 'pages', JSON.stringify([map, first]), page);
      if (folded.pages.length === 0) pages.delete([map, first]);
      for (const next of folded.pages) pages.put(next);
    }
    return { next: plan.next, corrupt };
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
