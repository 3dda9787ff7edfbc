import { TopGunError } from '../primitives/topgun-error.js';
import type { Resolver } from './resolver.js';

/** The resolvers of one map: of fields, or of its records as wholes. A record that is no plain object is the field `''`. */
export interface MapResolvers {
  readonly fields?: { readonly [field: string]: Resolver };
  readonly record?: Resolver;
}

/** By map. */
export interface ResolversInput {
  readonly [map: string]: MapResolvers;
}

/** What `defineResolvers` makes: given to `createServer`, which decides by it, and to the client, which shows it beforehand. */
export interface Resolvers {
  /** `undefined`: the later write wins, as everywhere (CR-3). */
  of(map: string): MapResolvers | undefined;
}

/** RS-1. Throws `bad-resolver` where something is no resolver, or a map has both kinds. */
export function defineResolvers(input: ResolversInput): Resolvers {
  const byMap = new Map<string, MapResolvers>();
  for (const [map, { fields, record }] of Object.entries(input)) {
    if (fields !== undefined && record !== undefined)
      throw bad(map, 'has resolvers of fields or one of records, not both');
    for (const [name, resolver] of Object.entries(fields ?? {}))
      if (!isResolver(resolver)) throw bad(`${map}.${name}`, NONE);
    if (record !== undefined && !isResolver(record)) throw bad(map, NONE);
    byMap.set(map, {
      ...(fields === undefined ? {} : { fields: { ...fields } }),
      ...(record === undefined ? {} : { record }),
    });
  }
  return { of: (map) => byMap.get(map) };
}

const NONE = 'has something that is no resolver';

const isResolver = (resolver: unknown): boolean =>
  typeof resolver === 'object' && resolver !== null && typeof (resolver as Partial<Resolver>).resolve === 'function';

const bad = (place: string, what: string): TopGunError => new TopGunError('bad-resolver', `${place} ${what}.`);
