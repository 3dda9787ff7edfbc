import type { LwwRecord } from '@topgun/core/crdt';
import type { FormerRow } from './view-ring.js';

/** QU-45: the rows that others are related to. */
export interface ParentRows {
  keys(): Iterable<string>;
  /** The record of a row that is shown. */
  row(key: string): LwwRecord | undefined;
}

/** QU-45: what hears of them. */
export interface RelatedTo {
  /** One commit has changed these rows; they are now as `ParentRows` says. */
  parentsChanged(former: readonly FormerRow[]): void;
  /** It has heard of something and has not shown it yet. */
  readonly isBehind: boolean;
}
