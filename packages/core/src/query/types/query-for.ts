import type { PathInput, SortInput, WhereInput } from '../query-input.js';
import type { Direction } from '../query.js';
import type { WhereFor } from './condition-for.js';
import type { IsAny, NumberPathOf, PathOf } from './path-types.js';

/** The names of a schema's maps. */
export type MapOf<S> = keyof S & string;

/** A dotted path of a record, or the names, where one of them has a dot. */
type PathFor<T> = PathOf<T> | readonly string[];

/** One path, or several. */
export type PathsFor<T> = PathOf<T> | readonly PathFor<T>[];

/** The same of what makes groups: by its key each record would be one. */
export type GroupPathsFor<T> = Exclude<PathOf<T>, '_key'> | readonly Exclude<PathFor<T>, '_key'>[];

export type SortFor<T> =
  IsAny<T> extends true
    ? SortInput
    :
        | { readonly [P in PathOf<T> | Score]?: Direction }
        | readonly (readonly [path: PathFor<T> | Score, direction: Direction])[];

/** How well a row meets the `$match` conditions. */
type Score = '_score';

interface RowsFor<S, T> {
  readonly where?: WhereFor<T> | undefined;
  /** What the `Predicates` builder returns. */
  readonly predicate?: WhereInput | undefined;
  readonly sort?: SortFor<T> | undefined;
  readonly limit?: number | null | undefined;
  readonly fields?: PathsFor<T> | undefined;
  readonly include?: { readonly [name: string]: RelationFor<S, T> } | undefined;
}

/** A relation from records of a type to any map of the schema. */
export type RelationFor<S, T> = { [M in MapOf<S>]: RelationTo<S, T, M> }[MapOf<S>];

interface RelationTo<S, T, M extends MapOf<S>> extends RowsFor<S, S[M]> {
  readonly map: M;
  readonly on: readonly [path: PathFor<T>, inOtherMap: PathFor<S[M]>];
  readonly one?: boolean | undefined;
}

type AggregateFor<T> =
  | 'count'
  | { readonly count: PathFor<T> }
  | { readonly sum: NumberPathOf<T> | readonly string[] }
  | { readonly avg: NumberPathOf<T> | readonly string[] }
  | { readonly min: PathFor<T> }
  | { readonly max: PathFor<T> };

/** A query of rows of a schema's map. */
export interface RowQueryFor<S, M extends MapOf<S>> extends RowsFor<S, S[M]> {
  readonly cursor?: string | null | undefined;
  readonly groupBy?: undefined;
  readonly aggregate?: undefined;
  readonly distinct?: undefined;
}

interface GroupsFor<S, M extends MapOf<S>> {
  readonly where?: WhereFor<S[M]> | undefined;
  readonly predicate?: WhereInput | undefined;
  readonly sort?: SortInput | undefined;
  readonly limit?: number | null | undefined;
  readonly cursor?: string | null | undefined;
  readonly fields?: undefined;
  readonly include?: undefined;
}

/** What is shown of each group, by name. */
export interface AggregatesFor<T> {
  readonly [name: string]: AggregateFor<T>;
}

interface GroupByFor<T> {
  readonly groupBy: GroupPathsFor<T>;
  readonly aggregate?: AggregatesFor<T> | undefined;
  readonly distinct?: undefined;
}

interface AggregateOnlyFor<T> {
  readonly groupBy?: undefined;
  readonly aggregate: AggregatesFor<T>;
  readonly distinct?: undefined;
}

interface DistinctFor<T> {
  readonly groupBy?: undefined;
  readonly aggregate?: undefined;
  readonly distinct: GroupPathsFor<T>;
}

/** A query of groups: `sort` is about what is shown of them, so its paths are not the record's. */
export type GroupQueryFor<S, M extends MapOf<S>> = GroupsFor<S, M> &
  (GroupByFor<S[M]> | AggregateOnlyFor<S[M]> | DistinctFor<S[M]>);

/**
 * A query of a schema's map: paths its records have, values those may have, maps there are. Where the schema says
 * nothing (`any`), anything goes that a query may be.
 */
export type QueryFor<S, M extends MapOf<S>> = RowQueryFor<S, M> | GroupQueryFor<S, M>;

/** One path, or several. */
export type AnyPaths = string | readonly PathInput[];
