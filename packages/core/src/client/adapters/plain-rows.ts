import { mintIdentity } from './indexed-db-load.js';
import type { RowLayer } from './row-layer.js';
import { readFirst } from './rows-ahead.js';
import { encryptedName, isEncryptionThere, NoKeyError } from './sealed/app-key.js';

/**
 * Rows as they are. EN-6: where there is an encrypted database of that name no other is begun beside it: what is unsent in that one would be forgotten.
 */
export const plainRows = (name: string): RowLayer => ({
  async over(idb, { mint, ahead, begun }) {
    const { identity, rows } = begun ?? (await readFirst(idb, ahead));
    if (identity !== null || mint === null) return { idb, identity, rows };
    if (isEncryptionThere() && (await isThere(await encryptedName(name)))) {
      await leaveNothing(idb, name);
      throw new NoKeyError('this app gives none');
    }
    return { idb, identity: await mintIdentity(idb, mint), rows };
  },
});

async function isThere(name: string): Promise<boolean> {
  const databases = await indexedDB.databases();
  return databases.some((database) => database.name === name);
}

/** Nothing has been written to it. */
function leaveNothing(idb: IDBDatabase, name: string): Promise<void> {
  idb.close();
  return new Promise((resolve) => {
    const deleting = indexedDB.deleteDatabase(name);
    deleting.onsuccess = deleting.onerror = deleting.onblocked = () => resolve();
  });
}
