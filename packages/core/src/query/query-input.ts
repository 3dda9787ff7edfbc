import type { Value } from '../primitives/index.js';
import type { Direction } from './query.js';

/** A path with dots between field names, or the names themselves when one of them has a dot. */
export type PathInput = string | readonly string[];

/** Conditions on one path; all of them must hold. What each means where the path is missing: see `Predicate`. */
export interface OperatorInput {
  readonly $eq?: Value;
  readonly $ne?: Value;
  readonly $gt?: RangeInput;
  readonly $gte?: RangeInput;
  readonly $lt?: RangeInput;
  readonly $lte?: RangeInput;
  /** From the first to the second, both included. */
  readonly $between?: readonly [from: RangeInput, to: RangeInput];
  readonly $in?: readonly Value[];
  readonly $nin?: readonly Value[];
  readonly $exists?: boolean;
  /** Whether there is `null` or nothing. */
  readonly $isNull?: boolean;
  readonly $startsWith?: string;
  /** `%` is any run of characters, `_` one character, a backslash takes the next as it is. */
  readonly $like?: string;
  /** The same, letter case aside. */
  readonly $ilike?: string;
  /** A text, or a `RegExp` with no flags but `i` and `u`. No look-around, no back references. */
  readonly $regex?: string | RegExp;
  /** An item of an array, or a part of a string, letter case aside. */
  readonly $contains?: Value;
  readonly $containsAny?: readonly Value[];
  readonly $containsAll?: readonly Value[];
  /** All words of a text: as they are, going on, or with a typing error. */
  readonly $match?: string;
}

/** Compared only with values of the same type. */
export type RangeInput = boolean | number | string | Uint8Array;

/** A literal to equal, or operators. An object whose keys begin with `$` is read as operators. */
export type ConditionInput = Value | OperatorInput;

/** A condition on a path whose field names may hold dots: `[['owner.id'], 'u1']`. */
export type PairInput = readonly [path: readonly string[], condition: ConditionInput];

/** Conditions by dotted path, and connectives; all must hold. */
export interface WhereFields {
  readonly $and?: readonly WhereInput[];
  readonly $or?: readonly WhereInput[];
  readonly $not?: WhereInput;
  readonly [path: string]: ConditionInput | WhereInput | readonly WhereInput[];
}

/** What a row must meet: conditions by path, one pair, or a list of pairs. */
export type WhereInput = WhereFields | PairInput | readonly PairInput[];

/** The order of rows, the most significant path first. Integer-like names need the pair list: objects reorder them. */
export type SortInput =
  | { readonly [path: string]: Direction }
  | readonly (readonly [path: PathInput, direction: Direction])[];

/** One dotted path, or a list of paths. In a list, each string is a path of its own. */
export type PathsInput = string | readonly PathInput[];

/** How many rows, or a function of the values at a path. */
export type AggregateInput =
  | 'count'
  | { readonly count: PathInput }
  | { readonly sum: PathInput }
  | { readonly avg: PathInput }
  | { readonly min: PathInput }
  | { readonly max: PathInput };

/** What a query and a relation have in common. `where` and `predicate` speak one grammar; both must hold. */
export interface RowsInput {
  readonly where?: WhereInput | undefined;
  /** What the `Predicates` builder returns. */
  readonly predicate?: WhereInput | undefined;
  readonly sort?: SortInput | undefined;
  /** How many rows at most, an integer from 1 to 100,000; all when absent. */
  readonly limit?: number | null | undefined;
  /** What is shown of a row besides its key and its relations; all when absent. */
  readonly fields?: PathsInput | undefined;
  /** Related rows of other maps, by the name to show them under. */
  readonly include?: { readonly [name: string]: RelationInput } | undefined;
}

/** Rows of another map: those whose value at the second path of `on` equals the row's at the first. */
export interface RelationInput extends RowsInput {
  readonly map: string;
  readonly on: readonly [path: PathInput, inOtherMap: PathInput];
  /** Shows the first related row, or `null`, in place of a list. */
  readonly one?: boolean | undefined;
}

/** A query as an app writes it. */
export interface QueryInput extends RowsInput {
  /** Where the page before ended, as its `nextCursor` says; `null` for the first page. */
  readonly cursor?: string | null | undefined;
  /** Shows groups of rows with equal values at these paths in place of the rows. */
  readonly groupBy?: PathsInput | undefined;
  /** What is shown of each group, by name; of all rows as one group without `groupBy`. */
  readonly aggregate?: { readonly [name: string]: AggregateInput } | undefined;
  /** Shows the different values at these paths, and nothing else. */
  readonly distinct?: PathsInput | undefined;
}
