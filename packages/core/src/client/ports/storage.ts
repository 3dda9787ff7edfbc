import type { ReplicaId, Stamp } from '../../clock/timestamp.js';
import type { LwwRecord } from '../../crdt/lww-record.js';
import type { Op, OpId } from '../../crdt/op.js';
import type { Result } from '../../primitives/result.js';
import type { Value } from '../../primitives/value.js';

/**
 * CL-1, CL-2: the durable side of one principal's local database. It holds *base* (confirmed state) and the *outbox*
 * (ops the server has not decided), and takes whole commits, never rows. One contract suite runs against every adapter.
 */
export interface StorageAdapter {
  /**
   * Opens (creating when absent) the database of that name. Never throws: a storage that cannot be had is a value. `ahead`: what may be read together with the
   * identity.
   */
  open(name: string, ahead?: ReadAhead): Promise<Result<Storage, StorageError>>;
  /**
   * The database of that name is likely to be opened soon: what takes time and changes nothing may begin, and `open` goes on from there. Creates nothing. `reading`: what is to be read
   * already, and when; without it nothing of the database is read. Returns the end of it, for one that is not opened after all. Absent: `open` takes no time.
   */
  prepare?(name: string, reading?: EarlyReading): () => void;
}

/**
 * CL-2: what whoever opens a database asks for first. It may be read in the transaction that reads the identity, and is the answer to the first `loadOutbox` and
 * `loadRejections`, to the first `loadView` of each of these views and to the first `loadMap` of each of these maps, unless something is written through the
 * same handle before. What other tabs write meanwhile is not in it: whoever asks for it hears of that from before the opening on.
 */
export interface ReadAhead {
  /** Outbox, refusals and these views, by their keys. Absent: none of it. */
  readonly views?: readonly string[];
  readonly maps?: readonly string[];
}

/** Used by an `open` that asks for something ahead, and by no other. */
export interface EarlyReading {
  /** Nothing is read before. Where it rejects, nothing is read at all. */
  readonly after: Promise<unknown>;
  /** Asked when it is read. */
  readonly ahead: () => ReadAhead;
}

