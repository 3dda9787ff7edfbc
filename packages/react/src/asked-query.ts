import {
  TopGunError,
  type QueryHandle,
  type QueryInput,
  type QuerySource,
  type Row,
  type TopGunClient,
  type ViewState,
} from '@topgun/core';

import type { Falsy } from './falsy.js';

/** What a hook was given, as it names it: a live query, or the state of what is none. `key` is the same for what means the same. */
export type AskedQuery<T> =
  | { readonly key: string; readonly handle: QueryHandle<Row<T>> }
  | { readonly key: string; readonly handle: null; readonly state: ViewState<Row<T>> };

export const EVERYTHING: QueryInput = {};

/** Falsy: what it needs is not known yet, and the hook is disabled. A bad query is an error to show, not one to throw. */
export function askQuery<T>(client: TopGunClient, map: string | Falsy, filter: QuerySource | Falsy): AskedQuery<T> {
  if (!map || !filter) return DISABLED;
  try {
    // The client takes either; which types its rows have is for the hook to say.
    const handle = client.query(map, filter as QueryInput) as unknown as QueryHandle<Row<T>>;
    return { key: handle.key, handle };
  } catch (error) {
    if (!(error instanceof TopGunError)) throw error;
    return { key: `error:${error.code}:${error.message}`, handle: null, state: { ...NOTHING, status: 'error', error } };
  }
}

const NOTHING = {
  data: [],
  settled: false,
  status: 'local',
  error: null,
  hasMore: false,
  isLoadingMore: false,
} as const;

const DISABLED = { key: 'disabled', handle: null, state: NOTHING } as const;
