import { err, ok, type Result } from '@topgun/core/primitives';
import type { LedgerOwnership } from '../coordination/ledger-ownership.js';
import { lineageAfter, replay } from '../persistence/replay.js';
import { GridState } from './grid-state.js';
import { Overlay, type RecordChange } from './overlay.js';
import { replaySegment } from './replay-segment.js';

/** Why a ledger cannot be served from; a sentence for whoever runs the server. */
export interface LedgerDamage {
  readonly code: 'ledger-damaged';
  readonly message: string;
}

export interface Replayed {
  readonly state: GridState;
  /** The last position in the ledger. */
  readonly position: number;
  /** The name of the history by then. */
  readonly lineage: string;
}

/**
 * PI-1: the state is what the ledger's segments say, from the first to the last. `onSegment` hears of each what it would
 * have heard of the commit that wrote it.
 */
export async function replayLedger(
  { ledger, lineage }: LedgerOwnership,
  onSegment: (changes: readonly RecordChange[], position: number) => void,
): Promise<Result<Replayed, LedgerDamage>> {
  const state = new GridState();
  let position = 0;
  let current = lineage;
  for await (const segment of replay(ledger, 0, lineage)) {
    if (!segment.ok) return damaged(segment.error.position, segment.error.reason);
    const overlay = new Overlay(state);
    const replayed = replaySegment(segment.value, overlay);
    position = segment.value.position;
    current = lineageAfter(segment.value);
    if (!replayed.ok) return damaged(position, replayed.error);
    onSegment(overlay.applyTo(state), position);
  }
  return ok({ state, position, lineage: current });
}

const damaged = (position: number, reason: string): Result<never, LedgerDamage> =>
  err({
    code: 'ledger-damaged',
    message: `The ledger is damaged at position ${position} (${reason}); restore the database from a backup.`,
  });
