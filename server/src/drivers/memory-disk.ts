import type { ColdRow } from '../ports/cold-store.js';
import type { LedgerSegment } from '../ports/ledger.js';
import type { SnapshotsProgress, StoredSnapshot } from '../ports/snapshot-store.js';

/** What survives a process in tests and in the simulator. The memory drivers read and write it; it does nothing itself. */
export interface MemoryDisk {
  readonly lineage: string;
  epoch: number;
  readonly segments: LedgerSegment[];
  /** Those that were given up, before `segments`: no driver reads them; a test's oracle may. */
  readonly trimmed: LedgerSegment[];
  /** By `map + '\0' + key`; map names hold no NUL. */
  readonly coldRows: Map<string, ColdRow>;
  coldThrough: number;
  readonly snapshots: Map<number, StoredSnapshot>;
  snapshotProgress: SnapshotsProgress | null;
}

/** The last position in the log. */
export const lastPosition = ({ segments }: MemoryDisk): number => segments.at(-1)?.position ?? 0;

export function createMemoryDisk(lineage = 'memory'): MemoryDisk {
  return {
    lineage,
    epoch: 0,
    segments: [],
    trimmed: [],
    coldRows: new Map(),
    coldThrough: 0,
    snapshots: new Map(),
    snapshotProgress: null,
  };
}

/** The disk as it is now, for a test that puts it back later: a restored backup, writes lost at power failure. */
export function copyMemoryDisk(disk: MemoryDisk): MemoryDisk {
  return {
    ...disk,
    segments: disk.segments.map((segment) => ({ ...segment, bytes: segment.bytes.slice() })),
    trimmed: [...disk.trimmed],
    coldRows: new Map(disk.coldRows),
    snapshots: new Map(disk.snapshots),
  };
}
