import type { CursorStatus, PaginationInfo, RecordSyncState, Row, TopGunError } from '@topgun/core';
import { useEffect, useMemo } from 'react';

import type { AskedQuery } from './asked-query.js';
import { DEFAULT_MAX_CHANGES, type RowChange } from './change-log.js';
import { isShallowEqual } from './is-shallow-equal.js';
import { trackQuery, type TrackedQuery, type TrackedState } from './tracked-query.js';
import { useChangeCallbacks, type ChangeCallbacks } from './use-change-callbacks.js';
import { useSelected } from './use-selected.js';

export interface QueryOptions<T> extends ChangeCallbacks<T> {
  /** How many changes `changes` holds at most, 1,000 by default; the oldest go first. */
  readonly maxChanges?: number | undefined;
}

export interface QueryResult<T, R = readonly Row<T>[]> {
  /**
   * Rows with their `_key`, or what `select` makes of them. The array and each row keep their identity while they did not change, and so does what
   * `select` returns while it is shallowly equal. Empty is not loading.
   */
  readonly data: R;
  /** `local`: what this device holds, shown at once. `settled`: the server's answer with this device's pending writes. */
  readonly status: 'loading' | 'local' | 'settled' | 'error';
  /** Nothing is known yet, not even from this device. */
  readonly loading: boolean;
  readonly isLoading: boolean;
  readonly error: TopGunError | null;
  /** A limited query has rows beyond those shown: `loadMore` shows another page of them. */
  readonly hasMore: boolean;
  /** The place of the last row, as the `cursor` of a filter for what comes after it; `null` when nothing does. */
  readonly nextCursor: string | null;
  /** How the filter's own `cursor` stands. */
  readonly cursorStatus: CursorStatus;
  /** Another page is asked for, and not yet shown. */
  readonly isLoadingMore: boolean;
  /** Shows another page, as many rows more as the `limit`. Resolves when they are shown or could not be had. Stable. */
  readonly loadMore: () => Promise<void>;
  /** CL-23: what has become of the rows since they were first shown, or since `clearChanges`; the latest last. */
  readonly changes: readonly RowChange<T>[];
  readonly lastChange: RowChange<T> | null;
  /** Stable. */
  readonly clearChanges: () => void;
  /** CL-9: how each row shown stands with the server, by its key. The same object until one of them changes. */
  readonly syncState: ReadonlyMap<string, RecordSyncState>;
}

/** What a result is made of. `null`: not looked at in this state; filled in by whoever does. */
interface Shown<T, R> {
  readonly data: R;
  readonly status: QueryResult<T>['status'];
  readonly error: TopGunError | null;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  log: Pick<TrackedState<T>, 'changes' | 'lastChange'> | null;
  syncStates: ReadonlyMap<string, RecordSyncState> | null;
  pages: Pick<PaginationInfo, 'nextCursor' | 'cursorStatus'> | null;
}

/** What the hooks of queries have in common: the query that is asked, by its meaning, as a result that keeps its identity. */
export function useTrackedQuery<T, R>(
  tracked: TrackedQuery<T>,
  select: (rows: readonly Row<T>[]) => R,
  options: QueryOptions<T>,
): QueryResult<T, R> {
  const { log } = tracked;
  const show = useMemo(() => (state: TrackedState<T>) => shownOf(state, tracked, select), [tracked, select]);
  const shown = useSelected(tracked, show, shareShown);
  const { maxChanges = DEFAULT_MAX_CHANGES } = options;
  useEffect(() => {
    log?.keep(maxChanges);
  }, [log, maxChanges]);
  useChangeCallbacks(log, options);
  // At every commit: what a render looks at shows only when it has run.
  useEffect(() => tracked.committed());
  useEffect(() => () => tracked.unfollow(), [tracked]);
  return useMemo(() => resultOf(shown, tracked), [shown, tracked]);
}

/** The query of this component, the same while what is asked means the same. */
export function useTracked<T>(client: object, asked: AskedQuery<T>): TrackedQuery<T> {
  const { key } = asked;
  // By meaning and not by identity: `asked` is another object at every render.
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  return useMemo(() => trackQuery(asked), [client, key]);
}

function shownOf<T, R>(
  { view, changes, lastChange, syncStates }: TrackedState<T>,
  { wants }: TrackedQuery<T>,
  select: (rows: readonly Row<T>[]) => R,
): Shown<T, R> {
  const { data, status, error, hasMore, isLoadingMore } = view;
  const log = wants.changes ? { changes, lastChange } : null;
  return { data: select(data), status, error, hasMore, isLoadingMore, log, syncStates, pages: null };
}

function shareShown<T, R>(before: Shown<T, R>, next: Shown<T, R>): Shown<T, R> {
  const data = isShallowEqual(before.data, next.data) ? before.data : next.data;
  const isSame =
    data === before.data &&
    before.status === next.status &&
    before.error === next.error &&
    before.hasMore === next.hasMore &&
    before.isLoadingMore === next.isLoadingMore &&
    (next.log === null || isShallowEqual(before.log, next.log)) &&
    (next.syncStates === null || before.syncStates === next.syncStates);
  if (isSame) return before;
  return data === next.data ? next : { ...next, data };
}

function resultOf<T, R>(shown: Shown<T, R>, { handle, log, wants, getSnapshot }: TrackedQuery<T>): QueryResult<T, R> {
  const { data, status, error, hasMore, isLoadingMore } = shown;
  const loading = status === 'loading';
  const logged = (): Pick<TrackedState<T>, 'changes' | 'lastChange'> => {
    wants.changes = true;
    return (shown.log ??= getSnapshot());
  };
  const paged = (): Pick<PaginationInfo, 'nextCursor' | 'cursorStatus'> =>
    (shown.pages ??= handle?.getPaginationInfo() ?? NO_PAGES);
  return {
    data,
    status,
    loading,
    isLoading: loading,
    error,
    hasMore,
    isLoadingMore,
    get nextCursor() {
      return paged().nextCursor;
    },
    get cursorStatus() {
      return paged().cursorStatus;
    },
    loadMore: handle?.loadMore ?? NO_MORE,
    get changes() {
      return logged().changes;
    },
    get lastChange() {
      return logged().lastChange;
    },
    clearChanges: log?.clear ?? NOTHING,
    get syncState() {
      wants.syncStates = true;
      return (shown.syncStates ??= handle?.getSyncStates() ?? NO_STATES);
    },
  };
}

const NO_STATES: ReadonlyMap<string, RecordSyncState> = new Map();
const NO_PAGES = { nextCursor: null, cursorStatus: 'none' } as const;
const NO_MORE = (): Promise<void> => Promise.resolve();
const NOTHING = (): void => {};
