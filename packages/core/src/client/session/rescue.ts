import { handedTogether } from '../outbox/handed-together.js';
import type { LwwRecord } from '../../crdt/index.js';
import { heldAtStart } from '../../primitives/index.js';
import type { BaseChange, OutboxEntry, StorageCommit, StoredRejection } from '../ports/storage.js';
import type { MapStore } from '../state/map-store.js';
import type { MapStores } from '../state/map-stores.js';
import { OpIdMap } from '../storage/op-id-map.js';

/**
 * CL-8: what a tab still has of a database that is gone, for the one that takes its place. Undecided ops first of all: they keep their ids,
 * as some of them may have reached the server. Those that surely
 * have not, `unsent`, are brought as such: where the lost database had gone back in time itself, they go on under other ids (CR-2). Confirmed rows could be fetched again, but not without a network: they come after it.
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
  return { putOps: handedTogether(entries), addRejections: [...rejections] };
}

/** So many records are encoded, or merged and told of, in one turn of the page. */
export const RESCUED_PER_TURN = 512;

/** CL-8: and then the confirmed records, some in each commit, which is a turn of the page: a crash in between leaves what can be fetched again. */
export function* rescuedBase(stores: MapStores): Generator<StorageCommit> {
  for (const store of stores.all()) {
    if (store.status !== 'loaded') continue;
    for (const changes of inParts(store.overlay.baseRecords())) yield { base: [{ map: store.name, changes }] };
  }
}

/** CL-8: what siblings have brought to storage as well, a part in each step. */
export function* mergeRescued(
  store: Pick<MapStore, 'changeBase'>,
  rows: ReadonlyMap<string, LwwRecord>,
  batch: (change: () => void) => void,
): Generator<void> {
  let isFirst = true;
  for (const changes of inParts(rows)) {
    if (!isFirst) yield;
    isFirst = false;
    batch(() => store.changeBase(changes));
  }
}

function* inParts(records: ReadonlyMap<string, LwwRecord>): Generator<readonly BaseChange[]> {
  let changes: BaseChange[] = [];
  for (const [key, delta] of heldAtStart(records)) {
    changes.push({ type: 'merge', key, delta });
    if (changes.length < RESCUED_PER_TURN) continue;
    yield changes;
    changes = [];
  }
  if (changes.length > 0) yield changes;
}
