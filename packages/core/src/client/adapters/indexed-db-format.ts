import { STORES } from '../storage/stored-rows.js';

/** CL-8: a newer version of this library has laid out the database, or written its identity: nothing in it is this code's to read or change. */
export class NewerFormatError extends Error {
  override readonly name = 'NewerFormatError';
}

/** As Dexie numbers its first layout. Each point more is a store that was missing in a database and has been added to it (CL-2). */
const LAYOUT = 10;
const NEXT_LAYOUT = 20;

/** What there is of a database: `number` of the layout that it is to get, in Dexie's numbers, where it is not laid out, or lacks stores. */
export type Connected = { readonly idb: IDBDatabase } | { readonly missing: number };

/**
 * Connects to the database as it is, and changes nothing: one message to the browser, and one back. Dexie, which would look at the stores and
 * their indexes first, is for what is not laid out yet. @throws NewerFormatError
 */
export function connect(name: string): Promise<Connected> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    // There is none, and none is to be made without stores.
    opening.onupgradeneeded = () => opening.transaction?.abort();
    opening.onerror = () =>
      opening.error?.name === 'AbortError'
        ? resolve({ missing: LAYOUT / 10 })
        : reject(opening.error ?? new DOMException('The database could not be opened.', 'UnknownError'));
    opening.onsuccess = () => {
      const idb = opening.result;
      const { version, objectStoreNames } = idb;
      // Never in the way of another tab that deletes the database or lays out a newer one.
      idb.onversionchange = () => idb.close();
      if (version < NEXT_LAYOUT && Object.keys(STORES).every((store) => objectStoreNames.contains(store))) {
        resolve({ idb });
        return;
      }
      idb.close();
      if (version < NEXT_LAYOUT) resolve({ missing: Math.max(version, LAYOUT) / 10 });
      else reject(new NewerFormatError(`The database ${name} has the layout ${version}.`));
    };
  });
}

/** Which of the known layouts the database has, in Dexie's numbers. Changes nothing. @throws NewerFormatError when it has none of them */
export async function installedLayout(name: string): Promise<number> {
  const connected = await connect(name);
  if ('missing' in connected) return connected.missing;
  const { version } = connected.idb;
  connected.idb.close();
  return version / 10;
}

/** Dexie would ask for whatever layout there is when it does not get the one it knows, and might add to that what it lacks. */
export const statedLayoutsOnly: IDBFactory = {
  open(name, version) {
    if (version === undefined) throw new DOMException('The layout is newer.', 'VersionError');
    return indexedDB.open(name, version);
  },
  deleteDatabase: (name) => indexedDB.deleteDatabase(name),
  databases: () => indexedDB.databases(),
  cmp: (first, second) => indexedDB.cmp(first, second),
};
