/** What may be done in one turn of the page: some 15 ms on a slow machine. A row that is hashed counts for fifty that are looked at, one that is read for ten. */
const WORK_PER_TURN = 100_000;
export const WORK_OF_LOOKING = 1;
export const WORK_OF_HASHING = 50;
export const WORK_OF_READING = 10;

/** Counts the work of one turn, so that others have theirs in time. */
export class TurnBudget {
  #spent = 0;

  /** True when the turn is over: another one begins. */
  spend(work: number): boolean {
    this.#spent += work;
    if (this.#spent < WORK_PER_TURN) return false;
    this.#spent = 0;
    return true;
  }
}
