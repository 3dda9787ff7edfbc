import type { ColdStore } from '../ports/cold-store.js';
import type { Ledger } from '../ports/ledger.js';
import { createCalledColdStore } from './called-cold-store.js';
import { createCalledLedger } from './called-ledger.js';
import type { StoreCalls } from './store-calls.js';

/** Ledger and cold store in one database, through the same calls. */
export interface DurableStore {
  readonly ledger: Ledger;
  readonly coldStore: ColdStore;
  /** Nothing can be written now, and what is asked of the ledger waits. */
  readonly isOutOfReach: boolean;
  /** Closes both, after what was asked before. Closing one of them leaves the database open for the other. */
  close(): Promise<void>;
}

export function createDurableStore(calls: StoreCalls, isOutOfReach: () => boolean = () => false): DurableStore {
  let closing: Promise<void> | null = null;
  const open = new Set(['ledger', 'cold store']);
  const close = (part: string): Promise<void> => {
    open.delete(part);
    if (open.size > 0) return Promise.resolve();
    closing ??= calls.close();
    return closing;
  };
  const ledger = createCalledLedger({ ...calls, close: () => close('ledger') });
  const coldStore = createCalledColdStore({ ...calls, close: () => close('cold store') });
  return {
    ledger,
    coldStore,
    get isOutOfReach() {
      return isOutOfReach();
    },
    async close() {
      await ledger.close();
      await coldStore.close();
    },
  };
}
