import type { ReplicaId, Stamp } from '../../clock/index.js';
import type { LwwRecord, OpId } from '../../crdt/index.js';
import type { OutboxEntry, StorageCommit, StoredRejection } from '../ports/storage.js';
import { applyBaseChange } from './apply-base-change.js';

/** What one database holds, and the effect of a commit on it. Knows nothing of handles: those come and go. */
export interface MemoryDatabase {
  readonly databaseId: string;
  readonly issued: Map<ReplicaId, { readonly seq: number; readonly stamp: Stamp }>;
  readonly outbox: Map<string, OutboxEntry>;
  readonly maps: Map<string, Map<string, LwwRecord>>;
  readonly rejections: Map<string, StoredRejection>;
}

export function createMemoryDatabase(databaseId: string): MemoryDatabase {
  return { databaseId, issued: new Map(), outbox: new Map(), maps: new Map(), rejections: new Map() };
}

/** One text per op id. A replica id has no colon. */
export const opIdText = ({ replica, seq }: OpId): string => `${replica}:${seq}`;

/** (replica, seq) order: how an outbox is read. */
export function compareOpIds(a: OpId, b: OpId): number {
  return a.replica === b.replica ? a.seq - b.seq : a.replica < b.replica ? -1 : 1;
}

/** Oldest refusal first; by op id among those of one instant, so that every adapter lists them alike. */
export function compareRejections(a: StoredRejection, b: StoredRejection): number {
  return a.at - b.at || compareOpIds(a.op, b.op);
}

/** The whole commit at once: nothing in it can fail. */
export function applyCommit(database: MemoryDatabase, commit: StorageCommit): void {
  for (const entry of commit.putOps ?? []) {
    const { replica, seq, stamp } = entry.op;
    database.outbox.set(opIdText(entry.op), entry);
    const issued = database.issued.get(replica);
    database.issued.set(replica, {
      seq: Math.max(seq, issued?.seq ?? 0),
      stamp: issued === undefined || stamp > issued.stamp ? stamp : issued.stamp,
    });
  }
  for (const id of commit.removeOps ?? []) database.outbox.delete(opIdText(id));
  for (const { map, changes } of commit.base ?? []) {
    let records = database.maps.get(map);
    if (records === undefined) database.maps.set(map, (records = new Map()));
    for (const change of changes) applyBaseChange(records, change);
  }
  for (const rejection of commit.addRejections ?? []) database.rejections.set(opIdText(rejection.op), rejection);
  for (const id of commit.removeRejections ?? []) database.rejections.delete(opIdText(id));
}
