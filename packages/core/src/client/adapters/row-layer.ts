import type { ReadAhead, StorageIdentity } from '../ports/storage.js';
import type { FirstRead, RowsAhead } from './rows-ahead.js';

/** What lies between the rows that the code of storage reads and writes and those that the browser stores. */
export interface RowLayer {
  /**
   * The database as that code is to know it.
   *
   * @throws where it is not to be opened
   */
  over(idb: IDBDatabase, opening: Opening): Promise<LayeredDatabase>;
}

export interface Opening {
  /** Makes its identity where it has none; `null`: it has been opened before. */
  readonly mint: (() => string) | null;
  /** Told of what could not be read. */
  readonly found: (place: string) => void;
  /** CL-2: what is wanted of it together with the identity. */
  readonly ahead: ReadAhead;
  /** What was read of these rows as the browser stores them, when the connection was prepared. */
  readonly begun: FirstRead | null;
}

export interface LayeredDatabase {
  readonly idb: IDBDatabase;
  /** Read once: a start waits for it. `null`: it has none, and none was made. */
  readonly identity: StorageIdentity | null;
  readonly rows: RowsAhead;
}
