import type { OutboxEntry, StorageIdentity, StoredRejection } from '../ports/storage.js';
import { rowToRejection } from '../storage/op-codec.js';
import { compareRejections } from '../storage/op-id.js';
import { readOutboxRow } from '../storage/outbox-chunks.js';
import {
  type IdentityRow,
  ISSUED_PREFIX,
  type IssuedRow,
  type OutboxRow,
  type RejectionRow,
  ROW_VERSION,
  type StoreName,
} from '../storage/stored-rows.js';
import { requested, runTransaction } from './indexed-db.js';
import { NewerFormatError } from './indexed-db-format.js';
import { createSlices } from './next-turn.js';

/** What was read, and what could not be, each named for a person. */
export interface Loaded<T> {
  readonly value: T;
  readonly corrupt: readonly string[];
}

const reading = (...stores: StoreName[]) => ({ stores, mode: 'readonly', durability: 'relaxed' }) as const;

export const loadIdentity = (idb: IDBDatabase): Promise<StorageIdentity | null> =>
  runTransaction(idb, reading('meta'), identityIn);

/**
 * The identity of a database in which none was found, minted by the first transaction that finds none: of two tabs that open at once the
 * later sees what the earlier wrote. Looked for by reading first: a transaction that may write waits for those of other tabs, and for the disk.
 */
export async function mintIdentity(idb: IDBDatabase, mint: () => string): Promise<StorageIdentity> {
  const options = { stores: ['meta'], mode: 'readwrite', durability: 'strict' } as const;
  return runTransaction(idb, options, async (transaction) => {
    const meanwhile = await identityIn(transaction);
    if (meanwhile !== null) return meanwhile;
    const databaseId = mint();
    transaction.objectStore('meta').add({ id: 'identity', v: ROW_VERSION, databaseId } satisfies IdentityRow);
    return { databaseId, issued: new Map() };
  });
}

export async function identityIn(transaction: IDBTransaction): Promise<StorageIdentity | null> {
  const meta = transaction.objectStore('meta');
  const [identity, rows] = await Promise.all([
    requested(meta.get('identity')) as Promise<IdentityRow | undefined>,
    requested(meta.getAll(IDBKeyRange.bound(ISSUED_PREFIX, `${ISSUED_PREFIX}\uffff`))) as Promise<IssuedRow[]>,
  ]);
  if (identity === undefined) return null;
  if (identity.v > ROW_VERSION) throw new NewerFormatError(`The database has the format ${identity.v}.`);
  return {
    databaseId: identity.databaseId,
    issued: new Map(rows.map(({ replica, seq, stamp }) => [replica, { seq, stamp }])),
  };
}

// The order of the index is the order of the ops: ranges of one replica do not overlap.
export const outboxIn = (transaction: IDBTransaction): Promise<OutboxRow[]> =>
  requested<OutboxRow[]>(transaction.objectStore('outbox').index('[replica+last]').getAll());

export const rejectionsIn = (transaction: IDBTransaction): Promise<RejectionRow[]> =>
  requested<RejectionRow[]>(transaction.objectStore('rejections').getAll());

/** `read`: the rows, where they have been read already. */
export async function loadOutbox(
  idb: IDBDatabase,
  read: readonly OutboxRow[] | null = null,
): Promise<Loaded<readonly OutboxEntry[]>> {
  const rows = read ?? (await runTransaction(idb, reading('outbox'), outboxIn));
  const value: OutboxEntry[] = [];
  const corrupt: string[] = [];
  const slices = createSlices();
  for (const row of rows) {
    const { entries, corrupt: unreadable } = readOutboxRow(row);
    for (const entry of entries) value.push(entry);
    if (unreadable > 0) corrupt.push(`unsent changes ${row.first} to ${row.last} of ${row.replica}`);
    const pause = slices.pause();
    if (pause !== null) await pause;
  }
  return { value, corrupt };
}

/** `read`: the rows, where they have been read already. */
export async function loadRejections(
  idb: IDBDatabase,
  read: readonly RejectionRow[] | null = null,
): Promise<Loaded<readonly StoredRejection[]>> {
  const rows = read ?? (await runTransaction(idb, reading('rejections'), rejectionsIn));
  const value: StoredRejection[] = [];
  const corrupt: string[] = [];
  for (const row of rows) {
    const rejection = rowToRejection(row);
    if (rejection === null) corrupt.push(`the refused change ${row.id}`);
    else value.push(rejection);
  }
  return { value: value.sort(compareRejections), corrupt };
}
