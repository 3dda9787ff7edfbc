import type { OperatorInput, PathsInput, QueryInput, SortInput, WhereInput } from '../query-input.js';
import type { WhereFor } from './condition-for.js';
import type { IsAny, PathOf } from './path-types.js';
import type { AggregatesFor, MapOf, PathsFor, RelationFor, SortFor } from './query-for.js';

/*
 * What `client.query` and the hooks take as an object. Conditions are types without parameters of the call, so that a literal is checked for names
 * that are not there; only what decides the looks of a row is inferred from what was written.
 */

interface ConditionsFor<T> {
  readonly where?: WhereFor<T> | undefined;
  /** What the `Predicates` builder returns. */
  readonly predicate?: WhereInput | undefined;
  /** How many rows at most, an integer from 1 to 100,000; all when absent. */
  readonly limit?: number | null | undefined;
  /** Where the page before ended, as its `nextCursor` says; `null` for the first page. */
  readonly cursor?: string | null | undefined;
}

/** Related rows by the name they are shown under. */
export interface RelationsFor<S, T> {
  readonly [name: string]: RelationFor<S, T>;
}

/** A query of rows of a schema's map: which there are, and which fields (`F`) and relations (`R`) of them are shown. */
export interface AskedRows<S, M extends MapOf<S>, F, R> extends ConditionsFor<S[M]> {
  readonly sort?: SortFor<S[M]> | undefined;
  readonly fields?: F | undefined;
  readonly include?: (R & KnownRelations<S, R>) | undefined;
  readonly groupBy?: undefined;
  readonly aggregate?: undefined;
  readonly distinct?: undefined;
}

interface GroupsAsked<T> extends ConditionsFor<T> {
  /** By paths of what is shown of a group. */
  readonly sort?: SortInput | undefined;
  readonly fields?: undefined;
  readonly include?: undefined;
}

/** A query of groups: by which paths (`G`) or different values (`D`), and what is shown of each (`A`). */
export type AskedGroups<S, M extends MapOf<S>, G, A, D> = GroupsAsked<S[M]> &
  (
    | { readonly groupBy: G; readonly aggregate?: A | undefined; readonly distinct?: undefined }
    | { readonly groupBy?: undefined; readonly aggregate: A; readonly distinct?: undefined }
    | { readonly groupBy?: undefined; readonly aggregate?: undefined; readonly distinct: D }
  );

export type FieldsAsked<S, M extends MapOf<S>> = PathsFor<S[M]> | undefined;
export type RelationsAsked<S, M extends MapOf<S>> = RelationsFor<S, S[M]> | undefined;
export type AggregatesAsked<S, M extends MapOf<S>> = AggregatesFor<S[M]> | undefined;

/** Any query, of a map about which nothing is known; of another one whose type says nothing about it, as that of a variable may. */
export type AskedAnyhow<T, I> = IsAny<T> extends true ? I : QueryInput extends I ? I : never;

/** Names in the conditions of relations that are not there: those are inferred, and so the compiler does not look for them by itself. */
type KnownRelations<S, R> = {
  readonly [Name in keyof R]: R[Name] extends { readonly map: infer M extends MapOf<S> }
    ? KnownParts<S, S[M], R[Name]>
    : unknown;
};

type KnownParts<S, T, Part> = {
  readonly [K in keyof Part]: K extends 'where'
    ? KnownPaths<T, Part[K]>
    : K extends 'include'
      ? KnownRelations<S, Part[K]>
      : unknown;
};

type KnownPaths<T, W> = W extends readonly unknown[]
  ? unknown
  : {
      readonly [P in keyof W]: P extends '$and' | '$or'
        ? { readonly [I in keyof W[P]]: KnownPaths<T, W[P][I]> }
        : P extends '$not'
          ? KnownPaths<T, W[P]>
          : P extends PathOf<T>
            ? KnownOperators<W[P]>
            : never;
    };

type KnownOperators<C> = C extends object
  ? { readonly [O in keyof C]: O extends `$${string}` ? (O extends keyof OperatorInput ? unknown : never) : unknown }
  : unknown;

/** Whether a type names no fields: then there is nothing to check a query by. Of `any`, `keyof` is any name. */
type SaysNothing<T> = [keyof T] extends [never] ? true : string extends keyof T ? true : false;

/** What a hook takes that shows whole rows of type `T`: a query whose conditions and order are about their fields. */
export type RowFilterFor<T> = SaysNothing<T> extends true ? QueryInput : KnownRowFilter<T>;

interface KnownRowFilter<T> extends ConditionsFor<T> {
  readonly sort?: SortFor<T> | undefined;
  readonly include?: QueryInput['include'];
  readonly fields?: undefined;
  readonly groupBy?: undefined;
  readonly aggregate?: undefined;
  readonly distinct?: undefined;
}

/** What a hook takes that shows something else than whole rows, so that the type of what is shown does not tell which fields there are. */
export type ShapedFilter = QueryInput &
  (
    | { readonly fields: PathsInput }
    | { readonly groupBy: PathsInput }
    | { readonly aggregate: NonNullable<QueryInput['aggregate']> }
    | { readonly distinct: PathsInput }
  );
