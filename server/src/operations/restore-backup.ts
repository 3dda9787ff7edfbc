import { SERVER_REPLICA } from '@topgun/core/crdt';
import type { DatabaseRestoring } from '../ports/database-restoring.js';
import type { LedgerSegment } from '../ports/ledger.js';
import type { WholeSnapshot } from '../ports/snapshot-store.js';
import { encodeSegment } from '../services/persistence/segment-codec.js';
import type { OpenBackup } from './read-backup.js';

export interface RestoreOptions {
  readonly backup: OpenBackup;
  readonly restoring: DatabaseRestoring;
  /** Of the history from now on. */
  readonly mint: () => string;
  /** Whether what is in the target may be given up, and of which history it may be. */
  readonly replace: 'nothing' | 'same-history' | 'any-history';
  readonly onProgress?: (parts: number) => void;
}

/** What is there now. */
export interface Restored {
  /** The last position in the ledger. */
  readonly position: number;
  readonly lineage: string;
}

/** Why nothing was restored; a sentence for whoever wants to. */
export class RestoreRefused extends Error {
  override readonly name = 'RestoreRefused';
}

/** About how many bytes one write takes. */
const WRITE_BYTES = 4_000_000;

/**
 * PI-40, SY-2: puts a backup in the place of what is in a database, all or nothing. The history goes on under another name: whoever has heard of positions beyond the backup's
 * learns that they mean nothing, and gives back what it had written. Under a claim that is newer than any, of the backup and of what was there.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { backup, restoring, replace } = options;
  const { header } = backup;
  const { target } = restoring;
  refuseUnlessMeant(options);
  const epoch = Math.max(header.epoch, target.epoch) + 1;
  if (replace !== 'nothing') await restoring.clear();
  await restoring.writeOwner({ epoch, lineage: header.lineage });
  if (header.snapshots !== null) await restoring.writeSnapshotProgress(header.snapshots);
  await writeParts(options);
  const lineage = options.mint();
  const position = header.position + 1;
  const renamed = encodeSegment({
    lineage: backup.lineage(),
    position,
    entries: [{ partition: 0, replica: SERVER_REPLICA, ops: [], lineage }],
  });
  await restoring.writeSegments([{ position, epoch, bytes: renamed }]);
  await restoring.commit();
  return { position, lineage };
}

function refuseUnlessMeant({ backup: { header }, restoring: { name, target }, replace }: RestoreOptions): void {
  if (target.isEmpty) return;
  if (replace === 'nothing') {
    throw new RestoreRefused(`${name} is not empty; --replace puts the backup in the place of all that is in it.`);
  }
  if (replace === 'same-history' && target.lineage !== header.lineage) {
    throw new RestoreRefused(
      `The backup is of another database (history ${header.lineage}) than what is in ${name} (history ${target.lineage}); --replace-any puts it there all the same.`,
    );
  }
}

async function writeParts({ backup, restoring, onProgress }: RestoreOptions): Promise<void> {
  let snapshots: WholeSnapshot[] = [];
  let segments: LedgerSegment[] = [];
  let bytes = 0;
  let parts = 0;
  const flush = async (): Promise<void> => {
    if (snapshots.length > 0) await restoring.writeSnapshots(snapshots);
    if (segments.length > 0) await restoring.writeSegments(segments);
    [snapshots, segments, bytes] = [[], [], 0];
    onProgress?.(parts);
  };
  for await (const part of backup.parts) {
    if (part.type === 'snapshot') snapshots.push(part);
    else segments.push(part);
    parts += 1;
    bytes += part.bytes.length;
    if (bytes >= WRITE_BYTES || parts % 1_000 === 0) await flush();
  }
  await flush();
}
