import type { ReplicaId } from '../../clock/index.js';
import type { Op } from '../../crdt/index.js';
import type { KeptThrough } from '../ports/storage.js';
import { compactKeptRows, readKeptRows, rowsThrough } from '../storage/kept-rows.js';
import type { KeptRow } from '../storage/stored-rows.js';
import { requested, runTransaction } from './indexed-db.js';
import type { Loaded } from './indexed-db-load.js';

const READING = { stores: ['kept'], mode: 'readonly', durability: 'relaxed' } as const;
const WRITING = { stores: ['kept'], mode: 'readwrite', durability: 'relaxed' } as const;

const allRows = (transaction: IDBTransaction): Promise<KeptRow[]> =>
  requested<KeptRow[]>(transaction.objectStore('kept').getAll());

export async function loadKeptThrough(idb: IDBDatabase): Promise<Loaded<ReadonlyMap<ReplicaId, KeptThrough>>> {
  return { value: rowsThrough(await runTransaction(idb, READING, allRows)), corrupt: [] };
}

export async function loadKept(idb: IDBDatabase): Promise<Loaded<readonly Op[]>> {
  const { ops, corrupt } = readKeptRows(await runTransaction(idb, READING, allRows));
  return { value: ops, corrupt: corrupt === 0 ? [] : ['some of the changes that the server had accepted'] };
}

/** Relaxed: a crash leaves what is too much, or still in many rows. */
export function compactKept(idb: IDBDatabase, since: number): Promise<void> {
  return runTransaction(idb, WRITING, async (transaction) => {
    const kept = transaction.objectStore('kept');
    const changes = compactKeptRows(await allRows(transaction), since);
    for (const row of changes.put) kept.put(row);
    for (const id of changes.remove) kept.delete(id);
  });
}
