import { handedTogether } from '../outbox/handed-together.js';
import type { BaseChange, OutboxEntry, StorageCommit, StoredRejection } from '../ports/storage.js';
import type { MapStores } from '../state/map-stores.js';
import { OpIdMap } from '../storage/op-id-map.js';

/**
 * CL-8: what a tab still has of a database that is gone, for the one that takes its place. Undecided ops first of all: they keep their ids,
 * as some of them may have reached the server. Those that surely
 * have not, `unsent`, are brought as such: where the lost database had gone back in time itself, they go on under other ids (CR-2). Confirmed rows could be fetched again, but not without a network.
 */
export function rescueCommit(
  stores: MapStores,
  rejections: Iterable<StoredRejection>,
  unsent: readonly OutboxEntry[],
): StorageCommit {
  const neverSent = new OpIdMap<OutboxEntry>();
  for (const entry of unsent) neverSent.set(entry.op, entry);
  const entries = Array.from(stores.pending.all(), (op): OutboxEntry => {
    const entry = neverSent.get(op);
    return entry === undefined ? { op, handed: true } : { ...entry, op };
  });
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
    putOps: handedTogether(entries),
    base,
    addRejections: [...rejections],
  };
}
