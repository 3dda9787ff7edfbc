import type { Page } from '@playwright/test';

/** How many undecided writes are on this device's disk: what is shown need not be yet, and a reload takes that along. */
export const storedOps = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('the request failed'));
      });
    let count = 0;
    for (const { name } of await indexedDB.databases()) {
      const idb = await done(indexedDB.open(name!));
      if (idb.objectStoreNames.contains('outbox')) {
        const rows: { readonly count: number }[] = await done(idb.transaction('outbox').objectStore('outbox').getAll());
        for (const row of rows) count += row.count;
      }
      idb.close();
    }
    return count;
  });

/** Resolves once no other page has a transaction open: those that write wait for each other. */
export const storageAnswers = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    for (const { name } of await indexedDB.databases()) {
      await new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open(name!);
        opening.onerror = () => reject(opening.error ?? new Error('the database does not open'));
        opening.onsuccess = () => {
          const idb = opening.result;
          const transaction = idb.transaction([...idb.objectStoreNames], 'readwrite');
          transaction.oncomplete = () => {
            idb.close();
            resolve();
          };
          transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'));
        };
      });
    }
  });

/** A transaction of this page that lasts, and with it everybody's that is to write, until what is returned is called. */
export async function holdStorage(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(async () => {
    const held = { isOver: false };
    Object.assign(window, { held });
    for (const { name } of await indexedDB.databases()) {
      await new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open(name!);
        opening.onerror = () => reject(opening.error ?? new Error('the database does not open'));
        opening.onsuccess = () => {
          const stores = [...opening.result.objectStoreNames];
          const store = opening.result.transaction(stores, 'readwrite').objectStore(stores[0]!);
          const goOn = (): void => {
            resolve();
            if (!held.isOver) store.count().onsuccess = goOn;
          };
          store.count().onsuccess = goOn;
        };
      });
    }
  });
  return () => page.evaluate(() => void ((window as unknown as { held: { isOver: boolean } }).held.isOver = true));
}
