import { err, ok, type Result } from '@topgun/core/primitives';
import type { LedgerOwnership } from '../coordination/ledger-ownership.js';
import { lineageAfter, replay, type ReplayedSegment } from '../persistence/replay.js';
import type { RestoredSnapshots } from '../persistence/restore-snapshots.js';
import type { CommitWeight } from '../persistence/snapshot-schedule.js';
import type { Segment } from '../persistence/segment.js';
import type { GridState } from './grid-state.js';
import { Overlay, type RecordChange } from './overlay.js';
import { replaySegment } from './replay-segment.js';

/** Why a ledger cannot be served from; a sentence for whoever runs the server. */
export interface LedgerDamage {
  readonly code: 'ledger-damaged';
  readonly message: string;
}

export interface Replayed {
  /** The last position in the ledger. */
  readonly position: number;
  /** The name of the history by then. */
  readonly lineage: string;
}

/** What is heard of each segment: what would have been heard of the commit that wrote it. */
export type OnReplayed = (
  changes: readonly RecordChange[],
  segment: { readonly position: number; readonly lineage: string; readonly weight: CommitWeight },
) => void;

/**
 * PI-1: the state is what the ledger's segments say, from the first to the last; or what the snapshots of partitions say (`state`), and
 * of each partition the segments after its own (PI-13).
 */
export async function replayLedger(
  { ledger, lineage }: LedgerOwnership,
  state: GridState,
  snapshots: RestoredSnapshots | null,
  onSegment: OnReplayed,
): Promise<Result<Replayed, LedgerDamage>> {
  let position = snapshots?.through ?? 0;
  let current = snapshots?.lineage ?? lineage;
  for await (const segment of replay(ledger, position, current)) {
    if (!segment.ok) return damaged(segment.error.position, segment.error.reason);
    const overlay = new Overlay(state);
    const lacking = withoutRestored(segment.value, snapshots);
    const replayed = replaySegment(lacking, overlay);
    position = segment.value.position;
    current = lineageAfter(segment.value);
    if (!replayed.ok) return damaged(position, replayed.error);
    onSegment(overlay.applyTo(state), { position, lineage: current, weight: weightOf(lacking) });
  }
  return ok({ position, lineage: current });
}

/** PI-13: what the snapshots do not say. */
function withoutRestored(segment: ReplayedSegment, snapshots: RestoredSnapshots | null): ReplayedSegment {
  if (snapshots === null) return segment;
  const { position, entries } = segment;
  return { ...segment, entries: entries.filter((at) => (snapshots.positions.get(at.partition) ?? 0) < position) };
}

/** What a commit put into the log. */
export function weightOf({ entries, bytes }: Pick<Segment, 'entries'> & { readonly bytes: number }): CommitWeight {
  return {
    partitions: entries.map(({ partition }) => partition),
    ops: entries.reduce((sum, { ops, merged }) => sum + ops.length + (merged?.length ?? 0), 0),
    bytes,
  };
}

const damaged = (position: number, reason: string): Result<never, LedgerDamage> =>
  err({
    code: 'ledger-damaged',
    message: `The ledger is damaged at position ${position} (${reason}); restore the database from a backup.`,
  });
