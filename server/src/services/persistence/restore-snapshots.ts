import { err, ok, type Result } from '@topgun/core/primitives';
import type { SnapshotsProgress, SnapshotStore } from '../../ports/snapshot-store.js';
import { readSnapshot, type PartitionSnapshot } from '../layout/snapshot-layout.js';

/** Why snapshots cannot be started from; a sentence for whoever runs the server. */
export interface SnapshotDamage {
  readonly code: 'ledger-damaged';
  readonly message: string;
}

/** What all snapshots together say. */
export interface RestoredSnapshots extends SnapshotsProgress {
  /** Up to where the snapshot of a partition goes, where it has one. */
  readonly positions: ReadonlyMap<number, number>;
}

/**
 * PI-13: reads the snapshots there are, and hands each out. Whatever is wrong with one ends it: the log may not go back far enough to do
 * without. `end`: the last position of the ledger; snapshots of something later are not of this ledger.
 */
export async function restoreSnapshots(
  store: SnapshotStore,
  end: number,
  onSnapshot: (snapshot: PartitionSnapshot) => void,
): Promise<Result<RestoredSnapshots | null, SnapshotDamage>> {
  const progress = await store.progress();
  if (progress === null) return ok(null);
  if (progress.through > end) return err(ahead(progress.through, end));
  const positions = new Map<number, number>();
  for await (const chunk of store.read()) {
    for (const { partition, position, bytes } of chunk) {
      const snapshot = readSnapshot(bytes);
      if (!snapshot.ok) return err(damaged(partition, snapshot.error.reason));
      const { value } = snapshot;
      if (value.partition !== partition || value.position !== position) {
        return err(damaged(partition, `it is of partition ${value.partition} at position ${value.position}`));
      }
      if (position > end) return err(ahead(position, end));
      positions.set(partition, position);
      onSnapshot(value);
    }
  }
  return ok({ ...progress, positions });
}

const damaged = (partition: number, reason: string): SnapshotDamage => ({
  code: 'ledger-damaged',
  message: `The snapshot of partition ${partition} is damaged (${reason}); restore the database from a backup.`,
});

const ahead = (position: number, end: number): SnapshotDamage => ({
  code: 'ledger-damaged',
  message: `The ledger ends at position ${end} and the snapshots are of position ${position}; restore both from one backup.`,
});
