import type { ReplicaId } from '../../clock/index.js';
import type { LwwRecord } from '../../crdt/index.js';
import type { LeaseOutcome, LeaseRequest, OutboxEntry, StorageCommit, StoredRejection } from '../ports/storage.js';
import { applyBaseChange } from './apply-base-change.js';
import { grantedLease, judgeLease, type Lease } from './lease.js';
import { OpIdMap } from './op-id-map.js';
import { opIdText } from './op-id.js';
import { type Issued, laterIssued } from './outbox-chunks.js';

/** What one database holds, and the effect of a commit on it. Knows nothing of handles: those come and go. */
export interface MemoryDatabase {
  readonly databaseId: string;
  readonly issued: Map<ReplicaId, Issued>;
  readonly outbox: OpIdMap<OutboxEntry>;
  readonly maps: Map<string, Map<string, LwwRecord>>;
  readonly rejections: Map<string, StoredRejection>;
  readonly leases: Map<ReplicaId, Lease>;
}

export function createMemoryDatabase(databaseId: string): MemoryDatabase {
  return {
    databaseId,
    issued: new Map(),
    outbox: new OpIdMap(),
    maps: new Map(),
    rejections: new Map(),
    leases: new Map(),
  };
}

export function applyLease(database: MemoryDatabase, request: LeaseRequest): LeaseOutcome {
  const outcome = judgeLease(database.leases.get(request.replica), request);
  if (outcome !== 'refused') database.leases.set(request.replica, grantedLease(request));
  return outcome;
}

export function applyRelease(database: MemoryDatabase, replica: ReplicaId, holder: string): void {
  if (database.leases.get(replica)?.holder === holder) database.leases.delete(replica);
}

/** The whole commit at once: nothing in it can fail. */
export function applyCommit(database: MemoryDatabase, commit: StorageCommit): void {
  for (const entry of commit.putOps ?? []) {
    const { op } = entry;
    database.outbox.set(op, entry);
    database.issued.set(op.replica, laterIssued(database.issued.get(op.replica), op));
  }
  for (const id of commit.removeOps ?? []) database.outbox.take(id);
  for (const { map, changes } of commit.base ?? []) {
    let records = database.maps.get(map);
    if (records === undefined) database.maps.set(map, (records = new Map()));
    for (const change of changes) applyBaseChange(records, change);
  }
  for (const rejection of commit.addRejections ?? []) database.rejections.set(opIdText(rejection.op), rejection);
  for (const id of commit.removeRejections ?? []) database.rejections.delete(opIdText(id));
}
