import type { ReplicaId, Stamp } from '../../clock/index.js';

/**
 * The rows of the packed store (CL-2). The stores and their keys never change; each row says the version of its own
 * content, so an old tab never blocks an upgrade. What a row holds is JSON text: smaller and faster to copy than objects.
 */
export const STORES = {
  meta: 'id',
  outbox: '++id,[replica+last]',
  journal: '++id,map',
  pages: '[map+first]',
  rejections: 'id',
  kept: '++id',
} as const;

export type StoreName = keyof typeof STORES;

/** The version of the content that this code writes. */
export const ROW_VERSION = 1;

export interface IdentityRow {
  readonly id: 'identity';
  readonly v: number;
  readonly databaseId: string;
}

/** Highest sequence and stamp ever made durable for one replica; its id is `issuedRowId(replica)`. */
export interface IssuedRow {
  readonly id: string;
  readonly v: number;
  readonly replica: ReplicaId;
  readonly seq: number;
  readonly stamp: Stamp;
}

export const ISSUED_PREFIX = 'issued:';
export const issuedRowId = (replica: ReplicaId): string => ISSUED_PREFIX + replica;

/** CL-4: who speaks for a replica; its id is `leaseRowId(replica)`. */
export interface LeaseRow {
  readonly id: string;
  readonly v: number;
  readonly holder: string;
  /** By this device's clock, in ms since 1970. */
  readonly expiresAt: number;
}

/** CL-4: how often a tab has begun to lead. */
export interface LeadRow {
  readonly id: typeof LEAD_ROW_ID;
  readonly v: number;
  readonly number: number;
}

export const LEAD_ROW_ID = 'lead';

export const leaseRowId = (replica: ReplicaId): string => `lease:${replica}`;

/** CL-2: the first rows of a live view; its id is `viewRowId(key)`. */
export interface ViewRow {
  readonly id: string;
  readonly v: number;
  readonly hasMore: boolean;
  readonly isAnswer?: true;
  /** JSON: `[key, WireRecord][]` in the order of the view. */
  readonly records: string;
}

export const viewRowId = (key: string): string => `view:${key}`;

/** SE-27: how many parts the saved index of a map has; its id is `indexRowId(map)`. */
export interface IndexRow {
  readonly id: string;
  readonly v: number;
  readonly name: string;
  readonly parts: number;
}

/** One of them; its id is `indexRowId(map, part)`. */
export interface IndexPartRow {
  readonly id: string;
  readonly v: number;
  readonly text: string;
}

/** All of a map begin alike, and none of another: names hold no NUL. */
export const indexRowId = (map: string, part?: number): string =>
  `search:${map}\0${part === undefined ? '' : String(part)}`;

/** The ids of the kept views, the one kept longest ago first. */
export interface ViewsRow {
  readonly id: 'views';
  readonly v: number;
  readonly ids: readonly string[];
}

/** CL-8: when a map was last noted to be in use; its id is `usedRowId(map)`. */
export interface UsedRow {
  readonly id: string;
  readonly v: number;
  readonly map: string;
  /** By this device's clock, in ms since 1970. */
  readonly at: number;
}

export const USED_PREFIX = 'used:';
export const usedRowId = (map: string): string => USED_PREFIX + map;

/** What could not be read, kept out of the way: the table it came from and the row as it was. */
export interface SetAsideRow {
  readonly id: string;
  readonly v: number;
  readonly store: StoreName;
  readonly row: unknown;
}

/**
 * Up to `CHUNK_OPS` undecided ops of one replica. Invariant: the ranges `first..last` of a replica's rows do not overlap,
 * so the row of an op is found by one look into the index `[replica+last]`.
 */
export interface OutboxRow {
  readonly id?: number;
  readonly v: number;
  readonly replica: ReplicaId;
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** JSON: `WireEntry[]` in sequence order. */
  readonly entries: string;
}

/** The base changes of one commit to one map, in order (`CHUNK_CHANGES` at most; more make several rows). */
export interface JournalRow {
  readonly id?: number;
  readonly v: number;
  readonly map: string;
  /** JSON: `[key, WireRecord]` merges, `[key]` drops. */
  readonly changes: string;
}

/** The records of one map whose keys lie in [first, first of the next page), sorted by key. A map's first page has `first: ''`. */
export interface PageRow {
  readonly v: number;
  readonly map: string;
  readonly first: string;
  readonly keys: readonly string[];
  /** JSON of a WireRecord each, so that folding a change reads and writes that record alone. */
  readonly records: readonly string[];
}

/** SY-2: accepted ops of one replica, kept for a while, in the order in which they were accepted. */
export interface KeptRow {
  readonly id?: number;
  readonly v: number;
  readonly replica: ReplicaId;
  /** The highest sequence among them. */
  readonly last: number;
  readonly lineage: string;
  readonly position: number;
  /** When the latest of them was accepted, by this device's clock, in ms since 1970. */
  readonly at: number;
  readonly count: number;
  /** JSON: `WireEntry[]`. */
  readonly entries: string;
}

export interface RejectionRow {
  /** `replica:seq`. */
  readonly id: string;
  readonly v: number;
  /** JSON: `[replica, WireOp, code, reason, at]`, and `[first, parts]` of a transaction. */
  readonly rejection: string;
}
