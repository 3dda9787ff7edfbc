import type { ColdStore } from '../../ports/cold-store.js';
import type { Ledger } from '../../ports/ledger.js';
import { createSqliteColdStore } from './sqlite-cold-store.js';
import { createSqliteLedger } from './sqlite-ledger.js';
import type { SqliteStoreCalls } from './sqlite-store-calls.js';

/** Ledger and cold store in one SQLite file, through the file's one client. */
export interface SqliteStore {
  readonly ledger: Ledger;
  readonly coldStore: ColdStore;
  /** Closes both, after what was asked before. Closing one of them leaves the file open for the other. */
  close(): Promise<void>;
}

export function createSqliteStore(calls: SqliteStoreCalls): SqliteStore {
  let closing: Promise<void> | null = null;
  const open = new Set(['ledger', 'cold store']);
  const close = (part: string): Promise<void> => {
    open.delete(part);
    if (open.size > 0) return Promise.resolve();
    closing ??= calls.close();
    return closing;
  };
  const ledger = createSqliteLedger({ ...calls, close: () => close('ledger') });
  const coldStore = createSqliteColdStore({ ...calls, close: () => close('cold store') });
  return {
    ledger,
    coldStore,
    async close() {
      await ledger.close();
      await coldStore.close();
    },
  };
}
