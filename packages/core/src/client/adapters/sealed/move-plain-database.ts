import type { BaseChange } from '../../ports/storage.js';
import { readOutboxRow } from '../../storage/outbox-chunks.js';
import { rowToRejection } from '../../storage/op-codec.js';
import {
  type KeptRow,
  type OutboxRow,
  type RejectionRow,
  ROW_VERSION,
  type SetAsideRow,
  STORES,
  type StoreName,
} from '../../storage/stored-rows.js';
import { encodeCommit, writeCommit } from '../indexed-db-commit.js';
import { noteUse, storedMaps } from '../indexed-db-eviction.js';
import { installedLayout } from '../indexed-db-format.js';
import { loadIdentity, loadOutbox, loadRejections } from '../indexed-db-load.js';
import { loadMap } from '../indexed-db-map.js';
import { repairMap } from '../indexed-db-repair.js';
import { requested, runTransaction } from '../indexed-db.js';

/** Changes of base in one commit. */
const CHANGES_AT_ONCE = 4_096;

/**
 * EN-6: takes what an unencrypted database of that name has over into a sealed one, and deletes it: unsent writes, refusals, what is kept of accepted ones
 * and confirmed records; what could not be read stays set aside. Views and search indexes are made again. Begun anew after a crash, or by two tabs at
 * once, it comes to the same. Resolves to what could not be read; `null`: there was no such database.
 */
export async function movePlainDatabase(name: string, to: IDBDatabase): Promise<readonly string[] | null> {
  if (!(await isThere(name))) return null;
  return (await navigator.locks.request(`${name}:move`, () => moveAll(name, to))) as readonly string[];
}

/** @throws NewerFormatError, and leaves the database as it is */
async function moveAll(name: string, to: IDBDatabase): Promise<readonly string[]> {
  // Another tab may have moved it while this one waited.
  if (!(await isThere(name))) return [];
  await installedLayout(name);
  const from = await openThere(name);
  if (from === null) return [];
  try {
    const isInUse = (await loadIdentity(from)) !== null;
    const unreadable = isInUse ? await moveRows(from, to) : [];
    await clear(from);
    await deleted(name);
    return unreadable;
  } finally {
    from.close();
  }
}

async function isThere(name: string): Promise<boolean> {
  return (await indexedDB.databases()).some((database) => database.name === name);
}

async function moveRows(from: IDBDatabase, to: IDBDatabase): Promise<readonly string[]> {
  const corrupt: string[] = [];
  for (const { map, usedAt } of await storedMaps(from)) {
    const records = await loadMap(from, map);
    if (records.corrupt.length > 0) await repairMap(from, map);
    corrupt.push(...records.corrupt);
    const changes = Array.from(records.value, ([key, delta]): BaseChange => ({ type: 'merge', key, delta }));
    for (let at = 0; at < changes.length; at += CHANGES_AT_ONCE) {
      await writeCommit(to, encodeCommit({ base: [{ map, changes: changes.slice(at, at + CHANGES_AT_ONCE) }] }));
    }
    if (usedAt > 0) await noteUse(to, map, usedAt);
  }
  const outbox = await loadOutbox(from);
  const rejections = await loadRejections(from);
  corrupt.push(...outbox.corrupt, ...rejections.corrupt);
  await moveAside(from, to);
  // Strict, and last: what is durable by it makes all before it so.
  await writeCommit(to, encodeCommit({ putOps: outbox.value, addRejections: rejections.value }));
  return corrupt;
}

/** What was set aside, what would be, and what is kept of accepted ops: each of which may be there twice. */
async function moveAside(from: IDBDatabase, to: IDBDatabase): Promise<void> {
  const asides = (await allOf<SetAsideRow>(from, 'meta')).filter(({ id }) => id.startsWith('aside:'));
  const aside = (store: StoreName, row: { readonly id?: number | string }): void =>
    void asides.push({ id: `aside:${store}:${row.id}`, v: ROW_VERSION, store, row });
  for (const row of await allOf<OutboxRow>(from, 'outbox')) if (readOutboxRow(row).corrupt > 0) aside('outbox', row);
  for (const row of await allOf<RejectionRow>(from, 'rejections')) {
    if (rowToRejection(row) === null) aside('rejections', row);
  }
  const kept = from.objectStoreNames.contains('kept') ? await allOf<KeptRow>(from, 'kept') : [];
  const writing = { stores: ['meta', 'kept'], mode: 'readwrite', durability: 'relaxed' } as const;
  await runTransaction(to, writing, async (transaction) => {
    for (const row of asides) transaction.objectStore('meta').put(row);
    for (const { id: _, ...row } of kept) transaction.objectStore('kept').add(row);
  });
}

const allOf = <T>(idb: IDBDatabase, store: StoreName): Promise<readonly T[]> =>
  runTransaction(idb, { stores: [store], mode: 'readonly', durability: 'relaxed' }, (transaction) =>
    requested<T[]>(transaction.objectStore(store).getAll()),
  );

/** Before it is deleted, which waits for tabs that still have it open. */
function clear(idb: IDBDatabase): Promise<void> {
  const stores = (Object.keys(STORES) as StoreName[]).filter((store) => idb.objectStoreNames.contains(store));
  return runTransaction(idb, { stores, mode: 'readwrite', durability: 'strict' }, async (transaction) => {
    await Promise.all(stores.map((store) => requested(transaction.objectStore(store).clear())));
  });
}

/** `null`: another tab has deleted it meanwhile. */
function openThere(name: string): Promise<IDBDatabase | null> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onupgradeneeded = () => opening.transaction?.abort();
    opening.onerror = () =>
      opening.error?.name === 'AbortError' ? resolve(null) : reject(opening.error ?? new Error('not opened'));
    opening.onsuccess = () => {
      const { result } = opening;
      // By this tab itself at the end, or by one that is in the way of nobody.
      result.onversionchange = () => result.close();
      resolve(result);
    };
  });
}

function deleted(name: string): Promise<void> {
  return new Promise((resolve) => {
    const deleting = indexedDB.deleteDatabase(name);
    deleting.onsuccess = deleting.onerror = deleting.onblocked = () => resolve();
  });
}
