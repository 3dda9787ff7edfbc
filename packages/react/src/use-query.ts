import type { QueryInput, Row } from '@topgun/core';

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
 * are the same query. A falsy `map` or `filter`, or `enabled: false`, disables it; without a filter it is the whole map.
 *
 * Looking at `changes`, `lastChange` or `syncState` makes the component render again when these change; who does not look does not pay.
 */
export function useQuery<T = Record<string, unknown>>(
  map: string | Falsy,
  filter?: QueryInput | Falsy,
  options?: UseQueryOptions<T> & { readonly select?: undefined },
): UseQueryResult<T>;
export function useQuery<T, R>(
  map: string | Falsy,
  filter: QueryInput | Falsy,
  options: UseQueryOptions<T, R> & { readonly select: (rows: readonly Row<T>[]) => R },
): UseQueryResult<T, R>;
export function useQuery<T, R>(
  map: string | Falsy,
  filter: QueryInput | Falsy = EVERYTHING,
  options: UseQueryOptions<T, R> = {},
): UseQueryResult<T, R> {
  const { enabled = true, select = asTheyAre } = options;
  const client = useClient();
  const tracked = useTracked(client, askQuery<T>(client, enabled && map, filter));
  return useTrackedQuery(tracked, select, options);
}

// Without `select` the data are the rows.
const asTheyAre = (rows: unknown): never => rows as never;
