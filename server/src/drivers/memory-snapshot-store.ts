import type { SnapshotStore, StoredSnapshot } from '../ports/snapshot-store.js';
import type { MemoryDisk } from './memory-disk.js';

/** Snapshots for tests and the simulator, with failing writes on request. */
export interface MemorySnapshotStore extends SnapshotStore {
  /** The next writes throw and leave nothing behind. */
  failNext(count?: number): void;
}

const copyOf = (snapshot: StoredSnapshot): StoredSnapshot => ({ ...snapshot, bytes: snapshot.bytes.slice() });

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
    async *read() {
      await turn();
      const snapshots = [...disk.snapshots.values()].sort((a, b) => a.partition - b.partition);
      for (const snapshot of snapshots) yield [copyOf(snapshot)];
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
