import type { StoredOwner } from '../ports/database-reading.js';
import type { SnapshotsProgress } from '../ports/snapshot-store.js';

/** What a backup is of. Its first line. */
export interface BackupHeader extends StoredOwner {
  readonly topgun: 'backup';
  readonly version: typeof BACKUP_VERSION;
  /** The last position in the ledger. */
  readonly position: number;
  readonly snapshots: SnapshotsProgress | null;
  /** How many snapshots and segments follow. */
  readonly parts: number;
  /** When it was taken, in ms since 1970. */
  readonly takenAt: number;
}

/** What stands before the bytes of a part. */
export type PartHead =
  | {
      readonly part: 'snapshot';
      readonly partition: number;
      readonly position: number;
      /** How many bytes follow. */
      readonly bytes: number;
    }
  | { readonly part: 'segment'; readonly position: number; readonly epoch: number; readonly bytes: number };

/** The last line: without it the backup is not whole. */
export interface BackupEnd {
  readonly part: 'end';
  readonly snapshots: number;
  readonly segments: number;
  /** sha256 of everything before this line, in hex. */
  readonly sha256: string;
}

/** Readers refuse versions they do not know rather than guess. */
export const BACKUP_VERSION = 1;

/** The sum of bytes as they come. */
export interface RunningSum {
  add(bytes: Uint8Array): void;
  /** In hex. Once, at the end. */
  digest(): string;
}

/** Why a file is no backup to restore from; a sentence for whoever wants to. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: 'not-a-backup' | 'newer-format' | 'truncated' | 'damaged';

  constructor(code: BackupError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
