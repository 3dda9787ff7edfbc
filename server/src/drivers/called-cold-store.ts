import type { ColdRow, ColdStore } from '../ports/cold-store.js';
import type { StoreCalls } from './store-calls.js';

/** PI-4 on the calls of a database, the ledger's own. Holds nothing. */
export function createCalledColdStore(calls: StoreCalls): ColdStore {
  let closed = false;

  const mustBeOpen = (): void => {
    if (closed) throw new Error('the cold store is closed');
  };

  return {
    async through() {
      mustBeOpen();
      return calls.through();
    },
    async write(rows, through) {
      mustBeOpen();
      await calls.writeRows(rows, through);
    },
    async rows(map) {
      mustBeOpen();
      const all: ColdRow[] = [];
      for (let key: string | null = null; ;) {
        const rows: readonly ColdRow[] = await calls.rowsAfter(map, key);
        const last = rows.at(-1);
        if (last === undefined) return all;
        for (const row of rows) all.push(row);
        key = last.key;
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      await calls.close();
    },
  };
}
