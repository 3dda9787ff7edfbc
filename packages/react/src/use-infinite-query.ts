import {
  QueryBuilder,
  type QueryInput,
  type QuerySource,
  type ResultRow,
  type Row,
  type RowFilterFor,
  type ShapedFilter,
  type TopGunError,
} from '@topgun/core';
import { useMemo } from 'react';

import { askQuery, EVERYTHING } from './asked-query.js';
import type { Falsy } from './falsy.js';
import { useClient } from './use-client.js';
import { useTracked, useTrackedQuery, type QueryOptions, type QueryResult } from './use-tracked-query.js';

/** How many rows a page has when the filter has no `limit`. */
export const DEFAULT_PAGE_SIZE = 50;

export interface UseInfiniteQueryOptions<T = unknown> extends QueryOptions<T> {
  /** `false` disables the hook. */
  readonly enabled?: boolean | undefined;
}

export interface UseInfiniteQueryResult<T> {
  /** The rows of all pages that were fetched, as one list that is kept current. */
  readonly data: readonly Row<T>[];
  readonly status: QueryResult<T>['status'];
  readonly loading: boolean;
  readonly isLoading: boolean;
  readonly error: TopGunError | null;
  /** Shows another page. Resolves when its rows are shown or could not be had; does nothing while one is fetched, or there is none. Stable. */
  readonly fetchNextPage: () => Promise<void>;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
}

/**
 * CL-21: a live query that grows page by page. The filter's `limit` is the size of a page. All pages are one list, in the query's order, kept current as a whole: rows
 * that come or go between two pages neither get lost nor show twice. Another filter begins with its first page.
 */
export function useInfiniteQuery<T = Record<string, unknown>>(
  map: string | Falsy,
  filter: ShapedFilter,
  options?: UseInfiniteQueryOptions<T>,
): UseInfiniteQueryResult<T>;
export function useInfiniteQuery<S extends object, M extends keyof S & string, Q>(
  map: NoInfer<M> | Falsy,
  filter: QueryBuilder<S, M, Q> | Falsy,
  options?: UseInfiniteQueryOptions<ResultRow<S, M, Q>>,
): UseInfiniteQueryResult<ResultRow<S, M, Q>>;
export function useInfiniteQuery<T = Record<string, unknown>>(
  map: string | Falsy,
  filter?: RowFilterFor<NoInfer<T>> | Falsy,
  options?: UseInfiniteQueryOptions<T>,
): UseInfiniteQueryResult<T>;
export function useInfiniteQuery<T>(
  map: string | Falsy,
  filter: unknown = EVERYTHING,
  options: UseInfiniteQueryOptions<T> = {},
): UseInfiniteQueryResult<T> {
  const { enabled = true } = options;
  const client = useClient();
  const tracked = useTracked(
    client,
    askQuery<T>(client, enabled && map, filter ? inPages(filter as QuerySource) : null),
  );
  const { data, status, loading, error, hasMore, isLoadingMore, loadMore } = useTrackedQuery(
    tracked,
    asTheyAre<T>,
    options,
  );
  return useMemo(
    () => ({
      data,
      status,
      loading,
      isLoading: loading,
      error,
      fetchNextPage: loadMore,
      hasNextPage: hasMore,
      isFetchingNextPage: isLoadingMore,
    }),
    [data, status, loading, error, loadMore, hasMore, isLoadingMore],
  );
}

function inPages(source: QuerySource): QuerySource {
  const { limit } = source instanceof QueryBuilder ? source.build() : (source as QueryInput);
  if (limit !== undefined && limit !== null) return source;
  return source instanceof QueryBuilder ? source.limit(DEFAULT_PAGE_SIZE) : { ...source, limit: DEFAULT_PAGE_SIZE };
}

const asTheyAre = <T>(rows: readonly Row<T>[]): readonly Row<T>[] => rows;
