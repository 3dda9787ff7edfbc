import type { Timers } from '../../ports/environment.js';
import { TurnedWork } from './turned-work.js';
import type { Pieces } from './view-turns.js';

/** A search that was not run again within a commit is run so long after it, and no sooner after the last time. */
export const SEARCH_PAUSE_MS = 100;

/** Before each turn of a search that is run again the thread is left to others for so long, which is longer than a turn takes. */
export const SEARCH_REST_MS = 4;

export type SearchPieces = Pick<Pieces, 'stepsAtOnce' | 'stepsPerCommit' | 'stepsPerTurn'>;

/** SE-47: how searches are run again that commits change: a few short ones within the commit, all others one after the other, apart from it. */
export class SearchTurns {
  readonly #pieces: SearchPieces;
  readonly #timers: Timers;
  readonly #work: TurnedWork;
  #left = 0;

  constructor(timers: Timers, pieces: SearchPieces) {
    this.#timers = timers;
    this.#pieces = pieces;
    this.#work = new TurnedWork(timers, SEARCH_REST_MS);
  }

  /** So many steps are taken in a turn. */
  get stepsPerTurn(): number {
    return this.#pieces.stepsPerTurn;
  }

  /** Another commit is told to views. */
  beginCommit(): void {
    this.#left = this.#pieces.stepsPerCommit;
  }

  /** Whether a search that took so many steps the last time is run again within this commit, which has then less left for others. */
  takesAtOnce(steps: number): boolean {
    if (steps > this.#pieces.stepsAtOnce || steps > this.#left) return false;
    this.#left -= steps;
    return true;
  }

  /** Runs it later; each step of `work` is a turn. */
  later(work: Iterator<void>): void {
    this.#timers.after(SEARCH_PAUSE_MS, () => this.#work.begin(work));
  }
}
