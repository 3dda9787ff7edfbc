/**
 * How little it matters which of the first ranks a record has: 60, as measured by Cormack, Clarke and Büttcher, “Reciprocal Rank Fusion outperforms Condorcet
 * and individual Rank Learning Methods”, SIGIR 2009.
 */
const RANK_CONSTANT = 60;

/** What a record's rank in one list adds to its score, 1 being the best rank; nothing for one that is not in the list. Scores of different scales need no common one. */
export function scoreOfRank(rank: number | undefined): number {
  return rank === undefined ? 0 : 1 / (RANK_CONSTANT + rank);
}

/** Ranks of what comes by score, the best first: those of one score share the rank of the first of them. */
export class Ranks {
  #count = 0;
  #rank = 0;
  #score = NaN;

  next(score: number): number {
    this.#count++;
    if (score !== this.#score) this.#rank = this.#count;
    this.#score = score;
    return this.#rank;
  }
}
