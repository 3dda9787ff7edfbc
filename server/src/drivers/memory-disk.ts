import type { ColdRow } from '../ports/cold-store.js';
import type { LedgerSegment } from '../ports/ledger.js';

/** What survives a process in tests and in the simulator. The memory drivers read and write it; it does nothing itself. */
export interface MemoryDisk {
  readonly lineage: string;
  epoch: number;
  readonly segments: LedgerSegment[];
  /** By `map + '\0' + key`; map names hold no NUL. */
  readonly coldRows: Map<string, ColdRow>;
  coldThrough: number;
}

export function createMemoryDisk(lineage = 'memory'): MemoryDisk {
  return { lineage, epoch: 0, segments: [], coldRows: new Map(), coldThrough: 0 };
}

/** The disk as it is now, for a test that puts it back later: a restored backup, writes lost at power failure. */
export function copyMemoryDisk(disk: MemoryDisk): MemoryDisk {
  return {
    ...disk,
    segments: disk.segments.map((segment) => ({ ...segment, bytes: segment.bytes.slice() })),
    coldRows: new Map(disk.coldRows),
  };
}
