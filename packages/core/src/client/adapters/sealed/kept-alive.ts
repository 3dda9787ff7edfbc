/** No row has it. */
const NO_KEY = -1;

/**
 * Waits for something other than a request within a transaction, which would end meanwhile: asks the store for nothing until it is there. To be called, and
 * gone on after, while the transaction takes requests. `Dexie.waitFor` does the same.
 */
export function keptAlive<T>(store: IDBObjectStore, awaited: T | Promise<T>): T | Promise<T> {
  if (!(awaited instanceof Promise)) return awaited;
  let end: (() => void) | null = null;
  let isOver = false;
  return new Promise((resolve, reject) => {
    // Where encryption takes no turn of its own, as in Chromium, there is nothing to wait for.
    const settled = (finish: () => void): void => {
      if (!takesRequests(store)) return void (end = finish);
      isOver = true;
      finish();
    };
    awaited.then(
      (value) => settled(() => resolve(value)),
      (error: unknown) => settled(() => reject(error as Error)),
    );
    const look = (): void => {
      if (isOver) return;
      if (end !== null) return end();
      const request = store.getKey(NO_KEY);
      request.onsuccess = look;
      request.onerror = () => reject(request.error ?? new DOMException('The request failed.', 'UnknownError'));
    };
    look();
  });
}

/** What is no key is complained of only where a key would be taken. */
function takesRequests(store: IDBObjectStore): boolean {
  try {
    store.getKey(Number.NaN);
  } catch (error) {
    return error instanceof DOMException && error.name === 'DataError';
  }
  return false;
}
