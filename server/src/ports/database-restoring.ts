import type { StoredOwner } from './database-reading.js';
import type { LedgerSegment } from './ledger.js';
import type { SnapshotsProgress, WholeSnapshot } from './snapshot-store.js';

/** What is in a database that shall be another. */
export interface RestoreTarget extends StoredOwner {
  /** Nothing was ever in it: it may be there for all that, with empty tables. */
  readonly isEmpty: boolean;
}

/** PI-40: puts a whole database in the place of what is there, in one transaction: until `commit` nothing has changed for anybody, and afterwards everything. */
export interface DatabaseRestoring {
  /** For sentences: without user and password. */
  readonly name: string;
  readonly target: RestoreTarget;
  /** Takes away what is there, of the truth and of the rows for other programs. */
  clear(): Promise<void>;
  writeOwner(owner: StoredOwner): Promise<void>;
  writeSnapshotProgress(progress: SnapshotsProgress): Promise<void>;
  writeSnapshots(snapshots: readonly WholeSnapshot[]): Promise<void>;
  writeSegments(segments: readonly LedgerSegment[]): Promise<void>;
  commit(): Promise<void>;
  /** Ends it, and gives up what is not committed. */
  close(): Promise<void>;
}
