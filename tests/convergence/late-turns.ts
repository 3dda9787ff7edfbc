import type { SeededRandom } from '../../packages/core/src/client/testing/seeded-random.js';
import type { Timers } from '../../packages/core/src/client/ports/environment.js';
import type { ViewTurns } from '../../packages/core/src/client/ports/view-turns.js';

/** The longest that a turn lets itself be waited for: most of what apps do happens within a few ms, and so comes between two turns. */
const MOST_MS = 6;

/** Timers of a loop that has something else to do first: who asks for the next turn gets one some ms later, and in the order in which it was asked for. */
export function lateTurns(timers: Timers, now: () => number, random: SeededRandom): Timers {
  let last = 0;
  return {
    after(delayMs, run) {
      if (delayMs > 0) return timers.after(delayMs, run);
      last = Math.max(last, now() + random.integer(MOST_MS + 1));
      return timers.after(last - now(), run);
    },
  };
}

export interface TabTurnsOptions {
  /** In one turn. */
  readonly records: number;
  readonly timers: Timers;
  /** How much has been written so far, by whomever. */
  readonly written: () => number;
  /** Something was written between the first turn of a view and its last. */
  readonly overtaken: () => void;
}

export interface TabTurns extends ViewTurns {
  /** There are turns to come. */
  readonly isAtWork: boolean;
}

/** CL-25: views of more than one record are filled in turns of a tab, a step in each, one view after the other. */
export function createTabTurns({ records, timers, written, overtaken }: TabTurnsOptions): TabTurns {
  const works: { readonly steps: Iterator<void>; readonly begunAt: number }[] = [];
  let isArmed = false;

  function arm(): void {
    const [work] = works;
    if (isArmed || work === undefined) return;
    isArmed = true;
    timers.after(0, () => {
      isArmed = false;
      try {
        if (work.steps.next().done !== true) return;
        works.shift();
        if (written() > work.begunAt) overtaken();
      } finally {
        arm();
      }
    });
  }

  return {
    get isAtWork() {
      return works.length > 0;
    },
    recordsAtOnce: 1,
    recordsPerStep: records,
    begin(steps) {
      works.push({ steps, begunAt: written() });
      arm();
    },
  };
}
