/** What a commit holds at most while several connections write: an op takes some 20 to 50 µs, and whoever writes a single one waits for the commit under way and for its own. */
export const SHARED_COMMIT_OPS = 64;
/** What it holds at most of one that writes alone: nobody else waits for it, and what a commit costs by itself is spread over more. */
export const LONE_COMMIT_OPS = 1_024;
/** What it holds of messages that were divided, while others write little. */
export const PIECE_OPS = 16;
/** A message of no more ops is of somebody who writes little. */
export const FEW_OPS = 4;
/** For so many commits after somebody else has written a connection is not alone: it takes seconds to fill them, and who writes now and then does so again meanwhile. */
export const COMMITS_SHARED = 1_024;

/** PI-39: how many ops a commit may hold, by who has written lately. */
export class CommitRoom {
  #last: object | null = null;
  /** Commits until whoever wrote last is alone again. */
  #left = 0;
  /** Commits until nobody is left who writes little. */
  #few = 0;

  get ops(): number {
    return this.#left > 0 ? SHARED_COMMIT_OPS : LONE_COMMIT_OPS;
  }

  /** Of messages that were divided, which have more ops than a commit. */
  get pieceOps(): number {
    return this.#few > 0 ? Math.min(this.ops, PIECE_OPS) : this.ops;
  }

  /** A message of so many ops has come from there. */
  wrote(connection: object, ops: number): void {
    if (this.#last !== null && this.#last !== connection) this.#left = COMMITS_SHARED;
    if (ops <= FEW_OPS) this.#few = COMMITS_SHARED;
    this.#last = connection;
  }

  committed(): void {
    if (this.#left > 0) this.#left -= 1;
    if (this.#few > 0) this.#few -= 1;
  }
}
