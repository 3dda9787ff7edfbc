import { stampMillis, type Stamp } from '@topgun/core/clock';
import { err, ok, type Result } from '@topgun/core/primitives';
import type { LedgerOwnership } from '../coordination/ledger-ownership.js';
import { lineageAfter, replay } from '../persistence/replay.js';
import type { RestoredSnapshots } from '../persistence/restore-snapshots.js';
import type { CommitWeight } from '../persistence/snapshot-schedule.js';
import type { Segment, SegmentEntry } from '../persistence/segment.js';
import type { SchemaDefinition } from '@topgun/core/schema';
import type { GridState } from './grid-state.js';
import { Overlay, type RecordChange } from './overlay.js';
import { noteMapTypes, replayDecisions, replayRecords, type RecordWork } from './replay-segment.js';

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

/** PI-7: what the log has for the records of partitions that are cold, in the order of positions. */
export type Tails = Map<number, PlacedWork[]>;

export interface PlacedWork extends RecordWork {
  readonly position: number;
  /** As {@link ReplayedSegment}. */
  readonly writtenMs: number;
}

export interface ReplayedSegment {
  readonly position: number;
  readonly lineage: string;
  readonly weight: CommitWeight;
  /** When it was written, as far as the log tells: the greatest time of the stamps of what it took, in ms since 1970; 0: it took nothing. */
  readonly writtenMs: number;
}

/** What is heard of each segment: what would have been heard of the commit that wrote it, as far as its records are here. */
export type OnReplayed = (changes: readonly RecordChange[], segment: ReplayedSegment) => void;

/**
 * PI-1: the state is what the ledger's segments say, from the first to the last; or what the snapshots of partitions say (`state`), and
 * of each partition the segments after its own (PI-13). What they do to records of partitions that are cold waits in `tails`.
 */
export async function replayLedger(
  { ledger, lineage }: LedgerOwnership,
  state: GridState,
  snapshots: RestoredSnapshots | null,
  tails: Tails,
  onSegment: OnReplayed,
  schema?: SchemaDefinition,
  owns: (partition: number) => boolean = () => true,
): Promise<Result<Replayed, LedgerDamage>> {
  let position = snapshots?.through ?? 0;
  let current = snapshots?.lineage ?? lineage;
  for await (const segment of replay(ledger, position, current)) {
    if (!segment.ok) return err(ledgerDamage(segment.error.position, segment.error.reason));
    ({ position } = segment.value);
    current = lineageAfter(segment.value);
    // PI-13: what the snapshots do not say.
    const entries = segment.value.entries.filter(
      (at) => owns(at.partition) && (snapshots?.positions.get(at.partition) ?? 0) < position,
    );
    const overlay = new Overlay(state);
    for (const entry of segment.value.entries) {
      if (owns(entry.partition)) continue;
      const noted = noteMapTypes(entry, overlay);
      if (!noted.ok) return err(ledgerDamage(position, noted.error));
    }
    const writtenMs = writtenAt(segment.value);
    for (const entry of entries) {
      const replayed = replayEntry(entry, { state, overlay, tails, position, writtenMs, schema });
      if (!replayed.ok) return err(ledgerDamage(position, replayed.error));
    }
    const weight = weightOf({ entries, bytes: segment.value.bytes });
    onSegment(overlay.applyTo(state), { position, lineage: current, weight, writtenMs });
  }
  return ok({ position, lineage: current });
}

interface Replaying {
  readonly state: GridState;
  /** Over it. */
  readonly overlay: Overlay;
  readonly tails: Tails;
  readonly position: number;
  readonly writtenMs: number;
  readonly schema: SchemaDefinition | undefined;
}

function replayEntry(
  entry: SegmentEntry,
  { state, overlay, tails, position, writtenMs, schema }: Replaying,
): Result<void, string> {
  const { partition } = entry;
  const decided = replayDecisions(entry, overlay);
  if (!decided.ok) return decided;
  const work = decided.value;
  if (state.isHot(partition)) return replayRecords(partition, work, overlay, schema);
  if (work.ops.length + work.merged.length + work.forgotten.length === 0) return ok(undefined);
  for (const { map } of [...work.ops, ...work.merged]) state.expect(partition, map);
  const tail = tails.get(partition);
  if (tail === undefined) tails.set(partition, [{ ...work, position, writtenMs }]);
  else tail.push({ ...work, position, writtenMs });
  return ok(undefined);
}

/** Of refused ops the stamp may be anything. */
function writtenAt({ entries }: Pick<Segment, 'entries'>): number {
  let latest = '';
  for (const { ops } of entries) {
    for (const [wire, verdict] of ops) if (typeof verdict === 'number' && wire[1] > latest) latest = wire[1];
  }
  return latest === '' ? 0 : stampMillis(latest as Stamp);
}

/** What a commit put into the log. */
export function weightOf({ entries, bytes }: Pick<Segment, 'entries'> & { readonly bytes: number }): CommitWeight {
  return {
    partitions: entries.map(({ partition }) => partition),
    ops: entries.reduce((sum, { ops, merged }) => sum + ops.length + (merged?.length ?? 0), 0),
    bytes,
  };
}

export const ledgerDamage = (position: number, reason: string): LedgerDamage => ({
  code: 'ledger-damaged',
  message: `The ledger is damaged at position ${position} of the table ledger_segment (${reason}); restore the database from a backup.`,
});
