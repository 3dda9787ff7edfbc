import type { IsAny, OperatorsFor, PathOf, ValueAt } from '../query/index.js';
import type { ClaimRef } from './claims.js';
import type { CheckContext, FieldRulesInput, MapRulesInput, Rule, RuleInput, RuleWhere } from './rule.js';

/** Rules of the maps of an app: of its maps alone, or of patterns, each about the fields that its records have. Anything goes where nothing is known. */
export type RulesFor<S> = { readonly [M in keyof S & string]?: MapRulesFor<S[M]> } & {
  readonly [pattern in `${string}*${string}`]: MapRulesInput;
};

/** What is not granted is denied. */
export interface MapRulesFor<T> {
  readonly read?: RuleFor<T>;
  readonly create?: RuleFor<T>;
  readonly update?: RuleFor<T>;
  readonly remove?: RuleFor<T>;
  readonly fields?: { readonly [F in FieldOf<T>]?: FieldRulesFor<T> };
}

export interface FieldRulesFor<T> extends Pick<FieldRulesInput, 'read'> {
  readonly write?: RuleFor<T>;
}

/** A rule of records of a type. */
export type RuleFor<T> =
  IsRecord<T> extends true
    ?
        | boolean
        | { readonly where: RuleWhereFor<T> }
        | { readonly check: (context: CheckContextFor<T>) => boolean }
        | MadeRule
        | readonly RuleFor<T>[]
    : RuleInput;

/** What `hasRole`, `allOf` and the like make. No more is said of it, so that the function of a rule that is written has one type of argument. */
type MadeRule = Pick<Rule, 'type'>;

/** The record as it shows, be it from before the schema said what it says now. */
export type CheckContextFor<T> = Omit<CheckContext, 'record'> & { readonly record: T };

/** Conditions on records of a type: paths that it has, with values that it may have there, or places of the token. */
export type RuleWhereFor<T> = IsRecord<T> extends true ? ConnectivesFor<T> & FieldsFor<T> : RuleWhere;

interface ConnectivesFor<T> {
  readonly $and?: readonly RuleWhereFor<T>[];
  readonly $or?: readonly RuleWhereFor<T>[];
  readonly $not?: RuleWhereFor<T>;
}

type FieldsFor<T> = { readonly [P in PathOf<T>]?: RuleConditionFor<Exclude<ValueAt<T, P>, undefined>> };

/** Of a claim that no issuer is known to give, `auth.org?.['id']`, TypeScript thinks that it may be `undefined`; it never is. */
type RuleConditionFor<V> = V | ClaimRef | undefined | OperatorsWithClaims<OperatorsFor<V>>;

/** Text is not matched by rules (RU-1). */
type OperatorsWithClaims<O> = { readonly [K in Exclude<keyof O, '$match'>]?: WithClaims<NonNullable<O[K]>> };

type WithClaims<V> = V | ClaimRef | (V extends readonly unknown[] ? ListWithClaims<V> : never);

/** Of a list each item may be one, and its length stays. */
type ListWithClaims<V extends readonly unknown[]> = { readonly [I in keyof V]: V[I] | ClaimRef };

/** Whether it is known to have fields. Sets and counters have none, and are judged as they show. */
type IsRecord<T> =
  IsAny<T> extends true ? false : [T] extends [object] ? ([T] extends [NoRecord] ? false : true) : false;

type NoRecord = readonly unknown[] | ArrayBufferView;

type FieldOf<T> = IsRecord<T> extends true ? (T extends unknown ? keyof T & string : never) : string;
