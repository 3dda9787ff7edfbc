import type { LwwRecord } from '@topgun/core/crdt';
import type { RecordChange } from '../crdt/overlay.js';

/** Hears what one commit did to a view's rows. */
export interface RowNews {
  /** Of a record that the commit changed: whether its row was shown before, and is now. */
  changed(change: RecordChange, wasShown: boolean, isShown: boolean): void;
  /** Of a row that nobody wrote: pushed out of the window by those that were written, or drawn into it. */
  moved(key: string, isShown: boolean): void;
}

/** Which records a view shows. */
export interface ShownRows {
  /** How many are shown. */
  readonly size: number;
  /** How many match, those beyond the window included. */
  readonly matching: number;
  has(key: string): boolean;
  keys(): Iterable<string>;
  load(records: Iterable<readonly [key: string, record: LwwRecord]>): void;
  /** Takes all changes that one commit made to the map; one for each key. */
  apply(changes: readonly RecordChange[], news: RowNews): void;
}
