import type { StoreName } from '../storage/stored-rows.js';

export interface TransactionOptions {
  readonly stores: readonly StoreName[];
  readonly mode: IDBTransactionMode;
  /** `strict` resolves after the data was flushed to the disk, `relaxed` when the operating system has it. */
  readonly durability: 'strict' | 'relaxed';
}

/**
 * One native transaction: resolves when it is complete, rejects and leaves nothing behind when it is not. One that only reads is over when all is read: that it is complete
 * would be another message from the browser.
 * Native rather than Dexie's, which fixes the durability for all transactions of an instance.
 * `body` may await its requests and nothing else, or the transaction ends under it.
 */
export function runTransaction<T>(
  idb: IDBDatabase,
  { stores, mode, durability }: TransactionOptions,
  body: (transaction: IDBTransaction) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const transaction = idb.transaction(stores, mode, { durability });
    let outcome: { readonly value: T } | undefined;
    let failure: unknown;
    transaction.oncomplete = () => {
      if (outcome === undefined) reject(new Error('the transaction ended before its body did'));
      else resolve(outcome.value);
    };
    // A failed request aborts too: its error is the transaction's (quota: the transaction's alone).
    transaction.onabort = () =>
      reject(failure ?? transaction.error ?? new DOMException('The transaction was aborted.', 'AbortError'));
    body(transaction).then(
      (value) => {
        outcome = { value };
        if (mode === 'readwrite') commitNow(transaction);
        else if (mode === 'readonly') resolve(value);
      },
      (error: unknown) => {
        // A request that failed because the transaction aborted is a consequence: keep the cause.
        failure = transaction.error ?? error;
        try {
          transaction.abort();
        } catch {
          // Over already: `onabort` has run or will.
          reject(failure);
        }
      },
    );
  });
}

/** Else the browser waits for this page to have heard how each request went: a page that is closed meanwhile loses all. */
function commitNow(transaction: IDBTransaction): void {
  try {
    transaction.commit();
  } catch {
    // Over already: `oncomplete` or `onabort` has run or will.
  }
}

export function requested<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new DOMException('The request failed.', 'UnknownError'));
  });
}
