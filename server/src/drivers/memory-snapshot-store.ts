import type { SnapshotStore, StoredSnapshot } from '../ports/snapshot-store.js';
import type { MemoryDisk } from './memory-disk.js';

/** Snapshots for tests and the simulator, with failing writes on request. */
export interface MemorySnapshotStore extends SnapshotStore {
  /** The next writes throw and leave nothing behind. */
  failNext(count?: number): void;
}

const copyOf = (snapshot: StoredSnapshot): StoredSnapshot => ({
  ...snapshot,
  head: snapshot.head.slice(),
  records: snapshot.records.slice(),
});

/** Keeps them on `disk`, which outlives it. */
export function createMemorySnapshotStore(disk: MemoryDisk): MemorySnapshotStore {
  let failures = 0;
  let closed = false;

  const turn = async (): Promise<void> => {
    await Promise.resolve();
    if (closed) throw new Error('the snapshot store is closed');
  };

  return {
    failNext(count = 1) {
      failures += count;
    },
    async progress() {
      await turn();
      return disk.snapshotProgress;
    },
    async *heads() {
      await turn();
      const snapshots = [...disk.snapshots.values()].sort((a, b) => a.partition - b.partition);
      for (const { partition, position, head } of snapshots) yield [{ partition, position, head: head.slice() }];
    },
    async records(partition) {
      await turn();
      const found = disk.snapshots.get(partition);
      return found === undefined ? null : { position: found.position, bytes: found.records.slice() };
    },
    async write(epoch, snapshots, progress) {
      await turn();
      if (failures > 0) {
        failures -= 1;
        throw new Error('a fault was asked for');
      }
      if (epoch !== disk.epoch) return false;
      for (const snapshot of snapshots) disk.snapshots.set(snapshot.partition, copyOf(snapshot));
      disk.snapshotProgress = progress;
      return true;
    },
    async close() {
      await Promise.resolve();
      closed = true;
    },
  };
}
