import { decodeRecord, encodeRecord, type LwwRecord } from '../../crdt/index.js';
import { applyWireChange, type WireChange } from './journal-rows.js';
import { parseArray } from './op-codec.js';
import { type PageRow, ROW_VERSION } from './stored-rows.js';

/** A page that outgrows either is split. Characters, since one record may be a megabyte. */
export const PAGE_RECORDS = 512;
export const PAGE_CHARS = 512 * 1024;

// A split leaves room, or the next few inserts would split again.
const FILL = 0.75;

/** The `first` of the page a key belongs to, among the sorted `first`s of its map. */
export function pageOf(firsts: readonly string[], key: string): string {
  let low = 0;
  let high = firsts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((firsts[middle] ?? '') <= key) low = middle + 1;
    else high = middle;
  }
  // Keys before the first page (it was emptied and deleted) get a page that begins at the beginning.
  return firsts[low - 1] ?? '';
}

export interface FoldedPage {
  /** What replaces the page: none when it is empty, several when it was split. The first keeps the page's `first`. */
  readonly pages: readonly PageRow[];
  /** Keys whose stored record or change could not be read. */
  readonly corrupt: readonly string[];
}

/** Folds changes, oldest first, into the page they belong to. Only the records they name are decoded. */
export function foldPage(
  map: string,
  first: string,
  page: PageRow | undefined,
  changes: readonly WireChange[],
): FoldedPage {
  const corrupt: string[] = [];
  const texts = new Map<string, string>();
  page?.keys.forEach((key, index) => texts.set(key, page.records[index] ?? ''));

  const touched = new Map<string, LwwRecord>();
  const seen = new Set<string>();
  for (const change of changes) {
    const key = change[0];
    if (!seen.has(key)) {
      seen.add(key);
      const text = texts.get(key);
      if (text !== undefined) {
        const record = decodeRecord(parseArray(text));
        if (record.ok) touched.set(key, record.value);
        else corrupt.push(key);
      }
    }
    if (!applyWireChange(touched, change)) corrupt.push(key);
  }
  for (const key of seen) {
    const record = touched.get(key);
    if (record === undefined) texts.delete(key);
    else texts.set(key, JSON.stringify(encodeRecord(record)));
  }
  return { pages: split(map, first, texts), corrupt };
}

function split(map: string, first: string, texts: ReadonlyMap<string, string>): PageRow[] {
  const sorted = [...texts].sort(([a], [b]) => (a < b ? -1 : 1));
  const chars = sorted.reduce((sum, [, text]) => sum + text.length, 0);
  const fits = sorted.length <= PAGE_RECORDS && chars <= PAGE_CHARS;
  const recordLimit = fits ? PAGE_RECORDS : PAGE_RECORDS * FILL;
  const charLimit = fits ? PAGE_CHARS : PAGE_CHARS * FILL;

  const pages: PageRow[] = [];
  let keys: string[] = [];
  let records: string[] = [];
  let size = 0;
  const close = (): void => {
    if (keys.length === 0) return;
    pages.push({ v: ROW_VERSION, map, first: pages.length === 0 ? first : (keys[0] ?? ''), keys, records });
    keys = [];
    records = [];
    size = 0;
  };
  for (const [key, text] of sorted) {
    if (keys.length >= recordLimit || (size > 0 && size + text.length > charLimit)) close();
    keys.push(key);
    records.push(text);
    size += text.length;
  }
  close();
  return pages;
}

/** Puts a page's records into `into`; returns the keys that could not be read. */
export function readPage(page: PageRow, into: Map<string, LwwRecord>): readonly string[] {
  const corrupt: string[] = [];
  // One parse for the page; one by one only to find which text is broken.
  const whole = parseArray(`[${page.records.join(',')}]`);
  const parsed = whole?.length === page.keys.length ? whole : page.records.map(parseArray);
  page.keys.forEach((key, index) => {
    const record = decodeRecord(parsed[index]);
    if (record.ok) into.set(key, record.value);
    else corrupt.push(key);
  });
  return corrupt;
}
