import type { ColdRow } from './cold-store.js';
import type { LedgerSegment } from './ledger.js';
import type { SnapshotsProgress, WholeSnapshot } from './snapshot-store.js';

/**
 * All that is in a database as it was at one moment, whatever a server writes meanwhile: what tools read. Nothing is written, and a server is not held up. Calls do
 * not overlap.
 */
export interface DatabaseReading {
  /** For sentences: without user and password. */
  readonly name: string;
  /** `null`: no server has ever been started on it. */
  owner(): Promise<StoredOwner | null>;
  /** Every segment there is, in order, in chunks. */
  segments(): AsyncIterable<readonly LedgerSegment[]>;
  extent(): Promise<DatabaseExtent>;
  snapshotProgress(): Promise<SnapshotsProgress | null>;
  /** By partition, in chunks. */
  snapshots(): AsyncIterable<readonly WholeSnapshot[]>;
  /** The position up to which the cold store is written. */
  through(): Promise<number>;
  /** The rows of every map, by map and key, in chunks; of one map where one is named. */
  rows(map?: string): AsyncIterable<readonly ColdRow[]>;
  close(): Promise<void>;
}

export interface StoredOwner {
  /** Of the server that claimed the ledger last. */
  readonly epoch: number;
  /** The name under which the history began. */
  readonly lineage: string;
}

/** How much there is: for whoever shows how far it has come. */
export interface DatabaseExtent {
  readonly segments: number;
  readonly snapshots: number;
  readonly rows: number;
  /** The last position in the ledger; 0: none. */
  readonly position: number;
}
