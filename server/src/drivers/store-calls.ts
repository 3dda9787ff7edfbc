import type { AppendOutcome, LedgerClaim, LedgerSegment } from '../ports/ledger.js';
import type { ColdRow } from '../ports/cold-store.js';
import type { SnapshotsProgress, StoredHead, StoredRecords, StoredSnapshot } from '../ports/snapshot-store.js';
import type { StorageTrouble } from './storage-trouble.js';

/** Nothing was written, and the same may be asked again when the trouble is over. */
export interface HeldUp {
  readonly type: 'held-up';
  readonly trouble: StorageTrouble;
  readonly reason: string;
}

/**
 * What can be asked of a database. Nothing is remembered between calls, so a thread or a connection that was lost can be
 * replaced. Calls may overlap.
 */
export interface StoreCalls {
  claim(): Promise<LedgerClaim>;
  /** The next epoch, if `epoch` is still the newest; after every append that was asked for before. */
  renew(epoch: number): Promise<number | null>;
  /** Never rejects. */
  append(epoch: number, segment: Uint8Array): Promise<AppendOutcome | HeldUp>;
  /** Some segments after `position`, at least one when there is one. */
  segmentsAfter(position: number): Promise<readonly LedgerSegment[]>;
  through(): Promise<number>;
  writeRows(rows: readonly ColdRow[], through: number): Promise<void>;
  /** Some rows of a map in key order, those after `key`; from the first when `null`. */
  rowsAfter(map: string, key: string | null): Promise<readonly ColdRow[]>;
  /** Gives up some segments up to `through`, and says how many; 0 when none is left to, or `epoch` is not the newest. */
  trim(epoch: number, through: number): Promise<number>;
  snapshotProgress(): Promise<SnapshotsProgress | null>;
  /** Some heads of the partitions after this one, at least one when there is one. */
  headsAfter(partition: number): Promise<readonly StoredHead[]>;
  recordsOf(partition: number): Promise<StoredRecords | null>;
  writeSnapshots(epoch: number, snapshots: readonly StoredSnapshot[], progress: SnapshotsProgress): Promise<boolean>;
  close(): Promise<void>;
}
