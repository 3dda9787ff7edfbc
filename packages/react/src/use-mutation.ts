import type { MapHandle, SetOptions, WriteHandle, WriteOptions } from '@topgun/core';
import { useMemo } from 'react';

import { useClient } from './use-client.js';

/** Writes to one map. The functions are stable, and using them subscribes to nothing. */
export interface Mutation<T, W = T> {
  /** Makes the record. On a key that is there already it writes the fields that differ. */
  readonly create: (key: string, value: T | W, options?: WriteOptions) => WriteHandle;
  /**
   * The everyday write: `update(key, prev => next)` writes only the fields that `next` changes (CR-4). With a value instead of a function,
   * the fields that differ from `base`, or from the record as it is now.
   */
  readonly update: (
    key: string,
    next: T | W | ((previous: T | undefined) => T | W),
    options?: SetOptions<T>,
  ) => WriteHandle;
  /** Writes exactly the fields it names. */
  readonly patch: (key: string, fields: Partial<T>, options?: WriteOptions) => WriteHandle;
  readonly remove: (key: string) => WriteHandle;
  readonly map: MapHandle<T, W>;
}

export function useMutation<T = unknown>(map: string): Mutation<T> {
  const client = useClient();
  return useMemo(() => {
    const handle = client.getMap(map) as MapHandle<T>;
    return {
      create: (key, value, options) => handle.set(key, value, options),
      update: (key, next, options) =>
        isChange(next) ? handle.update(key, next, options) : handle.set(key, next, options),
      patch: (key, fields, options) => handle.patch(key, fields, options),
      remove: (key) => handle.remove(key),
      map: handle,
    };
  }, [client, map]);
}

// Records are data: a function can only be the change.
const isChange = <T>(next: T | ((previous: T | undefined) => T)): next is (previous: T | undefined) => T =>
  typeof next === 'function';