export interface Storage {
  /** What was minted with the database and has been issued so far; read once at open. */
  readonly identity: StorageIdentity;
  /** Every undecided op of every replica of this database, in (replica, seq) order. */
  loadOutbox(): Promise<Result<readonly OutboxEntry[], StorageError>>;
  /** The confirmed records of one map. The table is the caller's own. Where they are many the page has turns of its own meanwhile. */
  loadMap(map: string): Promise<Result<Map<string, LwwRecord>, StorageError>>;
  /** CL-7: the refused ops not yet discarded or retried, oldest first. */
  loadRejections(): Promise<Result<readonly StoredRejection[], StorageError>>;
  /** SY-2: of each replica, the highest sequence among the kept ops, and what is known of it. Reads no op. */
  keptThrough(): Promise<Result<ReadonlyMap<ReplicaId, KeptThrough>, StorageError>>;
  /** SY-2: the accepted ops that are kept, of all replicas, in (replica, seq) order, each once. */
  loadKept(): Promise<Result<readonly Op[], StorageError>>;
  /** CL-2: the view as it was kept last; `null` where none was, it was forgotten, or it cannot be read. */
  loadView(key: string): Promise<Result<KeptView | null, StorageError>>;
  /** CL-2: in the place of what was kept of that view before. Of too many views those kept longest ago are forgotten. */
  keepView(view: KeptView): Promise<Result<void, StorageError>>;
  /** SE-27: where search indexes are kept. Absent: they are made anew. */
  readonly savedIndexes?: SavedIndexes;
  /**
   * All or nothing, in one transaction: strict durability when it adds ops, relaxed otherwise. Encoding happens before the
   * transaction opens. Commits take effect in call order. Rows that it drops leave the kept views of their maps, before anything
   * that is written after it.
   */
  commit(commit: StorageCommit): Promise<Result<void, StorageError>>;
  /**
   * CL-4, where no lock keeps tabs apart: `holder` asks to be the one that speaks for `replica` until `now + ttlMs`. Compared and
   * written in one transaction, in call order with the commits; of several who ask at once one gets it.
   */
  lease(request: LeaseRequest): Promise<Result<LeaseOutcome, StorageError>>;
  /**
   * CL-4: begins another lead, and gives its number, which is one more than any before. Counted in one transaction, in call order with the
   * commits: what the lead before commits from then on is refused as `outdated`.
   */
  takeLead(): Promise<Result<number, StorageError>>;
  /** The number of the latest lead; 0: nobody has led yet. */
  latestLead(): Promise<Result<number, StorageError>>;
  /** Gives the lease back, if `holder` is the one who has it. */
  release(replica: ReplicaId, holder: string): Promise<Result<void, StorageError>>;
  /**
   * Folds the journal into pages, a bounded amount per call and a part of that in each turn of the page, and forgets kept ops that were accepted before `keptSince` (this
   * device's clock, ms since 1970) or are too many. Safe against a crash at any point. True when more is left.
   */
  compact(keptSince?: number): Promise<Result<boolean, StorageError>>;
  /** CL-8: the map is in use at `now` (this device's clock, ms since 1970). Written down when the last time is an hour ago. */
  noteUse(map: string, now: number): Promise<Result<void, StorageError>>;
  /** CL-8: what is stored of the confirmed records of each map, about. Reads all of them, a few at a time. */
  storedMaps(): Promise<Result<readonly StoredMap[], StorageError>>;
  /**
   * CL-8: forgets the confirmed records of these maps and what was kept of their views. In one transaction, which only deletes: others do not
   * pass where there is no room. What is undecided, refused or kept (SY-2) stays.
   */
  evict(maps: readonly string[]): Promise<Result<void, StorageError>>;
  /** A handle that was lost (database deleted, browser closed it) is told once. */
  onLost(listener: (error: StorageError) => void): () => void;
  /** Told of each stored row that could not be read: it is set aside, and everything else loads. The handle stays good. */
  onCorrupt(listener: (error: StorageError) => void): () => void;
  close(): Promise<void>;
  /** Deletes the database (sign-out with purge). */
  destroy(): Promise<Result<void, StorageError>>;
}

export interface StorageIdentity {
  /** Minted with the database: the stem of every replica id in it (CR-2). 12 characters of the stamp alphabet. */
  readonly databaseId: string;
  /** Highest sequence and stamp ever made durable, per replica of this database. */
  readonly issued: ReadonlyMap<ReplicaId, { readonly seq: number; readonly stamp: Stamp }>;
}

export interface OutboxEntry {
  readonly op: Op;
  /** True once the op may have been handed to a socket: from then on its stamp is fixed (CR-11). */
  readonly handed: boolean;
  /**
   * CR-11: how many ms the stamp was ahead of this device's clock when it was made, by a correction known then or because the
   * logical clock was: stamp − clockOffset is what the device's clock said. Absent: 0.
   */
  readonly clockOffset?: number;
}

/** A change of confirmed state: merge a delta, or forget a row and its stamps (SY-4 `gone`). */
export type BaseChange =
  | { readonly type: 'merge'; readonly key: string; readonly delta: LwwRecord }
  | { readonly type: 'drop'; readonly key: string };

export interface StorageCommit {
  /** Adds or replaces (same op id: re-stamped or newly handed) outbox entries. */
  readonly putOps?: readonly OutboxEntry[];
  /** Ops that are decided, and leave the outbox. */
  readonly removeOps?: readonly OpId[];
  /** SY-2: accepted ops, to be kept for a while. */
  readonly keepOps?: readonly KeptOps[];
  readonly base?: readonly { readonly map: string; readonly changes: readonly BaseChange[] }[];
  readonly addRejections?: readonly StoredRejection[];
  readonly removeRejections?: readonly OpId[];
  /** CL-4: under which lead it is made. Refused, with all that is in it, when another has begun since. Absent: no leader makes it. */
  readonly lead?: number;
}

/**
 * CL-2: the first rows of a live view as they were once, to be shown before its map is loaded. Never a source of truth: it may be older than
 * base, and nothing but what shows comes of it.
 */
