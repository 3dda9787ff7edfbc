import type { ReplicaId } from '../../clock/index.js';
import { isEnoughToJoin, joinOutboxRows } from '../storage/outbox-chunks.js';
import type { OutboxRow } from '../storage/stored-rows.js';
import { requested, runTransaction } from './indexed-db.js';

/** Fewer small outbox rows than this are not worth joining. */
const JOIN_FROM = 16;
/** What one request reads. */
const ROWS_AT_ONCE = 32;

/** The row of that replica that ends with this sequence. */
export interface OutboxPlace {
  readonly replica: ReplicaId;
  readonly last: number;
}

/**
 * Joins small outbox rows, where there are many, some of them by each call: from the beginning, or from the place that the call before gave, which is not joined to the end
 * yet. Returns where the next one goes on; `null`: all have been looked at. Strict: these are ops nobody else has.
 */
export async function joinOutbox(idb: IDBDatabase, from: OutboxPlace | null): Promise<OutboxPlace | null> {
  const options = { stores: ['outbox'], mode: 'readwrite', durability: 'strict' } as const;
  return runTransaction(idb, options, async (transaction) => {
    const outbox = transaction.objectStore('outbox');
    if (from === null && (await requested(outbox.count())) < JOIN_FROM) return null;
    const { rows, isEnd } = await rowsFrom(outbox.index('[replica+last]'), from);
    const changes = joinOutboxRows(rows);
    if (changes.remove.length >= JOIN_FROM) {
      for (const row of changes.put) outbox.put(row);
      for (const id of changes.remove) outbox.delete(id);
    }
    const last = rows.at(-1);
    return isEnd || last === undefined ? null : { replica: last.replica, last: last.last };
  });
}

/** Always more than the one at the place, unless that is the last. */
async function rowsFrom(
  index: IDBIndex,
  from: OutboxPlace | null,
): Promise<{ readonly rows: readonly OutboxRow[]; readonly isEnd: boolean }> {
  const rows: OutboxRow[] = [];
  let range = from === null ? null : IDBKeyRange.lowerBound([from.replica, from.last]);
  for (;;) {
    const next = await requested<OutboxRow[]>(index.getAll(range, ROWS_AT_ONCE));
    for (const row of next) rows.push(row);
    const last = rows.at(-1);
    if (last === undefined || next.length < ROWS_AT_ONCE) return { rows, isEnd: true };
    if (isEnoughToJoin(rows)) return { rows, isEnd: false };
    range = IDBKeyRange.lowerBound([last.replica, last.last], true);
  }
}
