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
  readonly $in?: readonly Value[];
  readonly $nin?: readonly Value[];
  readonly $exists?: boolean;
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

/** A query as an app writes it. `where` and `predicate` speak one grammar; both must hold. */
export interface QueryInput {
  readonly where?: WhereInput | undefined;
  /** What the `Predicates` builder returns. */
  readonly predicate?: WhereInput | undefined;
  readonly sort?: SortInput | undefined;
  /** How many rows at most, an integer from 1 to 100,000; all when absent. */
  readonly limit?: number | null | undefined;
}
