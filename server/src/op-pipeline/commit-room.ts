import { pieceOpsAt, settledTo } from './piece-pace.js';

/** What a commit holds at most while several connections write: an op takes some 20 to 50 µs, and whoever writes a single one waits for the commit under way and for its own. */
export const SHARED_COMMIT_OPS = 64;
/** What it holds at most of one that writes alone: nobody else waits for it, and what a commit costs by itself is spread over more. */
export const LONE_COMMIT_OPS = 1_024;
/** A message of no more ops is of somebody who writes little. */
export const FEW_OPS = 4;
/** Who has more ops undecided imports, whatever the size of its messages. */
export const MANY_UNDECIDED = 64;
/** For so many commits after somebody else has written a connection is not alone: it takes seconds to fill them, and who writes now and then does so again meanwhile. */
export const COMMITS_SHARED = 1_024;

/** A commit that is durable. */
export interface MadeCommit {
  readonly ops: number;
  /** How many pieces of imports are in it. */
  readonly pieces: number;
  /** From when it was appended. */
  readonly tookMs: number;
}

/** PI-39: how many ops a commit may hold, by who has written lately. */
export class CommitRoom {
  #last: object | null = null;
  /** Commits until whoever wrote last is alone again. */
  #left = 0;
  /** Commits until nobody is left who writes little, and who did last. */
  #few = 0;
  #fewBy: object | null = null;
  /** What a commit takes that holds little, about. */
  #bareMs = 0;

  get ops(): number {
    return this.#left > 0 ? SHARED_COMMIT_OPS : LONE_COMMIT_OPS;
  }

  /** Somebody writes little, and somebody else may import: that goes in small pieces, with rests. */
  get isPaced(): boolean {
    return this.#left > 0 && this.#few > 0;
  }

  /** Of imports. */
  get pieceOps(): number {
    return this.isPaced ? pieceOpsAt(this.#bareMs) : this.ops;
  }

  /** Whether a message of so many ops, of somebody who has so many undecided with it, is part of an import. */
  isOfImport(ops: number, undecided: number): boolean {
    return ops > this.ops || (this.isPaced && undecided > MANY_UNDECIDED);
  }

  /** A message of so many ops has come from there, where so many are undecided with it. */
  wrote(connection: object, ops: number, undecided: number): void {
    if (this.#last !== null && this.#last !== connection) this.#left = COMMITS_SHARED;
    if (undecided > MANY_UNDECIDED) {
      // It was how an import begins.
      if (this.#fewBy === connection) this.#few = 0;
    } else if (ops <= FEW_OPS) {
      this.#few = COMMITS_SHARED;
      this.#fewBy = connection;
    }
    this.#last = connection;
  }

  committed({ ops, pieces, tookMs }: MadeCommit): void {
    if (this.#left > 0) this.#left -= 1;
    if (this.#few > 0) this.#few -= 1;
    if (pieces === 0 && ops <= BARE_OPS) this.#bareMs = settledTo(this.#bareMs, tookMs);
  }
}

/** A commit of no more ops takes what a commit takes by itself. */
const BARE_OPS = 16;
