import type { QueryBuilder, QuerySource, ResultRow, Row, RowFilterFor, ShapedFilter } from '@topgun/core';

import { askQuery, EVERYTHING } from './asked-query.js';
import type { Falsy } from './falsy.js';
import { useClient } from './use-client.js';
import { useTracked, useTrackedQuery, type QueryOptions, type QueryResult } from './use-tracked-query.js';

export interface UseQueryOptions<T = unknown, R = readonly Row<T>[]> extends QueryOptions<T> {
  /** `false` disables the hook: no subscription, no data, not loading. */
  readonly enabled?: boolean | undefined;
  /** What `data` is to be, made of the rows. Renders again only when that differs; inline ones are safe, and may build arrays and objects. */
  readonly select?: ((rows: readonly Row<T>[]) => R) | undefined;
}

export type UseQueryResult<T, R = readonly Row<T>[]> = QueryResult<T, R>;

/**
 * A live query over a map: local rows at once, then the server's, then every change. Inline filters and options are safe: two filters that mean the same
 * are the same query. `T` is the type of the map's records: conditions and order are checked against it. A builder of that map (`queriesOf`) gives the rows their types. A falsy `map` or `filter`, or `enabled: false`, disables it; without a filter it is the whole map.
 *
 * Looking at `changes`, `lastChange` or `syncState` makes the component render again when these change; who does not look does not pay.
 */
export function useQuery<T = Record<string, unknown>>(
  map: string | Falsy,
  filter: ShapedFilter,
  options?: UseQueryOptions<T> & { readonly select?: undefined },
): UseQueryResult<T>;
export function useQuery<T, R>(
  map: string | Falsy,
  filter: ShapedFilter,
  options: UseQueryOptions<T, R> & { readonly select: (rows: readonly Row<T>[]) => R },
): UseQueryResult<T, R>;
export function useQuery<S extends object, M extends keyof S & string, Q>(
  map: NoInfer<M> | Falsy,
  filter: QueryBuilder<S, M, Q> | Falsy,
  options?: UseQueryOptions<ResultRow<S, M, Q>> & { readonly select?: undefined },
): UseQueryResult<ResultRow<S, M, Q>>;
export function useQuery<S extends object, M extends keyof S & string, Q, R>(
  map: NoInfer<M> | Falsy,
  filter: QueryBuilder<S, M, Q> | Falsy,
  options: UseQueryOptions<ResultRow<S, M, Q>, R> & {
    readonly select: (rows: readonly Row<ResultRow<S, M, Q>>[]) => R;
  },
): UseQueryResult<ResultRow<S, M, Q>, R>;
export function useQuery<T, R>(
  map: string | Falsy,
  filter: RowFilterFor<NoInfer<T>> | Falsy,
  options: UseQueryOptions<T, R> & { readonly select: (rows: readonly Row<T>[]) => R },
): UseQueryResult<T, R>;
export function useQuery<T = Record<string, unknown>>(
  map: string | Falsy,
  filter?: RowFilterFor<NoInfer<T>> | Falsy,
  options?: UseQueryOptions<T> & { readonly select?: undefined },
): UseQueryResult<T>;
export function useQuery<T, R>(
  map: string | Falsy,
  filter: unknown = EVERYTHING,
  options: UseQueryOptions<T, R> = {},
): UseQueryResult<T, R> {
  const { enabled = true, select = asTheyAre } = options;
  const client = useClient();
  const tracked = useTracked(client, askQuery<T>(client, enabled && map, filter as QuerySource | Falsy));
  return useTrackedQuery(tracked, select, options);
}

// Without `select` the data are the rows.
const asTheyAre = (rows: unknown): never => rows as never;
