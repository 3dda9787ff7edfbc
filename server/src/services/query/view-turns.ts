import type { TakeSteps } from '@topgun/core/query';
import type { Timers } from '../../ports/environment.js';
import { TurnedWork } from './turned-work.js';

/** What is done in one piece. */
export interface Pieces {
  /** A view for which no more records than this have to be looked at is opened at once. */
  readonly recordsAtOnce: number;
  /** Of others so many are looked at in a turn. */
  readonly recordsPerStep: number;
  /** SE-47: a search that takes no more steps is run again within the commit that changes it. */
  readonly stepsAtOnce: number;
  /** SE-47: as long as all that a commit changes take no more steps together. */
  readonly stepsPerCommit: number;
  /** Of others so many steps are taken in a turn. */
  readonly stepsPerTurn: number;
}

/** About twenty milliseconds, three, one, three and three. */
export const DEFAULT_PIECES: Pieces = {
  recordsAtOnce: 16_384,
  recordsPerStep: 2_048,
  stepsAtOnce: 4,
  stepsPerCommit: 16,
  stepsPerTurn: 16,
};

/** QU-50: how views of many records are opened. */
export interface ViewTurns extends Pieces {
  /** Takes steps in turns of the event loop. */
  readonly begin: TakeSteps;
  /** Something that was begun is not done. */
  readonly isBusy: () => boolean;
}

/** All of them in one piece. */
export const AT_ONCE: ViewTurns = {
  recordsAtOnce: Infinity,
  recordsPerStep: Infinity,
  stepsAtOnce: Infinity,
  stepsPerCommit: Infinity,
  stepsPerTurn: Infinity,
  begin: () => {},
  isBusy: () => false,
};

/** Without `timers` there are no turns. */
export function viewTurns(timers: Timers | null, pieces: Pieces): ViewTurns {
  if (timers === null) return AT_ONCE;
  const work = new TurnedWork(timers);
  return { ...pieces, begin: work.begin, isBusy: () => work.size > 0 };
}
