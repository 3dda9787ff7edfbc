/** CL-8: a newer version of this library has laid out the database, or written its identity: nothing in it is this code's to read or change. */
export class NewerFormatError extends Error {
  override readonly name = 'NewerFormatError';
}

/** As Dexie numbers its first layout. Each point more is a store that was missing in a database and has been added to it (CL-2). */
const LAYOUT = 10;
const NEXT_LAYOUT = 20;

/** The layout that is there is newer than the one asked for. */
export const isVersionError = (error: unknown): boolean => error instanceof Error && error.name === 'VersionError';

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

/** Which of the known layouts the database has, in Dexie's numbers. Changes nothing. @throws NewerFormatError when it has none of them */
export async function installedLayout(name: string): Promise<number> {
  const version = await installedVersion(name);
  if (version >= NEXT_LAYOUT) throw new NewerFormatError(`The database ${name} has the layout ${version}.`);
  return Math.max(version, LAYOUT) / 10;
}

function installedVersion(name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    // It has been deleted meanwhile, and is not to be created without stores.
    opening.onupgradeneeded = () => opening.transaction?.abort();
    opening.onerror = () => (opening.error?.name === 'AbortError' ? resolve(0) : reject(opening.error ?? new Error()));
    opening.onsuccess = () => {
      const { version } = opening.result;
      opening.result.close();
      resolve(version);
    };
  });
}
