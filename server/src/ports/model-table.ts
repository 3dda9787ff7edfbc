import type { Result } from '@topgun/core/primitives';

/**
 * MO-2: what a column holds, so that equal contents are `===`: text, also of a BigInt or Decimal (in digits), of JSON (canonical) and of bytes (base64url);
 * numbers, also of a time (ms since 1970); booleans; `null`.
 */
export type Cell = string | number | boolean | null;

/** A row of the app's table, as far as it is mapped. */
export interface TableRow {
  /** The map's key. */
  readonly key: string;
  /** By the place of the mapping's columns. */
  readonly cells: readonly Cell[];
  /** When it was last changed, in ms since 1970; `null`: no column says so. */
  readonly changedAt: number | null;
  /** It is there, but marked as deleted. */
  readonly isMarked: boolean;
  /** What of it no record can hold, as a sentence; its cells mean nothing then. */
  readonly fault: string | null;
}

/** A row as it is to be: all cells of a new one, or those that differ, by their place. */
export interface RowWrite {
  readonly key: string;
  readonly cells: ReadonlyMap<number, Cell>;
}

/** `raced`: it is not as it was read any more; `refused`: the database does not take it, whoever asks again. */
export type RowOutcome =
  | { readonly type: 'written' }
  | { readonly type: 'raced' }
  | { readonly type: 'refused'; readonly reason: string };

/** How far the column has grown that is polled. */
export type ChangeMark = number | bigint;

/**
 * MO-1: a table of the app's, that other programs write too. What cannot be asked of it at the moment rejects, and may be asked again; every statement is one row's or one look,
 * and needs no transaction. One contract suite runs against every database.
 */
export interface ModelTable {
  /** Whether the table is as the mapping says; else why not, as the end of a sentence. */
  check(): Promise<Result<void, string>>;
  /** Those of the keys that have a row. */
  read(keys: readonly string[]): Promise<readonly TableRow[]>;
  /** The rows after this key, in the order that the table has them in; `since`: only those that the polled column has at this mark or later. */
  page(after: string | null, limit: number, since: ChangeMark | null): Promise<readonly TableRow[]>;
  /** `null`: there is no row, or nothing to poll. */
  mark(): Promise<ChangeMark | null>;
  /** Each on its own: what comes of one says nothing of another. */
  insert(rows: readonly RowWrite[]): Promise<readonly RowOutcome[]>;
  /** If it still is what was read. One that is marked as deleted is there again. */
  update(row: TableRow, write: RowWrite): Promise<RowOutcome>;
  /** If it still is what was read. Marks it where the mapping says so. */
  remove(row: TableRow): Promise<RowOutcome>;
}
