import type { ColdStore } from '../ports/cold-store.js';
import type { Ledger } from '../ports/ledger.js';
import type { SnapshotStore } from '../ports/snapshot-store.js';
import { createCalledColdStore } from './called-cold-store.js';
import { createCalledLedger } from './called-ledger.js';
import { createCalledSnapshotStore } from './called-snapshot-store.js';
import type { StorageTrouble } from './storage-trouble.js';
import type { StoreCalls } from './store-calls.js';

/** Ledger, cold store and snapshots in one database, through the same calls. */
export interface DurableStore {
  readonly ledger: Ledger;
  readonly coldStore: ColdStore;
  readonly snapshots: SnapshotStore;
  /** Why nothing can be written now, so that what is asked of the ledger waits; `null`: it can. */
  readonly trouble: StorageTrouble | null;
  /** Closes all, after what was asked before. Closing one of them leaves the database open for the others. */
  close(): Promise<void>;
}

export function createDurableStore(
  calls: StoreCalls,
  troubleOf: () => StorageTrouble | null = () => null,
): DurableStore {
  let closing: Promise<void> | null = null;
  const open = new Set(['ledger', 'cold store', 'snapshots']);
  const close = (part: string): Promise<void> => {
    open.delete(part);
    if (open.size > 0) return Promise.resolve();
    closing ??= calls.close();
    return closing;
  };
  const ledger = createCalledLedger({ ...calls, close: () => close('ledger') });
  const coldStore = createCalledColdStore({ ...calls, close: () => close('cold store') });
  const snapshots = createCalledSnapshotStore({ ...calls, close: () => close('snapshots') });
  return {
    ledger,
    coldStore,
    snapshots,
    get trouble() {
      return troubleOf();
    },
    async close() {
      await ledger.close();
      await coldStore.close();
      await snapshots.close();
    },
  };
}
