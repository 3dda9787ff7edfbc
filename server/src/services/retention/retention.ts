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
}

export function createRetention(parts: RetentionParts): Retention {
  const { state, marks, clock } = parts;
  marks.dropBefore(state.forgottenThrough);
  const expiry = createExpirySweep(parts);
  const sweeper = createSweeper({ ...parts, sweeps: [expiry, createForgetSweep(parts)] });
  return {
    note(changes, position) {
      expiry.note(changes);
      marks.note(changes, position, clock.now());
      sweeper.wake();
    },
    start: () => sweeper.wake(),
    stop: () => sweeper.stop(),
  };
}
