import type { BaseChange, StorageCommit, StoredRejection } from '../ports/storage.js';
import type { MapStores } from '../state/map-stores.js';

/**
 * CL-8: what a tab still has of a database that is gone, for the one that takes its place. Undecided ops first of all: they keep their ids,
 * as some of them may have reached the server. Confirmed rows could be fetched again, but not without a network.
 */
export function rescueCommit(stores: MapStores, rejections: Iterable<StoredRejection>): StorageCommit {
  const base: { readonly map: string; readonly changes: readonly BaseChange[] }[] = [];
  for (const store of stores.all()) {
    if (store.status !== 'loaded') continue;
    const changes = Array.from(store.overlay.baseRecords(), ([key, delta]): BaseChange => ({
      type: 'merge',
      key,
      delta,
    }));
    if (changes.length > 0) base.push({ map: store.name, changes });
  }
  return {
    putOps: Array.from(stores.pending.all(), (op) => ({ op, handed: true })),
    base,
    addRejections: [...rejections],
  };
}
