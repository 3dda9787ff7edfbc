import type { TakeSteps } from '../../query/index.js';

/** CL-25: how views of many records are filled. */
export interface ViewTurns {
  /** Of so many at most a view is there at once. */
  readonly recordsAtOnce: number;
  /** Looked at in one step, or shown. */
  readonly recordsPerStep: number;
  /** Takes steps in turns of the page, before what nobody waits for. */
  readonly begin: TakeSteps;
}
