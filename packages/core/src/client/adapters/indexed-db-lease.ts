import type { ReplicaId } from '../../clock/index.js';
import type { LeaseOutcome, LeaseRequest } from '../ports/storage.js';
import { grantedLease, judgeLease } from '../storage/lease.js';
import { leaseRowId, type LeaseRow, ROW_VERSION } from '../storage/stored-rows.js';
import { requested, runTransaction } from './indexed-db.js';

// Relaxed: every tab of the browser sees it at once, and with the browser all holders are gone.
const WRITING = { stores: ['meta'], mode: 'readwrite', durability: 'relaxed' } as const;

/** Compares and writes in one transaction: of several who ask at once the first gets it. */
export function leaseReplica(idb: IDBDatabase, request: LeaseRequest): Promise<LeaseOutcome> {
  const id = leaseRowId(request.replica);
  return runTransaction(idb, WRITING, async (transaction) => {
    const meta = transaction.objectStore('meta');
    const outcome = judgeLease((await requested(meta.get(id))) as LeaseRow | undefined, request);
    const row: LeaseRow = { id, v: ROW_VERSION, ...grantedLease(request) };
    if (outcome !== 'refused') meta.put(row);
    return outcome;
  });
}

export function releaseReplica(idb: IDBDatabase, replica: ReplicaId, holder: string): Promise<void> {
  const id = leaseRowId(replica);
  return runTransaction(idb, WRITING, async (transaction) => {
    const meta = transaction.objectStore('meta');
    const row = (await requested(meta.get(id))) as LeaseRow | undefined;
    if (row?.holder === holder) meta.delete(id);
  });
}
