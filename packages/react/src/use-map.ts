import type { MapHandle } from '@topgun/core';

import type { Falsy } from './falsy.js';
import { useClient } from './use-client.js';
import { useRevision } from './use-revision.js';

/**
 * The handle of a map, whole and current while the component is mounted; renders again at any change of its records. For one
 * record use `useEntry`, for some of them `useQuery`: they render less often. A falsy `map` disables it.
 */
export function useMap<_K extends string = string, V = unknown>(map: string): MapHandle<V>;
export function useMap<_K extends string = string, V = unknown>(map: string | Falsy): MapHandle<V> | null;
export function useMap<_K extends string = string, V = unknown>(map: string | Falsy): MapHandle<V> | null {
  const client = useClient();
  const handle = map ? (client.getMap(map) as MapHandle<V>) : null;
  useRevision(handle);
  return handle;
}
