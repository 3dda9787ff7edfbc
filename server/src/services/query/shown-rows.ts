import type { LwwRecord } from '@topgun/core/crdt';
import type { RecordChange } from '../crdt/overlay.js';

/** A row's record before a commit and after it; `undefined`: there is none. */
export interface ChangedRow {
  readonly key: string;
  readonly before: LwwRecord | undefined;
  readonly after: LwwRecord | undefined;
}

/** Hears what one commit did to a view's rows. */
export interface RowNews {
  /** Of a row whose record the commit changed: whether it was shown before, and is now. */
  changed(change: ChangedRow, wasShown: boolean, isShown: boolean): void;
  /** Of a row that nobody wrote: pushed out by those that were written, or drawn in. */
  moved(key: string, isShown: boolean): void;
}

/** Which rows a view shows. */
export interface ShownRows {
  /** How many are shown. */
  readonly size: number;
  /** How many match, those beyond the limit included. */
  readonly matching: number;
  /** How many records are held in memory for it. */
  readonly held: number;
  /** More may match than are shown. */
  readonly full: boolean;
  has(key: string): boolean;
  keys(): Iterable<string>;
  load(records: Iterable<readonly [key: string, record: LwwRecord]>): void;
  /** Nobody asks for it any more. */
  drop?(): void;
  /** Takes all changes that one commit made to the map; one for each key. */
  apply(changes: readonly RecordChange[], news: RowNews): void;
}
