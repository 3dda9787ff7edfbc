import { err, ok, type Result } from '@topgun/core/primitives';
import type { SnapshotsProgress, SnapshotStore, StoredHead } from '../../ports/snapshot-store.js';
import type { LayoutError } from '../layout/record-layout.js';
import { readFacts, type SnapshotFacts } from '../layout/snapshot-layout.js';

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
 * PI-7, PI-13: reads what the snapshots there are say without their records, and hands each out. Whatever is wrong with one ends it: the log may not go back far
 * enough to do without. `end`: the last position of the ledger; snapshots of something later are not of this ledger.
 */
export async function restoreSnapshots(
  store: SnapshotStore,
  end: number,
  onFacts: (facts: SnapshotFacts) => void,
): Promise<Result<RestoredSnapshots | null, SnapshotDamage>> {
  const progress = await store.progress();
  if (progress === null) return ok(null);
  if (progress.through > end) return err(ahead(progress.through, end));
  const positions = new Map<number, number>();
  for await (const chunk of store.heads()) {
    for (const stored of chunk) {
      const { partition, position } = stored;
      const facts = await factsOf(store, stored);
      if (!facts.ok) return err(snapshotDamage(partition, facts.error.reason));
      const { value } = facts;
      if (value.partition !== partition || value.position !== position) {
        const reason = `it is of partition ${value.partition} at position ${value.position}`;
        return err(snapshotDamage(partition, reason));
      }
      if (position > end) return err(ahead(position, end));
      positions.set(partition, position);
      onFacts(value);
    }
  }
  return ok({ ...progress, positions });
}

/** Of a snapshot that was written before there were heads, they are to be had from all of it alone. */
async function factsOf(
  store: SnapshotStore,
  { partition, head }: StoredHead,
): Promise<Result<SnapshotFacts, LayoutError>> {
  if (head !== null) return readFacts(head);
  const records = await store.records(partition);
  return records === null ? err({ code: 'malformed', reason: 'it is gone' }) : readFacts(records.bytes);
}

export const snapshotDamage = (partition: number, reason: string): SnapshotDamage => ({
  code: 'ledger-damaged',
  message: `The snapshot of partition ${partition} is damaged (${reason}); restore the database from a backup.`,
});

const ahead = (position: number, end: number): SnapshotDamage => ({
  code: 'ledger-damaged',
  message: `The ledger ends at position ${end} and the snapshots are of position ${position}; restore both from one backup.`,
});
