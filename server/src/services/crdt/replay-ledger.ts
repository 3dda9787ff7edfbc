import { ok, err, type Result } from '@topgun/core/primitives';
import type { LedgerOwnership } from '../coordination/ledger-ownership.js';
import { decodeSegment } from '../persistence/segment-codec.js';
import type { RecordChange } from './overlay.js';
import { GridState } from './grid-state.js';
import { Overlay } from './overlay.js';
import { replaySegment } from './replay-segment.js';

/** Why a ledger cannot be served from; a sentence for whoever runs the server. */
export interface ReplayError {
  readonly code: 'ledger-damaged';
  readonly message: string;
}

export interface Replayed {
  readonly state: GridState;
  /** The last position in the ledger. */
  readonly position: number;
}

/**
 * PI-1: the state is what the ledger's segments say, from the first to the last. `onSegment` hears of each, as it did of
 * the commit that wrote it.
 */
export async function replayLedger(
  { ledger, lineage }: LedgerOwnership,
  onSegment: (changes: readonly RecordChange[], position: number) => void,
): Promise<Result<Replayed, ReplayError>> {
  const state = new GridState();
  let position = 0;
  for await (const chunk of ledger.read(0)) {
    for (const segment of chunk) {
      if (segment.position !== position + 1) return damaged(position + 1, `position ${segment.position} stands there`);
      const decoded = decodeSegment(segment.bytes);
      if (!decoded.ok) return damaged(segment.position, decoded.error.reason);
      if (decoded.value.lineage !== lineage) return damaged(segment.position, 'it is of another history');
      const overlay = new Overlay(state);
      const replayed = replaySegment(decoded.value, overlay);
      if (!replayed.ok) return damaged(segment.position, replayed.error);
      onSegment(overlay.applyTo(state), segment.position);
      position = segment.position;
    }
  }
  return ok({ state, position });
}

const damaged = (position: number, reason: string): Result<never, ReplayError> =>
  err({
    code: 'ledger-damaged',
    message: `The ledger is damaged at position ${position} (${reason}); restore the database from a backup.`,
  });
