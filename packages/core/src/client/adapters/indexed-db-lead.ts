import { isOutdated } from '../storage/lead.js';
import { LEAD_ROW_ID, ROW_VERSION, type LeadRow } from '../storage/stored-rows.js';
import { requested, runTransaction } from './indexed-db.js';

/** CL-4: thrown within a transaction, to undo it: another tab has begun to lead. */
export class OutdatedError extends Error {
  override readonly name = 'OutdatedError';
}

async function readLead(transaction: IDBTransaction): Promise<number> {
  const row = (await requested(transaction.objectStore('meta').get(LEAD_ROW_ID))) as LeadRow | undefined;
  return row?.number ?? 0;
}

/** Counts in one transaction: of several who ask at once each gets a number of its own. */
export function takeLead(idb: IDBDatabase): Promise<number> {
  // Relaxed: every tab of the browser sees it at once, and with the browser whoever led before is gone.
  const options = { stores: ['meta'], mode: 'readwrite', durability: 'relaxed' } as const;
  return runTransaction(idb, options, async (transaction) => {
    const number = (await readLead(transaction)) + 1;
    const row: LeadRow = { id: LEAD_ROW_ID, v: ROW_VERSION, number };
    transaction.objectStore('meta').put(row);
    return number;
  });
}

export function latestLead(idb: IDBDatabase): Promise<number> {
  return runTransaction(idb, { stores: ['meta'], mode: 'readonly', durability: 'relaxed' }, readLead);
}

/** Within the transaction that writes what is committed. `lead`: under which that is done. */
export async function refuseOutdated(transaction: IDBTransaction, lead: number): Promise<void> {
  if (isOutdated({ lead }, await readLead(transaction))) throw new OutdatedError();
}
