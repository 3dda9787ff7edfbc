import type { MapHandle, RowFilterFor, SchemaDefinition } from '@topgun/core';

import type { Falsy } from './falsy.js';
import { useEntry } from './use-entry.js';
import { useMap } from './use-map.js';
import { useMutation, type Mutation } from './use-mutation.js';
import { useQuery, type UseQueryOptions, type UseQueryResult } from './use-query.js';

/** The everyday hooks, typed by a schema: names of maps, records, conditions, and what may be written. */
export interface SchemaHooks<S extends object, W extends object = S> {
  useQuery<K extends keyof S & string>(
    map: K | Falsy,
    filter?: RowFilterFor<S[K]> | Falsy,
    options?: UseQueryOptions<S[K]> & { readonly select?: undefined },
  ): UseQueryResult<S[K]>;
  useMap<K extends keyof S & string>(map: K): MapHandle<S[K], K extends keyof W ? W[K] : S[K]>;
  useEntry<K extends keyof S & string>(map: K | Falsy, key: string | Falsy): S[K] | undefined;
  useMutation<K extends keyof S & string>(map: K): Mutation<S[K], K extends keyof W ? W[K] : S[K]>;
}

/**
 * The everyday hooks for the maps of a schema. They are the very same hooks: only the compiler knows more of them. For what else there is (selections, groups,
 * pages), the others take the type of the records.
 *
 * @example
 * const { useQuery, useMutation } = hooksOf(schema);
 */
export function hooksOf<S extends object, W extends object>(_schema: SchemaDefinition<S, W>): SchemaHooks<S, W> {
  return { useQuery, useMap, useEntry, useMutation } as unknown as SchemaHooks<S, W>;
}
