import type { StorageCommit } from '../ports/storage.js';
import { baseToJournal } from '../storage/journal-rows.js';
import { keptToRows } from '../storage/kept-rows.js';
import { rejectionToRow } from '../storage/op-codec.js';
import { opIdText } from '../storage/op-id.js';
import { editOutboxRows, groupOutboxEdits, laterIssued, type OutboxEdit } from '../storage/outbox-chunks.js';
import {
  type IssuedRow,
  issuedRowId,
  type JournalRow,
  type KeptRow,
  type OutboxRow,
  type RejectionRow,
  ROW_VERSION,
  type StoreName,
} from '../storage/stored-rows.js';
import { requested, runTransaction } from './indexed-db.js';
import { refuseOutdated } from './indexed-db-lead.js';

/** A commit as rows: all encoding is done, the transaction only writes. */
export interface EncodedCommit {
  readonly outbox: readonly OutboxEdit[];
  readonly journal: readonly JournalRow[];
  readonly kept: readonly KeptRow[];
  readonly addRejections: readonly RejectionRow[];
  readonly removeRejections: readonly string[];
  /** Strict when ops become durable by it; what is only confirmed state can be fetched again. */
  readonly durability: 'strict' | 'relaxed';
  readonly lead: number | null;
}

export function encodeCommit(commit: StorageCommit): EncodedCommit {
  return {
    outbox: groupOutboxEdits(commit.putOps ?? [], commit.removeOps ?? []),
    journal: baseToJournal(commit.base ?? []),
    kept: keptToRows(commit.keepOps ?? []),
    addRejections: (commit.addRejections ?? []).map(rejectionToRow),
    removeRejections: (commit.removeRejections ?? []).map(opIdText),
    durability: (commit.putOps ?? []).length > 0 ? 'strict' : 'relaxed',
    lead: commit.lead ?? null,
  };
}

/** Writes a commit in one transaction. Writing it twice leaves what writing it once does. */
export async function writeCommit(idb: IDBDatabase, commit: EncodedCommit): Promise<void> {
  const stores: StoreName[] = [];
  const { lead } = commit;
  if (commit.outbox.length > 0 || lead !== null) stores.push('meta');
  if (commit.outbox.length > 0) stores.push('outbox');
  if (commit.journal.length > 0) stores.push('journal');
  if (commit.kept.length > 0) stores.push('kept');
  if (commit.addRejections.length + commit.removeRejections.length > 0) stores.push('rejections');
  if (stores.every((store) => store === 'meta')) return;

  await runTransaction(idb, { stores, mode: 'readwrite', durability: commit.durability }, async (transaction) => {
    if (lead !== null) await refuseOutdated(transaction, lead);
    // Requests that nothing is read from are not awaited: their failure aborts the transaction.
    for (const row of commit.journal) transaction.objectStore('journal').add(row);
    for (const row of commit.kept) transaction.objectStore('kept').add(row);
    for (const row of commit.addRejections) transaction.objectStore('rejections').put(row);
    for (const id of commit.removeRejections) transaction.objectStore('rejections').delete(id);
    for (const edit of commit.outbox) await writeOutboxEdit(transaction, edit);
  });
}

async function writeOutboxEdit(transaction: IDBTransaction, edit: OutboxEdit): Promise<void> {
  const meta = transaction.objectStore('meta');
  const outbox = transaction.objectStore('outbox');
  let isNew = false;
  if (edit.issued !== null) {
    const id = issuedRowId(edit.replica);
    const before = (await requested(meta.get(id))) as IssuedRow | undefined;
    isNew = edit.removes.size === 0 && edit.first > (before?.seq ?? 0);
    const row: IssuedRow = { id, v: ROW_VERSION, replica: edit.replica, ...laterIssued(before, edit.issued) };
    meta.put(row);
  }
  if (isNew) {
    for (const row of edit.freshRows) outbox.add(row);
    return;
  }
  const changes = editOutboxRows(edit, await rowsMeeting(outbox, edit));
  for (const row of changes.put) outbox.put(row);
  for (const id of changes.remove) outbox.delete(id);
}

/** Stored rows whose range may meet `first..last`: those that end in it, and the one that ends next after it. */
async function rowsMeeting(outbox: IDBObjectStore, { replica, first, last }: OutboxEdit): Promise<OutboxRow[]> {
  const index = outbox.index('[replica+last]');
  const within = requested(index.getAll(IDBKeyRange.bound([replica, first], [replica, last])));
  const beyond = IDBKeyRange.bound([replica, last], [replica, Number.POSITIVE_INFINITY], true);
  const next = requested(index.getAll(beyond, 1));
  return [...((await within) as OutboxRow[]), ...((await next) as OutboxRow[])];
}
