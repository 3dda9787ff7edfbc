/** A local database as the browser has it: its number of layout, and the rows of each store. */
export interface RawDatabase {
  readonly databaseVersion: number;
  readonly stores: Readonly<Record<string, readonly unknown[]>>;
}

/** Reads a database past all code of the product. */
export function readRawDatabase(name: string): Promise<RawDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onerror = () => reject(opening.error ?? new Error('not opened'));
    opening.onsuccess = () => {
      const { result: idb } = opening;
      const names = [...idb.objectStoreNames];
      const transaction = idb.transaction(names);
      const reading = names.map((store) => [store, transaction.objectStore(store).getAll()] as const);
      transaction.onabort = () => reject(transaction.error ?? new Error('not read'));
      transaction.oncomplete = () => {
        const { version: databaseVersion } = idb;
        idb.close();
        resolve({
          databaseVersion,
          stores: Object.fromEntries(reading.map(([store, { result }]) => [store, result as unknown[]])),
        });
      };
    };
  });
}

/** Lays out a database of the stores of format 1, or of those of them that are named, and fills it, without any code of the product. */
export function writeRawDatabase(name: string, { databaseVersion, stores }: RawDatabase): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, databaseVersion);
    opening.onerror = () => reject(opening.error ?? new Error('not opened'));
    opening.onupgradeneeded = () => {
      for (const [store, rows] of Object.entries(stores)) {
        const layout = LAYOUT[store];
        if (layout === undefined) throw new Error(`There is no store ${store}.`);
        const created = opening.result.createObjectStore(store, layout.options);
        for (const [index, path] of Object.entries(layout.indexes ?? {})) created.createIndex(index, path);
        for (const row of rows) created.add(row);
      }
    };
    opening.onsuccess = () => {
      opening.result.close();
      resolve();
    };
  });
}

interface StoreLayout {
  readonly options: IDBObjectStoreParameters;
  readonly indexes?: Readonly<Record<string, string | string[]>>;
}

const NUMBERED = { keyPath: 'id', autoIncrement: true };

const LAYOUT: Readonly<Record<string, StoreLayout>> = {
  meta: { options: { keyPath: 'id' } },
  outbox: { options: NUMBERED, indexes: { '[replica+last]': ['replica', 'last'] } },
  journal: { options: NUMBERED, indexes: { map: 'map' } },
  pages: { options: { keyPath: ['map', 'first'] } },
  rejections: { options: { keyPath: 'id' } },
  kept: { options: NUMBERED },
};
