import {
  TopGunError,
  type QueryHandle,
  type QueryInput,
  type Row,
  type TopGunClient,
  type ViewState,
} from '@topgun/core';
import { useMemo } from 'react';

import type { Falsy } from './falsy.js';
import { useClient } from './use-client.js';
import { constantSource, useSnapshot, type SnapshotSource } from './use-snapshot.js';

export interface UseQueryOptions {
  /** `false` disables the hook: no subscription, no data, not loading. */
  readonly enabled?: boolean;
}

export interface UseQueryResult<T> {
  /** Rows with their `_key`. The array and each row keep their identity while they did not change. Empty is not loading. */
  readonly data: readonly Row<T>[];
  /** `local`: what this device holds, shown at once. `settled`: the server's answer with this device's pending writes. */
  readonly status: 'loading' | 'local' | 'settled' | 'error';
  /** Nothing is known yet, not even from this device. */
  readonly loading: boolean;
  readonly isLoading: boolean;
  readonly error: TopGunError | null;
}

/**
 * A live query over a map: local rows at once, then the server's, then every change. Inline filters are safe: two that mean the same
 * are the same query. A falsy `map` or `filter`, or `enabled: false`, disables it; without a filter it is the whole map.
 */
export function useQuery<T = Record<string, unknown>>(
  map: string | Falsy,
  filter: QueryInput | Falsy = EVERYTHING,
  { enabled = true }: UseQueryOptions = {},
): UseQueryResult<T> {
  const client = useClient();
  const asked = enabled && map && filter ? ask<T>(client, map, filter) : DISABLED;
  const { key } = asked;
  // By meaning and not by identity: `asked` is another object at every render.
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  const source = useMemo(() => sourceOf(asked), [client, key]);
  const state = useSnapshot(source);
  return useMemo(() => resultOf(state), [state]);
}

const EVERYTHING: QueryInput = {};

const DISABLED = { key: 'disabled', state: { data: [], settled: false, status: 'local', error: null } } as const;

type Asked<T> =
  | { readonly key: string; readonly handle: QueryHandle<Row<T>> }
  | { readonly key: string; readonly state: ViewState<Row<T>> };

function ask<T>(client: TopGunClient, map: string, filter: QueryInput): Asked<T> {
  try {
    const handle = client.query(map, filter) as unknown as QueryHandle<Row<T>>;
    return { key: handle.key, handle };
  } catch (error) {
    if (!(error instanceof TopGunError)) throw error;
    return { key: `error:${error.code}:${error.message}`, state: { data: [], settled: false, status: 'error', error } };
  }
}

function sourceOf<T>(asked: Asked<T>): SnapshotSource<ViewState<Row<T>>> {
  return 'handle' in asked ? asked.handle : constantSource(asked.state);
}

function resultOf<T>({ data, status, error }: ViewState<Row<T>>): UseQueryResult<T> {
  const loading = status === 'loading';
  return { data, status, loading, isLoading: loading, error };
}
