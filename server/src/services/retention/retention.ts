import type { Clock, Timers } from '../../ports/environment.js';
import type { GridState } from '../crdt/grid-state.js';
import type { RecordChange } from '../crdt/overlay.js';
import { createExpirySweep } from './expiry-sweep.js';
import { createForgetSweep } from './forget-sweep.js';
import type { MarkQueue } from './mark-queue.js';
import { createSweeper } from './sweeper.js';
import type { Upkeep } from './upkeep.js';

/** How long a server keeps what it no longer shows. */
export interface RetentionOptions {
  /** CR-10: removals, and fields that were unset, are forgotten when they are so old. */
  readonly tombstonesMs: number;
  /** JO-5: the journal, where one is kept, is kept for at least so long. */
  readonly journalMs: number;
}

export const DEFAULT_RETENTION: RetentionOptions = { tombstonesMs: 30 * 86_400_000, journalMs: 7 * 86_400_000 };

/** CR-9, CR-10: ends records whose time has come, and forgets removals after the horizon. */
export interface Retention {
  /** What the commit at `position` has changed, once it is the state. */
  note(changes: readonly RecordChange[], position: number): void;
  /** PI-7: the records of the partition are here. */
  opened(partition: number): void;
  /** PI-7: those of all partitions are, and so are all marks: what has been forgotten is no matter any more, and forgetting goes on. */
  allOpened(): void;
  /** Begins, with what is due already. */
  start(): void;
  stop(): Promise<void>;
}

export interface RetentionParts extends Pick<RetentionOptions, 'tombstonesMs'> {
  /** As the ledger has it, and with the marks of its whole history. */
  readonly state: GridState;
  readonly marks: MarkQueue;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly upkeep: Upkeep;
  /** PI-48: brings in what is cold. `null`: all of these are hot; otherwise a failure, or `null` once they are. */
  readonly need: (partitions: Iterable<number>) => Promise<unknown> | null;
  /** PI-7: nothing is done before all partitions are here: what hears of it may read any record. */
  readonly startsWhole?: boolean;
}

export function createRetention(parts: RetentionParts): Retention {
  const { state, marks, clock } = parts;
  let isAllOpen = false;
  const expiry = createExpirySweep({ ...parts, isReady: () => isAllOpen || parts.startsWhole !== true });
  const sweeper = createSweeper({
    ...parts,
    sweeps: [expiry, createForgetSweep({ ...parts, isReady: () => isAllOpen })],
  });
  return {
    opened(partition) {
      expiry.opened(partition);
      sweeper.wake();
    },
    allOpened() {
      marks.order();
      marks.dropBefore(state.forgottenThrough);
      isAllOpen = true;
      sweeper.wake();
    },
    note(changes, position) {
      expiry.note(changes);
      marks.note(changes, position, clock.now());
      sweeper.wake();
    },
    start: () => sweeper.wake(),
    stop: () => sweeper.stop(),
  };
}
