import { indexRowId, ROW_VERSION, type IndexPartRow, type IndexRow } from '../storage/stored-rows.js';
import { requested, runTransaction } from './indexed-db.js';

const READING = { stores: ['meta'], mode: 'readonly', durability: 'relaxed' } as const;
// Relaxed: what a crash takes of it is made anew.
const WRITING = { stores: ['meta'], mode: 'readwrite', durability: 'relaxed' } as const;

export async function loadIndex(idb: IDBDatabase, map: string, name: string): Promise<readonly string[] | null> {
  return runTransaction(idb, READING, async (transaction) => {
    const meta = transaction.objectStore('meta');
    const row = (await requested(meta.get(indexRowId(map)))) as IndexRow | undefined;
    // What a newer version has kept is left alone, until it keeps its own again.
    if (row === undefined || row.v > ROW_VERSION || row.name !== name) return null;
    const texts: string[] = [];
    for (let part = 0; part < row.parts; part++) {
      const held = (await requested(meta.get(indexRowId(map, part)))) as IndexPartRow | undefined;
      if (typeof held?.text !== 'string') return null;
      texts.push(held.text);
    }
    return texts;
  });
}

/** Part by part, so that none keeps the page from what it has to do. All of them or none. */
export function writeIndex(idb: IDBDatabase, map: string, name: string, parts: readonly string[]): Promise<void> {
  return runTransaction(idb, WRITING, async (transaction) => {
    const meta = transaction.objectStore('meta');
    meta.delete(rangeOfIndex(map));
    for (const [part, text] of parts.entries()) {
      await requested(meta.put({ id: indexRowId(map, part), v: ROW_VERSION, text } satisfies IndexPartRow));
    }
    meta.put({ id: indexRowId(map), v: ROW_VERSION, name, parts: parts.length } satisfies IndexRow);
  });
}

/** The rows of a map's index. */
export const rangeOfIndex = (map: string): IDBKeyRange =>
  IDBKeyRange.bound(indexRowId(map), `${indexRowId(map)}\uffff`);
