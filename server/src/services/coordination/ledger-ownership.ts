import type { Ledger } from '../../ports/ledger.js';

/** PI-3: this server's right to append, and the history it appends to. */
export interface LedgerOwnership {
  readonly ledger: Ledger;
  /** Grows when the outcome of an append had to be found out. */
  epoch: number;
  /** SY-2: the name of the history that is appended to. Minted with the ledger, and anew when it turns out to have been put back. */
  lineage: string;
  /** The last position there was when it was claimed. */
  readonly position: number;
}

/** Claims the ledger at once: a server that held it learns so from its next append, and stops. */
export async function claimLedger(ledger: Ledger): Promise<LedgerOwnership> {
  const { epoch, lineage, position } = await ledger.claim();
  return { ledger, epoch, lineage, position };
}
