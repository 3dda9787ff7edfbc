import type { Value } from '../../primitives/index.js';
import type { Direction, Path } from '../query.js';
import type { ValueRange } from './value-range.js';

/** A way to get at records: all that can meet a query, and as few others as may be. */
export type Access =
  | NarrowAccess
  | { readonly type: 'scan' }
  /** All records, in the order of their values at the path: of those who want the first ones only. */
  | { readonly type: 'order'; readonly path: Path; readonly direction: Direction };

/** A way that does not look at every record. */
export type NarrowAccess =
  /** No record can meet it. */
  | { readonly type: 'nothing' }
  /** Only records of these keys can. */
  | { readonly type: 'keys'; readonly keys: readonly string[] }
  | { readonly type: 'hash'; readonly path: Path; readonly values: readonly Value[] }
  /** With a direction: in the order of their values, for those who want the first ones only. */
  | { readonly type: 'range'; readonly path: Path; readonly range: ValueRange; readonly direction?: Direction }
  /** What any of these finds, for conditions of which one is enough. */
  | { readonly type: 'union'; readonly of: readonly NarrowAccess[] };

/** Which index would have served a condition. */
export interface IndexKind {
  readonly type: 'hash' | 'ordered';
  readonly path: Path;
}

/** What is known of the records without looking at them. Counts are exact. */
export interface IndexStatistics {
  /** How many records there are. */
  readonly size: number;
  /** How many records a hash index on the path finds for these values; `null` without such an index. */
  countEqual(path: Path, values: readonly Value[]): number | null;
  /** How many records an ordered index on the path finds in the range; `null` without such an index. */
  countBetween(path: Path, range: ValueRange): number | null;
  /**
   * How many records come first, those included that are equal to the last of them; `null` unless an ordered index holds them, and it is no large part of
   * all: a record that an index finds costs several times one that a look at all comes by.
   */
  countFirst(order: WantedOrder): number | null;
}

/** The first so many records are wanted, in the order of their values at the path and of who knows what beside. */
export interface WantedOrder {
  readonly path: Path;
  readonly direction: Direction;
  readonly count: number;
}

/** How the records that are related to others are found. */
export type RelatedAccess = Extract<Access['type'], 'keys' | 'hash' | 'scan'>;
