import type { ORMapHandle } from '@topgun/core';

import type { Falsy } from './falsy.js';
import { useClient } from './use-client.js';
import { useRevision } from './use-revision.js';

/**
 * The handle of a map of sets, whole and current while the component is mounted; renders again at any change of its values. A falsy
 * `map` disables it.
 */
export function useORMap<_K extends string = string, V = unknown>(map: string): ORMapHandle<V>;
export function useORMap<_K extends string = string, V = unknown>(map: string | Falsy): ORMapHandle<V> | null;
export function useORMap<_K extends string = string, V = unknown>(map: string | Falsy): ORMapHandle<V> | null {
  const client = useClient();
  const handle = map ? (client.getORMap(map) as ORMapHandle<V>) : null;
  useRevision(handle);
  return handle;
}
