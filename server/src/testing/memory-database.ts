import { copyMemoryDisk, createMemoryDisk, lastPosition, type MemoryDisk } from '../drivers/memory-disk.js';
import type { ColdRow } from '../ports/cold-store.js';
import type { DatabaseReading } from '../ports/database-reading.js';
import type { DatabaseRestoring } from '../ports/database-restoring.js';
import { splitSnapshot, wholeSnapshot } from '../services/layout/snapshot-layout.js';

/** All that is on a memory disk, as it was when this was called. */
export function memoryReading(live: MemoryDisk): DatabaseReading {
  const disk = copyMemoryDisk(live);
  const rows = [...disk.coldRows.values()].sort(byMapAndKey);
  return {
    name: 'memory',
    owner: async () => (disk.epoch === 0 ? null : { epoch: disk.epoch, lineage: disk.lineage }),
    extent: async () => ({
      segments: disk.segments.length,
      snapshots: disk.snapshots.size,
      rows: rows.length,
      position: lastPosition(disk),
    }),
    segments: () => chunked(disk.segments),
    snapshotProgress: async () => disk.snapshotProgress,
    snapshots: () =>
      chunked(
        [...disk.snapshots.values()]
          .sort((a, b) => a.partition - b.partition)
          .map(({ partition, position, head, records }) => ({
            partition,
            position,
            bytes: wholeSnapshot(head, records),
          })),
      ),
    through: async () => disk.coldThrough,
    rows: (map) => chunked(map === undefined ? rows : rows.filter((row) => row.map === map)),
    close: async () => undefined,
  };
}

/** A memory disk that shall be another. `disk` is what it is after `commit`. */
export function memoryRestoring(before: MemoryDisk): DatabaseRestoring & { readonly disk: MemoryDisk } {
  const next = copyMemoryDisk(before);
  let { lineage } = next;
  let disk = before;
  return {
    name: 'memory',
    target: {
      epoch: before.epoch,
      lineage: before.lineage,
      isEmpty: before.epoch === 0 && before.segments.length === 0 && before.coldRows.size === 0,
    },
    get disk() {
      return disk;
    },
    async clear() {
      next.segments.length = 0;
      next.snapshots.clear();
      next.coldRows.clear();
      next.coldThrough = 0;
      next.snapshotProgress = null;
    },
    async writeOwner(owner) {
      next.epoch = owner.epoch;
      lineage = owner.lineage;
    },
    async writeSnapshotProgress(progress) {
      next.snapshotProgress = progress;
    },
    async writeSnapshots(snapshots) {
      for (const { partition, position, bytes } of snapshots) {
        const { head, records } = splitSnapshot(bytes);
        if (head === null) throw new Error('a snapshot of the first version');
        const stored = { head: new Uint8Array(head), records: new Uint8Array(records) };
        next.snapshots.set(partition, { partition, position, ...stored });
      }
    },
    async writeSegments(segments) {
      for (const { position, epoch, bytes } of segments) next.segments.push({ position, epoch, bytes });
    },
    async commit() {
      disk = { ...createMemoryDisk(lineage), ...next, lineage };
    },
    close: async () => undefined,
  };
}

async function* chunked<T>(all: readonly T[]): AsyncIterable<readonly T[]> {
  for (let at = 0; at < all.length; at += 7) yield all.slice(at, at + 7);
}

const byMapAndKey = (a: ColdRow, b: ColdRow): number =>
  Buffer.compare(Buffer.from(a.map), Buffer.from(b.map)) || Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
