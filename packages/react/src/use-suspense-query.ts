import {
  TopGunError,
  type QueryBuilder,
  type QuerySource,
  type Readiness,
  type ResultRow,
  type Row,
  type RowFilterFor,
  type ShapedFilter,
} from '@topgun/core';

import { askQuery, EVERYTHING } from './asked-query.js';
import type { Falsy } from './falsy.js';
import { waitUntilReady } from './suspense-waits.js';
import { useClient } from './use-client.js';
import type { UseQueryOptions, UseQueryResult } from './use-query.js';
import { useTracked, useTrackedQuery } from './use-tracked-query.js';

export interface UseSuspenseQueryOptions<T = unknown, R = readonly Row<T>[]> extends UseQueryOptions<T, R> {
  /** `local`, the default: until this device's rows are read. `settled`: until the server's answer is here. */
  readonly suspendUntil?: Readiness | undefined;
}

/**
 * CL-24: `useQuery` that suspends until there is something to show, so `status` is never `loading`. What it has shown once it goes on showing: it does not suspend again when the
 * connection goes. A refused or bad query is thrown to the nearest error boundary, and so is, with `suspendUntil: 'settled'`, that the server cannot be
 * asked (`offline`, `needs-auth`, `incompatible`, `closed`). Disabled it does not suspend.
 *
 * @throws TopGunError to the error boundary
 */
export function useSuspenseQuery<T = Record<string, unknown>>(
  map: string | Falsy,
  filter: ShapedFilter,
  options?: UseSuspenseQueryOptions<T> & { readonly select?: undefined },
): UseQueryResult<T>;
export function useSuspenseQuery<T, R>(
  map: string | Falsy,
  filter: ShapedFilter,
  options: UseSuspenseQueryOptions<T, R> & { readonly select: (rows: readonly Row<T>[]) => R },
): UseQueryResult<T, R>;
export function useSuspenseQuery<S extends object, M extends keyof S & string, Q>(
  map: NoInfer<M> | Falsy,
  filter: QueryBuilder<S, M, Q> | Falsy,
  options?: UseSuspenseQueryOptions<ResultRow<S, M, Q>> & { readonly select?: undefined },
): UseQueryResult<ResultRow<S, M, Q>>;
export function useSuspenseQuery<S extends object, M extends keyof S & string, Q, R>(
  map: NoInfer<M> | Falsy,
  filter: QueryBuilder<S, M, Q> | Falsy,
  options: UseSuspenseQueryOptions<ResultRow<S, M, Q>, R> & {
    readonly select: (rows: readonly Row<ResultRow<S, M, Q>>[]) => R;
  },
): UseQueryResult<ResultRow<S, M, Q>, R>;
export function useSuspenseQuery<T, R>(
  map: string | Falsy,
  filter: RowFilterFor<NoInfer<T>> | Falsy,
  options: UseSuspenseQueryOptions<T, R> & { readonly select: (rows: readonly Row<T>[]) => R },
): UseQueryResult<T, R>;
export function useSuspenseQuery<T = Record<string, unknown>>(
  map: string | Falsy,
  filter?: RowFilterFor<NoInfer<T>> | Falsy,
  options?: UseSuspenseQueryOptions<T> & { readonly select?: undefined },
): UseQueryResult<T>;
export function useSuspenseQuery<T, R>(
  map: string | Falsy,
  filter: unknown = EVERYTHING,
  options: UseSuspenseQueryOptions<T, R> = {},
): UseQueryResult<T, R> {
  const { enabled = true, select = asTheyAre, suspendUntil = 'local' } = options;
  const client = useClient();
  const asked = askQuery<T>(client, enabled && map, filter as QuerySource | Falsy);
  const tracked = useTracked(client, asked);
  if (asked.handle === null && asked.state.error !== null) throw asked.state.error;
  if (tracked.handle !== null && !tracked.isShown) {
    const readiness = tracked.handle.readiness(suspendUntil);
    if (readiness === 'waiting') throw waitUntilReady(client, tracked.handle, suspendUntil);
    if (readiness instanceof TopGunError) throw readiness;
  }
  return useTrackedQuery(tracked, select, options);
}

// Without `select` the data are the rows.
const asTheyAre = (rows: unknown): never => rows as never;
