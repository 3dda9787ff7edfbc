import type { StorageIdentity } from '../ports/storage.js';

/** What lies between the rows that the code of storage reads and writes and those that the browser stores. */
export interface RowLayer {
  /**
   * The database as that code is to know it. `mint`: makes its identity where it has none; `null`: it has been opened before. `found` is told of what could not be read.
   *
   * @throws where it is not to be opened
   */
  over(idb: IDBDatabase, mint: (() => string) | null, found: (place: string) => void): Promise<LayeredDatabase>;
}

export interface LayeredDatabase {
  readonly idb: IDBDatabase;
  /** Read once: a start waits for it. `null`: it has none, and none was made. */
  readonly identity: StorageIdentity | null;
}
