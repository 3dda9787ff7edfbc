import Database from 'libsql';

/** A connection to the file, for statements that are prepared once, which the client that Prisma uses cannot do (decision 4). */
export interface SqliteConnection {
  readonly database: Database.Database;
  readonly sync: SyncMode;
}

/**
 * Opens the file once more. No call may overlap a transaction on the file's other connection in this thread: each would wait for the other.
 *
 * `timeoutMs`: how long it waits for another process to let go of the file.
 */
export const openSqliteConnection = (path: string, timeoutMs: number): SqliteConnection =>
  connectionOn(new Database(path, { timeout: timeoutMs }));

export const connectionOn = (database: Database.Database): SqliteConnection => ({
  database,
  sync: new SyncMode(database),
});

/**
 * How far a connection goes before a commit returns. In WAL mode `FULL` syncs the log at each commit, and with it all that was committed before; after
 * `NORMAL` a loss of power takes the last commits back, in their order, up to the next that was synced.
 *
 * @see https://www.sqlite.org/pragma.html#pragma_synchronous
 */
export class SyncMode {
  readonly #database: Database.Database;
  /** `null`: it is not known. */
  #isFull: boolean | null = null;

  constructor(database: Database.Database) {
    this.#database = database;
    this.full();
  }

  /** What is committed from now on is on the disk when its commit returns (PI-1). Not within a transaction. Throws where it cannot be so. */
  full(): void {
    this.#set(true);
  }

  /** What is committed from now on is there when a later commit is that was synced. Not within a transaction. */
  behind(): void {
    this.#set(false);
  }

  #set(isFull: boolean): void {
    if (this.#isFull === isFull) return;
    this.#isFull = null;
    this.#database.exec(`PRAGMA synchronous = ${isFull ? 'FULL' : 'NORMAL'}`);
    this.#isFull = isFull;
  }
}
