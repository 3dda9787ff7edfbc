import { setOwn } from '../../primitives/index.js';
import type { QueryInput, SortInput, WhereInput } from '../query-input.js';
import type { WhereFor } from '../types/condition-for.js';
import type { PathOf } from '../types/path-types.js';
import type { AggregatesFor, AnyPaths, MapOf, RowQueryFor } from '../types/query-for.js';
import type { ResultRow } from '../types/result-row.js';

/** Builders of queries by map: `const from = queriesOf<Schema>()`, then `from('todos').where({ done: false })`. */
export function queriesOf<S extends object>(): <const M extends MapOf<S>>(map: M) => QueryBuilder<S, M> {
  return (map) => new QueryBuilder(map, {});
}

/** How the rows of a builder are related to those of another. */
export interface RelationBy<From extends string, To extends string> {
  readonly on: readonly [path: From | readonly string[], inOtherMap: To | readonly string[]];
  readonly one?: boolean;
}

/**
 * A query made step by step, each step a new builder. `parseQuery` takes it as it is. `Q` is what its steps said that
 * decides what its rows look like; nothing is checked here but types.
 */
export class QueryBuilder<S extends object, M extends MapOf<S>, Q = unknown> {
  /** Only a type: what a row of the query is. */
  declare readonly row?: ResultRow<S, M, Q>;
  readonly map: M;
  readonly #input: QueryInput;

  /** @internal Made by `queriesOf`. */
  constructor(map: M, input: QueryInput) {
    this.map = map;
    this.#input = input;
  }

  /** Adds conditions: all that were added must hold. */
  where(where: WhereFor<S[M]>): QueryBuilder<S, M, Q> {
    const earlier = this.#input.where;
    const added = where as WhereInput;
    return this.#with({ where: earlier === undefined ? added : { $and: [earlier, added] } });
  }

  /** Takes the place of an earlier order. With groups, paths are those of what is shown of a group. */
  sort(sort: Q extends GroupSaid ? SortInput : NonNullable<RowQueryFor<S, M>['sort']>): QueryBuilder<S, M, Q> {
    return this.#with({ sort: sort as NonNullable<QueryInput['sort']> });
  }

  limit(limit: number | null): QueryBuilder<S, M, Q> {
    return this.#with({ limit });
  }

  /** Goes on where the page before ended; `null` for the first page. */
  cursor(cursor: string | null): QueryBuilder<S, M, Q> {
    return this.#with({ cursor });
  }

  /** Shows only these fields, and the key. */
  fields<const P extends readonly (PathOf<S[M]> | readonly string[])[]>(
    ...fields: P
  ): QueryBuilder<S, M, Q & { readonly fields: P }> {
    return this.#with({ fields: fields as AnyPaths });
  }

  /** Shows groups of rows in place of rows. */
  groupBy<const P extends readonly (PathOf<S[M]> | readonly string[])[]>(
    ...groupBy: P
  ): QueryBuilder<S, M, Q & { readonly groupBy: P }> {
    return this.#with({ groupBy: groupBy as AnyPaths });
  }

  /** Shows these of each group, or of all rows. */
  aggregate<const A extends AggregatesFor<S[M]>>(aggregate: A): QueryBuilder<S, M, Q & { readonly aggregate: A }> {
    return this.#with({ aggregate: aggregate as NonNullable<QueryInput['aggregate']> });
  }

  /** Shows the different values at these paths. */
  distinct<const P extends readonly (PathOf<S[M]> | readonly string[])[]>(
    ...distinct: P
  ): QueryBuilder<S, M, Q & { readonly distinct: P }> {
    return this.#with({ distinct: distinct as AnyPaths });
  }

  /** Shows the rows of another builder that are related to each row, under a name. */
  include<
    const Name extends string,
    Other extends MapOf<S>,
    OtherQ,
    const By extends RelationBy<PathOf<S[M]>, PathOf<S[Other]>>,
  >(
    name: Name,
    other: QueryBuilder<S, Other, OtherQ>,
    by: By,
  ): QueryBuilder<S, M, Q & { readonly include: { readonly [N in Name]: OtherQ & { readonly map: Other } & By } }> {
    const relation = { ...other.build(), map: other.map, on: by.on, ...(by.one === undefined ? {} : { one: by.one }) };
    const include = { ...this.#input.include };
    setOwn(include, name, relation);
    return this.#with({ include });
  }

  /** The query as an app writes it otherwise. */
  build(): QueryInput {
    return this.#input;
  }

  #with<Next>(part: QueryInput): QueryBuilder<S, M, Next> {
    return new QueryBuilder<S, M, Next>(this.map, { ...this.#input, ...part });
  }
}

type GroupSaid = { readonly groupBy: unknown } | { readonly aggregate: unknown } | { readonly distinct: unknown };

/** What a row of a builder's query is. */
export type RowOf<B> = B extends QueryBuilder<infer S, infer M, infer Q> ? ResultRow<S, M, Q> : never;
