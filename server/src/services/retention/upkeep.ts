import type { MutableState } from '../crdt/state-view.js';
import type { SegmentEntry } from '../persistence/segment.js';

/**
 * What the server does of its own accord (CR-9, CR-10), decided against the state it meets when its turn has come; so nothing
 * that was staged before it can be missed. Changes the state it is given, and returns what the ledger has to hold of that.
 */
export type DecideUpkeep = (state: MutableState) => readonly SegmentEntry[];

/** Has it decided and written. Resolves when it is the state; false: it came to nothing. */
export type Upkeep = (decide: DecideUpkeep, bytes: number) => Promise<boolean>;
