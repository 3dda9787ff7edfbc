import type { Rejection, RejectionList } from '@topgun/core';
import { useEffect, useMemo, useRef } from 'react';

import { useClient } from './use-client.js';
import { useSnapshot, type SnapshotSource } from './use-snapshot.js';

export interface UseWriteRejectionsOptions {
  /** Only writes of this map. */
  readonly map?: string | undefined;
  /** Only writes of this key. */
  readonly key?: string | undefined;
  /** Called with each write that is refused while the component is there, after what shows has gone back. */
  readonly onRejected?: ((rejection: Rejection) => void) | undefined;
}

export interface UseWriteRejectionsResult {
  /** Oldest first; keeps its identity while nothing about it differs. */
  readonly rejections: readonly Rejection[];
  /** Stable, as of `client.rejections`. */
  readonly retry: RejectionList['retry'];
  readonly edit: RejectionList['edit'];
  readonly discard: RejectionList['discard'];
}

/**
 * CL-7: the writes that the server has refused and nobody has retried, edited or discarded, in whatever tab and however long ago. Nothing of
 * them shows in the data: an app that does not show this list hides them.
 */
export function useWriteRejections(options: UseWriteRejectionsOptions = {}): UseWriteRejectionsResult {
  const { map, key, onRejected } = options;
  const client = useClient();
  const source = useMemo(() => sourceOf(client.rejections, map, key), [client, map, key]);
  const rejections = useSnapshot(source);

  const latest = useRef(onRejected);
  useEffect(() => {
    latest.current = onRejected;
  }, [onRejected]);
  useEffect(
    () =>
      client.onWriteRejected((rejection) => {
        if (isOf(rejection, map, key)) latest.current?.(rejection);
      }),
    [client, map, key],
  );

  return useMemo(
    () => ({
      rejections,
      retry: (id) => client.rejections.retry(id),
      edit: (id, next) => client.rejections.edit(id, next),
      discard: (id) => client.rejections.discard(id),
    }),
    [client, rejections],
  );
}

const NONE: readonly Rejection[] = [];

function sourceOf(
  list: RejectionList,
  map: string | undefined,
  key: string | undefined,
): SnapshotSource<readonly Rejection[]> {
  let all = NONE;
  let shown = NONE;
  return {
    subscribe: (listener) => list.subscribe(listener),
    getSnapshot: () => {
      const now = list.list();
      if (now === all) return shown;
      all = now;
      const meant = now.filter((rejection) => isOf(rejection, map, key));
      if (!isSameList(meant, shown)) shown = meant;
      return shown;
    },
    getServerSnapshot: () => NONE,
  };
}

const isOf = (rejection: Rejection, map: string | undefined, key: string | undefined): boolean =>
  (map === undefined || rejection.map === map) && (key === undefined || rejection.key === key);

/** The list is made anew with each change, its rejections too: they never change, so ids tell. */
const isSameList = (a: readonly Rejection[], b: readonly Rejection[]): boolean =>
  a.length === b.length && a.every(({ id }, i) => id === b[i]?.id);
