import type { Op } from '../../crdt/index.js';
import { TopGunError } from '../../primitives/index.js';
import { TransactionDraft, transactionTooLarge, type DraftedWrite } from '../outbox/transaction-draft.js';
import { NOTHING_TO_DO, type WriteHandle } from '../outbox/write-handle.js';
import type { MapStore } from '../state/map-store.js';
import type { Notifier } from '../state/notifier.js';
import { isThenable } from './is-thenable.js';

export interface TransactionsOptions {
  readonly notifier: Pick<Notifier, 'batch'>;
  readonly storeOf: (map: string) => MapStore;
  /** Makes the writes happen: at least one, all or nothing. */
  readonly write: (writes: readonly DraftedWrite<MapStore>[], replaces: readonly Op[]) => WriteHandle;
}

/** CR-12: runs the functions of transactions, one at a time, and lets happen what they have drafted once they have returned. */
export class Transactions {
  readonly #options: TransactionsOptions;
  #open: TransactionDraft<MapStore> | null = null;

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  /** `replaces`: refused ops that this is written instead of (CL-7). */
  run(draftWith: (draft: TransactionDraft<MapStore>) => unknown, replaces: readonly Op[] = []): WriteHandle {
    if (this.#open !== null) {
      throw new TopGunError(
        'nested-transaction',
        'A transaction is under way: write through it, instead of beginning another.',
      );
    }
    const draft = new TransactionDraft<MapStore>();
    this.#open = draft;
    let returned: unknown;
    try {
      // Records that turn out to have ended are hidden on the way: nobody hears of it in the middle.
      returned = this.#options.notifier.batch(() => draftWith(draft));
    } finally {
      this.#open = null;
    }
    if (isThenable(returned)) {
      // What it does from here on fails, and has been told already.
      returned.then(undefined, () => {});
      throw new TopGunError(
        'async-transaction',
        'The function of a transaction must not be async: nothing was written.',
      );
    }
    // Though the function may have caught it.
    if (draft.isTooLarge) throw transactionTooLarge();
    return draft.writes.length === 0 ? NOTHING_TO_DO : this.#options.write(draft.writes, replaces);
  }

  /** The map, for a transaction whose function is running. @throws TopGunError `transaction-ended` */
  opened(draft: TransactionDraft<MapStore>, map: string): MapStore {
    if (draft !== this.#open)
      throw new TopGunError('transaction-ended', 'The function of this transaction has returned.');
    return this.#options.storeOf(map);
  }

  /** A write by other means would happen even if the transaction does not. @throws TopGunError `write-outside-transaction` */
  assertNone(): void {
    if (this.#open === null) return;
    throw new TopGunError('write-outside-transaction', 'A transaction is under way: write through `tx.map(…)`.');
  }
}
