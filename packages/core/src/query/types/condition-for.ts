import type { PairInput, WhereInput } from '../query-input.js';
import type { IsAny, PathOf, ValueAt } from './path-types.js';

/** Conditions on records of a type: paths it has, with values they may have. Anything goes where nothing is known. */
export type WhereFor<T> = IsAny<T> extends true ? WhereInput : KnownWhere<T>;

type KnownWhere<T> = (ConnectivesFor<T> & FieldsFor<T>) | PairInput | readonly PairInput[];

interface ConnectivesFor<T> {
  readonly $and?: readonly WhereFor<T>[];
  readonly $or?: readonly WhereFor<T>[];
  readonly $not?: WhereFor<T>;
}

type FieldsFor<T> = { readonly [P in PathOf<T>]?: ConditionFor<ValueAt<T, P>> };

/** A value to equal, or operators that make sense of such values. */
export type ConditionFor<V> = Present<V> | OperatorsFor<Present<V>>;

type Present<V> = Exclude<V, undefined>;

export type OperatorsFor<V> = EqualityOperators<V> &
  Unless<RangeOf<V>, RangeOperators<RangeOf<V>>> &
  Unless<Extract<V, string>, TextOperators> &
  Unless<ItemOf<V>, ContainsOperators<ItemOf<V>>>;

/** Nothing when there are no such values. */
type Unless<V, Operators> = [V] extends [never] ? unknown : Operators;

interface EqualityOperators<V> {
  readonly $eq?: V;
  readonly $ne?: V;
  readonly $in?: readonly V[];
  readonly $nin?: readonly V[];
  readonly $exists?: boolean;
  readonly $isNull?: boolean;
}

/** Of constants, any value of their type: `> 'b'` may be asked of `'a' | 'c'`. */
type RangeOf<V> = V extends string
  ? string
  : V extends number
    ? number
    : V extends boolean
      ? boolean
      : V extends Uint8Array
        ? Uint8Array
        : never;

interface RangeOperators<R> {
  readonly $gt?: R;
  readonly $gte?: R;
  readonly $lt?: R;
  readonly $lte?: R;
  readonly $between?: readonly [from: R, to: R];
}

interface TextOperators {
  readonly $startsWith?: string;
  readonly $like?: string;
  readonly $ilike?: string;
  readonly $regex?: string | RegExp;
  readonly $match?: string;
}

/** What an array may contain, and a string. */
type ItemOf<V> = V extends string ? string : V extends readonly (infer Item)[] ? Item : never;

interface ContainsOperators<Item> {
  readonly $contains?: Item;
  readonly $containsAny?: readonly Item[];
  readonly $containsAll?: readonly Item[];
}
