import type { TopGunError } from '../../primitives/index.js';
import type { Entry } from '../../query/index.js';

/** What is known of a query's rows besides the rows. */
export interface Standing {
  /** Storage has answered for every map that the rows come from. */
  readonly isLoaded: boolean;
  /** SY-5: the rows are the server's, with this client's pending writes. */
  readonly isSettled: boolean;
  /** The server refuses the query, or a part of it. */
  readonly error: TopGunError | null;
  /** There are rows beyond the limit. */
  readonly hasMore: boolean;
}

/**
 * Where a live view has the rows of its query from: records of one map, groups of them, records with those of other maps in them.
 * While somebody watches it is kept current by every batch, otherwise it catches up when asked.
 */
export interface RowSource {
  /** The rows in order: the same array while none of them changed, the same entry while its row did not. */
  rows(): readonly Entry[];
  standing(): Standing;
  /** The row with what it is sorted by, which may be no part of what is shown of it. */
  placeOf(row: Entry): Entry;
  /** Brings it up to what happened while nobody watched. True when anything did. */
  catchUp(): boolean;
  /** Calls `changed` within each batch that may have changed rows or standing; until the returned function is called. After `catchUp`. */
  watch(changed: () => void): () => void;
  /** Asks the server until the returned function is called. */
  use(): () => void;
  /** Whether what the server has answered is of that ledger position, or a later one. */
  isCompleteThrough(position: number): boolean;
}
