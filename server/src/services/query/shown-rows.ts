import type { LwwRecord } from '@topgun/core/crdt';
import type { Value } from '@topgun/core/primitives';
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

/** How a view starts over. */
export interface Loading {
  /** So many records are looked at in one step. */
  readonly recordsPerStep: number;
  /** Says of a record that it is passed over: it has changed since the load began, and comes as a change afterwards. */
  readonly leavesOut: (key: string) => boolean;
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
  /** PI-47: whether the record may be asked for without being written: it is shown, or may move in. `value`: what it shows. Left out: those that are shown. */
  mayShow?(key: string, value: Value): boolean;
  /**
   * Starts over, in steps, while the records may change meanwhile. From the first step to the last it is neither to be changed nor to be read, but for
   * what other views tell it.
   */
  load(records: Iterable<readonly [key: string, record: LwwRecord]>, loading: Loading): Generator<void>;
  /** SE-13: to load it at once would take long, however few the records are. Left out: it would not. */
  readonly isLong?: boolean;
  /** Makes by and by what the first change has need of. */
  prepare?(): Generator<void>;
  /** SE-47: tells what has been found apart from commits. */
  settle?(news: RowNews): void;
  /** Nobody asks for it any more. */
  drop?(): void;
  /** Takes all changes that one commit made to the map; one for each key. */
  apply(changes: readonly RecordChange[], news: RowNews): void;
}
