// The least of IndexedDB, by its own promises: shares no code with TopGun.

/** @param {string} name @param {(database: IDBDatabase) => void} create */
export function openDatabase(name, create) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => create(request.result);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
export function resultOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction */
export function completionOf(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** One strict transaction of one store. @param {IDBDatabase} database */
export async function putAll(database, store, rows) {
  const transaction = database.transaction(store, 'readwrite', { durability: 'strict' });
  const objects = transaction.objectStore(store);
  for (const row of rows) objects.put(row);
  await completionOf(transaction);
}