export interface KeptView {
  /** Names map and query. */
  readonly key: string;
  /** What is confirmed of the rows, by key, in the order of the view. */
  readonly records: ReadonlyMap<string, LwwRecord>;
  /** There were rows beyond these. */
  readonly hasMore: boolean;
  /** Nothing was pending of them: they are the answer, as they are. Absent: what meets the query among them, and in which order, is to be found. */
  readonly isAnswer?: true;
  /** What shows of the records, by key, where that is known without reading them. */
  readonly values?: ReadonlyMap<string, Value>;
}

/**
 * SE-27: a search index of a map as text, in parts that are read and written one by one. Never a source of truth: whoever loads one compares it with the
 * records. It goes with the records of its map that are dropped or evicted.
 */
export interface SavedIndexes {
  /** `name` says what of the records it is of. `null` where none was kept under it, or a part of it is missing. */
  load(map: string, name: string): Promise<Result<readonly string[] | null, StorageError>>;
  /** In the place of the one of that map that was kept before, whatever its name. */
  keep(map: string, name: string, parts: readonly string[]): Promise<Result<void, StorageError>>;
}

/** Own ops that one commit of the server accepted. */
export interface KeptOps {
  readonly lineage: string;
  /** The ledger position that holds them. */
  readonly position: number;
  /** This device's clock when their acceptance was heard of, in ms since 1970. */
  readonly at: number;
  /** Of any replicas, each replica's in the order of their sequence. */
  readonly ops: readonly Op[];
}

export interface KeptThrough extends Pick<KeptOps, 'lineage' | 'position' | 'at'> {
  readonly seq: number;
}

/** CL-8: a map, as eviction sees it. */
export interface StoredMap {
  readonly map: string;
  /** Of its confirmed records, about. */
  readonly bytes: number;
  /** When it was last noted to be in use, in ms since 1970; 0: never. */
  readonly usedAt: number;
}

/** CL-8: what was done because there was no room. */
export interface Eviction {
  /** Their confirmed records have left this device; whoever uses them again gets them from the server. */
  readonly maps: readonly string[];
  /** About as many bytes were given up. The browser may take a while to make use of them. */
  readonly freedBytes: number;
  /** What had no room has been written since. Else it stays in the page, and is tried again. */
  readonly isWritten: boolean;
  /** Undecided writes, kept ones and refusals that were given up: there never are any. */
  readonly lostWrites: 0;
}

export interface LeaseRequest {
  readonly replica: ReplicaId;
  readonly holder: string;
  /** This device's wall clock, in ms since 1970. */
  readonly now: number;
  /** The same for all who ask: a lease that runs longer from `now` was written by a clock that has jumped back since, and counts as over. */
  readonly ttlMs: number;
}

/** `renewed`: it was the holder's, run out or not; `taken`: it was nobody's, or another's had run out; `refused`: another has it. */
export type LeaseOutcome = 'renewed' | 'taken' | 'refused';

/** CL-7: what is kept of a refused write until the user retries or discards it. */
export interface StoredRejection {
  readonly op: Op;
  readonly code: string;
  readonly reason: string;
  /** Server time of the refusal, in ms since 1970. */
  readonly at: number;
}

/**
 * CL-8: closed union; `message` is a sentence fit for the person it happens to. `newer-format`: a newer version of this library has
 * written the database, which is left as it is. `stalled`: it does not answer; nothing is given up, and what waits goes on when it does. `no-key`, `wrong-key` (EN-5): it is encrypted, and does not open.
 */
export interface StorageError {
  readonly code:
    | 'unavailable'
    | 'newer-format'
    | 'no-key'
    | 'wrong-key'
    | 'lost'
    | 'quota'
    | 'corrupt'
    | 'stalled'
    | 'failed'
    | 'outdated';
  readonly message: string;
  /** With `stalled`: it answers again, and there is nothing left to show. */
  readonly isOver?: true;
  /** With `quota`, where room could be looked for. */
  readonly eviction?: Eviction;
}
