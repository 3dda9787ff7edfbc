import type { Value } from '../../primitives/index.js';
import type { Change, Entry } from '../entry.js';
import type { ViewDiff } from '../view-diff.js';

/** A view that starts over, as far as it has come. */
export interface ViewLoad {
  /** All records of the map, or at least those that meet the conditions; no key twice. */
  offer(key: string, value: Value): void;
  /** No more are offered: the rest of the work, in steps of some thousand rows. */
  end(): Generator<void>;
}

/**
 * A query's answer, kept current by changes. Rows are entries of one key each; whoever feeds the view
 * passes every change of every record of the map, and never alters a value it has passed.
 */
export interface View {
  /** How many rows are shown. */
  readonly size: number;
  /** How many rows meet the query, those beyond the limit included; of a grouped one, how many groups. */
  readonly totalMatching: number;
  /** How many records are held for it: those that meet the conditions, whatever becomes of them. */
  readonly held: number;
  /** Whether this key is among the rows shown. */
  has(key: string): boolean;
  /** Whether this key's row meets the query, be it beyond the limit. */
  holds(key: string): boolean;
  /** The place of this key's row among those shown; -1 when it is not. */
  indexOf(key: string): number;
  /**
   * The rows in order. The array is the same object until a diff says `changed`, and each entry is until its
   * record changes. Built when first asked for after a change: O(rows shown).
   */
  rows(): readonly Entry[];
  /**
   * Starts over from these entries, whose keys differ: all records of the map, or at least those that meet the conditions.
   * Entries whose value is the one held stay the same object.
   */
  load(entries: Iterable<Entry>): void;
  /** `load` by and by. From the first record that is offered to the last step the view is neither to be changed nor to be read. */
  beginLoad(): ViewLoad;
  /** Makes by and by what the first change has need of. That finds the rest made, or makes it: the view may be used meanwhile. */
  prepare(): Generator<void>;
  /**
   * Takes one batch: several changes of one key count as one. Costs O(log n) a change. `before` is not read:
   * the view knows what it holds.
   */
  apply(changes: readonly Change[]): ViewDiff;
}
