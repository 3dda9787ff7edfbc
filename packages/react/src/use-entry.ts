import { useMemo } from 'react';

import type { Falsy } from './falsy.js';
import { useClient } from './use-client.js';
import { useSelected } from './use-selected.js';
import { constantSource } from './use-snapshot.js';

/**
 * One record, or what `select` takes of it; `undefined` while it is not there. Renders again when that changes, whatever happens to
 * other records. An inline `select` is safe. A falsy `map` or `key` disables it.
 */
export function useEntry<T = unknown>(map: string | Falsy, key: string | Falsy): T | undefined;
export function useEntry<T, R>(map: string | Falsy, key: string | Falsy, select: (value: T | undefined) => R): R;
export function useEntry<T, R>(
  map: string | Falsy,
  key: string | Falsy,
  select: (value: T | undefined) => R = asItIs,
): R {
  const client = useClient();
  const source = useMemo(() => {
    if (!map || !key) return constantSource<T | undefined>(undefined);
    const handle = client.getMap(map);
    return {
      subscribe: (listener: () => void) => handle.subscribeKey(key, listener),
      getSnapshot: () => handle.get(key) as T | undefined,
      getServerSnapshot: () => undefined,
    };
  }, [client, map, key]);
  return useSelected(source, select);
}

// Without `select` the result is the record.
const asItIs = (value: unknown): never => value as never;
