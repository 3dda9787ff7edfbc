/**
 * PI-4: one row per record, readable by other programs with SQL. Written behind the ledger, merge-only: replaying any
 * suffix of the log writes nothing older over anything newer. One contract suite runs against every driver.
 */
export interface ColdStore {
  /** The ledger position up to which every record has been written; where write-behind resumes. */
  through(): Promise<number>;
  /**
   * Upserts rows, or deletes those forgotten, where they are newer than what is there, then notes `through`; atomic. Where nothing is there, and `through` was as far as the
   * row or further before, the record has been forgotten since: who comes with it late, as a server does that was replaced, changes nothing.
   */
  write(rows: readonly ColdRow[], through: number): Promise<void>;
  /** All rows of one map, by key: what `verify` and tests read. */
  rows(map: string): Promise<readonly ColdRow[]>;
  close(): Promise<void>;
}

export interface ColdRow {
  readonly map: string;
  readonly key: string;
  /** The record's value as canonical JSON; `null` when deleted. */
  readonly value: string | null;
  /** The record's stamps and registers: canonical JSON of its wire form. `null`: it was forgotten, and the row goes (CR-10). */
  readonly state: string | null;
  readonly deleted: boolean;
  /** The ledger position of the last commit that changed it. */
  readonly position: number;
}
