import type { ReplicaId } from '../../clock/index.js';
import { encodeRecord, type LwwRecord, type Op } from '../../crdt/index.js';
import type {
  KeptOps,
  KeptThrough,
  KeptView,
  LeaseOutcome,
  LeaseRequest,
  OutboxEntry,
  StorageCommit,
  StoredMap,
  StoredRejection,
} from '../ports/storage.js';
import { applyBaseChange } from './apply-base-change.js';
import { grantedLease, judgeLease, type Lease } from './lease.js';
import { OpIdMap } from './op-id-map.js';
import { MAX_KEPT_OPS } from './kept-rows.js';
import { boundedView, droppedRows, mapOfView, MAX_KEPT_VIEWS, withoutRows } from './kept-view.js';
import { compareOpIds, opIdText } from './op-id.js';
import { type Issued, laterIssued } from './outbox-chunks.js';
import { isUseToNote } from './plan-eviction.js';

/** What one database holds, and the effect of a commit on it. Knows nothing of handles: those come and go. */
export interface MemoryDatabase {
  readonly databaseId: string;
  readonly issued: Map<ReplicaId, Issued>;
  readonly outbox: OpIdMap<OutboxEntry>;
  readonly maps: Map<string, Map<string, LwwRecord>>;
  readonly rejections: Map<string, StoredRejection>;
  readonly leases: Map<ReplicaId, Lease>;
  /** CL-4: the number of the latest lead. */
  lead: number;
  /** SY-2: in the order in which they were accepted. */
  kept: readonly KeptOps[];
  /** CL-2: by their keys, the one kept longest ago first. */
  readonly views: Map<string, KeptView>;
  /** By map. */
  readonly indexes: Map<string, { readonly name: string; readonly parts: readonly string[] }>;
  /** CL-8: when each map was last noted to be in use. */
  readonly usedAt: Map<string, number>;
}

export function createMemoryDatabase(databaseId: string): MemoryDatabase {
  return {
    databaseId,
    issued: new Map(),
    outbox: new OpIdMap(),
    maps: new Map(),
    rejections: new Map(),
    leases: new Map(),
    lead: 0,
    kept: [],
    views: new Map(),
    indexes: new Map(),
    usedAt: new Map(),
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

export function applyLead(database: MemoryDatabase): number {
  database.lead += 1;
  return database.lead;
}

/** The whole commit at once: nothing in it can fail. Whether it is outdated has been asked before. */
export function applyCommit(database: MemoryDatabase, commit: StorageCommit): void {
  for (const entry of commit.putOps ?? []) {
    const { op } = entry;
    database.outbox.set(op, entry);
    database.issued.set(op.replica, laterIssued(database.issued.get(op.replica), op));
  }
  for (const id of commit.removeOps ?? []) database.outbox.take(id);
  if (commit.keepOps !== undefined) database.kept = [...database.kept, ...commit.keepOps];
  for (const { map, changes } of commit.base ?? []) {
    let records = database.maps.get(map);
    if (records === undefined) database.maps.set(map, (records = new Map()));
    for (const change of changes) applyBaseChange(records, change);
  }
  for (const [map, keys] of droppedRows(commit)) {
    database.indexes.delete(map);
    for (const [key, view] of database.views) {
      if (mapOfView(key) === map) database.views.set(key, withoutRows(view, keys));
    }
  }
  for (const rejection of commit.addRejections ?? []) database.rejections.set(opIdText(rejection.op), rejection);
  for (const id of commit.removeRejections ?? []) database.rejections.delete(opIdText(id));
}

export function keptThroughOf({ kept }: MemoryDatabase): ReadonlyMap<ReplicaId, KeptThrough> {
  const through = new Map<ReplicaId, KeptThrough>();
  for (const { ops, lineage, position, at } of kept) {
    for (const { replica, seq } of ops) {
      if (seq > (through.get(replica)?.seq ?? 0)) through.set(replica, { seq, lineage, position, at });
    }
  }
  return through;
}

/** Each once, though it was accepted again by another ledger. */
export function keptOpsOf({ kept }: MemoryDatabase): readonly Op[] {
  const byId = new Map(kept.flatMap(({ ops }) => ops).map((op) => [opIdText(op), op]));
  return [...byId.values()].sort(compareOpIds);
}

export function forgetKept(database: MemoryDatabase, since: number): void {
  let count = 0;
  const left: KeptOps[] = [];
  for (const kept of [...database.kept].reverse()) {
    count += kept.ops.length;
    if (kept.at >= since && count <= MAX_KEPT_OPS) left.push(kept);
  }
  database.kept = left.reverse();
}

export function keepView({ views }: MemoryDatabase, view: KeptView): void {
  views.delete(view.key);
  views.set(view.key, boundedView(view));
  for (const key of views.keys()) if (views.size > MAX_KEPT_VIEWS) views.delete(key);
}

export function noteUse({ usedAt }: MemoryDatabase, map: string, now: number): void {
  if (isUseToNote(usedAt.get(map), now)) usedAt.set(map, now);
}

export function storedMapsOf({ maps, usedAt }: MemoryDatabase): readonly StoredMap[] {
  return [...maps]
    .filter(([, records]) => records.size > 0)
    .map(([map, records]) => ({ map, bytes: bytesOf(records), usedAt: usedAt.get(map) ?? 0 }));
}

export function applyEviction({ maps, views, indexes, usedAt }: MemoryDatabase, evicted: readonly string[]): void {
  for (const map of evicted) indexes.delete(map);
  for (const map of evicted) {
    maps.delete(map);
    usedAt.delete(map);
  }
  for (const key of views.keys()) if (evicted.includes(mapOfView(key))) views.delete(key);
}

function bytesOf(records: ReadonlyMap<string, LwwRecord>): number {
  let bytes = 0;
  for (const [key, record] of records) bytes += key.length + JSON.stringify(encodeRecord(record)).length;
  return bytes;
}
