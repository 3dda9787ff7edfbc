import type { StateView } from '../crdt/state-view.js';
import { forgetDue, holdsMark } from './forget-due.js';
import type { MarkQueue } from './mark-queue.js';
import { coldOf } from './some-cold.js';
import type { Sweep } from './sweeper.js';
import type { Upkeep } from './upkeep.js';

/** Marks of one commit at most. */
export const FORGET_SLICE = 500;
/** About what a mark takes in a segment. */
const MARK_BYTES = 120;

/** CR-10: forgets what is older than the horizon. Holds nothing: what waits is in `marks`. PI-7: nothing falls due before `isReady`. */
export function createForgetSweep(options: {
  readonly state: StateView & { isHot(partition: number): boolean };
  readonly need: (partitions: Iterable<number>) => Promise<unknown> | null;
  readonly marks: MarkQueue;
  readonly isReady: () => boolean;
  readonly tombstonesMs: number;
  readonly upkeep: Upkeep;
}): Sweep {
  const { state, marks, tombstonesMs, upkeep, need, isReady } = options;
  return {
    next: () => (marks.since === null || !isReady() ? null : marks.since + tombstonesMs),
    async run(now) {
      const all = marks.due(now - tombstonesMs, FORGET_SLICE);
      // PI-48: in order, so up to the first for which more would have to be brought in than at once.
      const cold = coldOf(state, all);
      const end = all.findIndex(({ partition }) => !cold.has(partition) && !state.isHot(partition));
      const due = end < 0 ? all : all.slice(0, end);
      for (let wait = need(cold); wait !== null; wait = need(cold)) if ((await wait) !== null) return false;
      // Much of it has come to nothing meanwhile: the field was set again, the record created again.
      const held = due.filter((mark) => holdsMark(state, mark));
      const written =
        held.length === 0 || (await upkeep((overlay) => forgetDue(held, overlay), held.length * MARK_BYTES));
      if (written) marks.drop(due.length);
      return written;
    },
  };
}
