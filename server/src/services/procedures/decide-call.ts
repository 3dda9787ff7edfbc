import type { Overlay } from '../crdt/overlay.js';
import type { JournalEvent } from '../journal/journal-event.js';
import type { SegmentEntry } from '../persistence/segment.js';

/** What one run of a procedure comes to: what the ledger has to hold of it, and the journal (JO-1). */
export interface DecidedCall {
  readonly entries: readonly SegmentEntry[];
  readonly events: readonly JournalEvent[];
}

/** Decides a call against what its turn finds, staged or committed, and changes that. Never throws. */
export type DecideCall = (overlay: Overlay) => DecidedCall;
