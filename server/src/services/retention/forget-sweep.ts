import type { StateView } from '../crdt/state-view.js';
import { forgetDue, holdsMark } from './forget-due.js';
import type { MarkQueue } from './mark-queue.js';
import type { Sweep } from './sweeper.js';
import type { Upkeep } from './upkeep.js';

/** Marks of one commit at most. */
export const FORGET_SLICE = 500;
/** About what a mark takes in a segment. */
const MARK_BYTES = 120;

/** CR-10: forgets what is older than the horizon. Holds nothing: what waits is in `marks`. PI-7: nothing falls due before `isReady`. */
export function createForgetSweep(options: {
  readonly state: StateView;
  readonly marks: MarkQueue;
  readonly isReady: () => boolean;
  readonly tombstonesMs: number;
  readonly upkeep: Upkeep;
}): Sweep {
  const { state, marks, tombstonesMs, upkeep, isReady } = options;
  return {
    next: () => (marks.since === null || !isReady() ? null : marks.since + tombstonesMs),
    async run(now) {
      const due = marks.due(now - tombstonesMs, FORGET_SLICE);
      // Much of it has come to nothing meanwhile: the field was set again, the record created again.
      const held = due.filter((mark) => holdsMark(state, mark));
      const written =
        held.length === 0 || (await upkeep((overlay) => forgetDue(held, overlay), held.length * MARK_BYTES));
      if (written) marks.drop(due.length);
      return written;
    },
  };
}
