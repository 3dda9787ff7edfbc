import { err, ok, type Result, type Value } from '@topgun/core/primitives';
import type { Query } from '@topgun/core/query';
import {
  approximateBy,
  type Approximate,
  type CreateApproximateIndex,
  type SearchDefinition,
  type SearchQuery,
} from '@topgun/core/search';
import type { Timers } from '../../ports/environment.js';
import type { IndexStore } from '../../ports/index-store.js';
import type { ViewRefusal } from '../../ports/partition-host.js';
import type { KeptIndex } from './kept-index.js';
import { MapIndex } from './map-index.js';
import { isDefined, readSearch, type SearchDefinitions } from './read-search.js';

export type { SearchDefinitions } from './read-search.js';

/** What a host's searches are given. */
export interface SearchOptions {
  /** What is searched of each map. */
  readonly search?: SearchDefinitions;
  /** SE-46: where search indexes are kept. Left out, they are made anew after each start. */
  readonly indexStore?: IndexStore;
  /** SE-63: makes an approximate index for many vectors. Left out, all are compared. */
  readonly approximate?: CreateApproximateIndex;
}

/** The records that show, as of the last commit, whoever asks. */
export interface SearchedMaps {
  keys(map: string): Iterable<string>;
  reader(map: string): (key: string) => Value | undefined;
}

/** Of a map whose definition the server does not have, clients say the fields: so many different ways of it at a time. */
export const MAX_INDEXES_PER_MAP = 4;

/** SE-26: what all indexes may take together, about. */
export const MAX_SEARCH_BYTES = 512 * 1024 * 1024;

/** A search that was checked, and the index that it is about. */
export interface CheckedSearch {
  readonly query: SearchQuery;
  readonly index: MapIndex;
}

/** Where the index of a map by that definition is kept. */
export type KeptIndexes = (map: string, fingerprint: string) => KeptIndex;

/** The search indexes of all maps, made for those who ask. */
export class Searches {
  readonly #maps: SearchedMaps;
  readonly #definitions: SearchDefinitions;
  readonly #timers: Timers | null;
  readonly #byMap = new Map<string, Map<string, MapIndex>>();

  readonly #maxBytes: number;
  readonly #kept: KeptIndexes | null;
  readonly #approximate: Approximate | undefined;

  constructor(
    maps: SearchedMaps,
    definitions: SearchDefinitions,
    timers: Timers | null,
    maxBytes = MAX_SEARCH_BYTES,
    kept: KeptIndexes | null = null,
    approximate?: CreateApproximateIndex,
  ) {
    this.#kept = kept;
    this.#approximate = approximate && approximateBy(approximate);
    this.#maxBytes = maxBytes;
    this.#maps = maps;
    this.#definitions = definitions;
    this.#timers = timers;
  }

  /** Whether there is an index of the map. */
  has(map: string): boolean {
    return (this.#byMap.get(map)?.size ?? 0) > 0;
  }

  /** The index of a query's search, begun with the first one. */
  check(map: string, query: Query): Result<CheckedSearch, ViewRefusal> {
    const search = readSearch(this.#definitions, map, query);
    if (!search.ok) return search;
    const { definition } = search.value;
    const { fingerprint } = definition;
    let index = this.#byMap.get(map)?.get(fingerprint);
    if (index === undefined) {
      if ((this.#byMap.get(map)?.size ?? 0) >= MAX_INDEXES_PER_MAP) return err(TOO_MANY);
      if (!this.#hasRoom()) return err(NO_ROOM);
      index = this.#begin(map, definition);
      const indexes = this.#byMap.get(map) ?? new Map<string, MapIndex>();
      this.#byMap.set(map, indexes.set(fingerprint, index));
    }
    return ok({ query: search.value.query, index });
  }

  /** A record of the map has changed, and the state has it by now. */
  change(map: string, key: string): void {
    const indexes = this.#byMap.get(map);
    if (indexes !== undefined) for (const index of indexes.values()) index.change(key);
  }

  /** About how much memory all indexes take. */
  get bytes(): number {
    let bytes = 0;
    for (const index of this.#all()) bytes += index.bytes;
    return bytes;
  }

  /** For another index, those that nobody needs make way. */
  #hasRoom(): boolean {
    let { bytes } = this;
    for (const held of [...this.#all()]) {
      if (bytes < this.#maxBytes) break;
      if (held.isUsed) continue;
      bytes -= held.bytes;
      held.drop();
    }
    return bytes < this.#maxBytes;
  }

  *#all(): Iterable<MapIndex> {
    for (const indexes of this.#byMap.values()) yield* indexes.values();
  }

  #begin(map: string, definition: SearchDefinition): MapIndex {
    return new MapIndex({
      definition,
      keys: () => this.#maps.keys(map),
      valueOf: this.#maps.reader(map),
      timers: this.#timers,
      approximate: this.#approximate,
      // What clients say is searched is not worth a place.
      kept: isDefined(this.#definitions, map) ? (this.#kept?.(map, definition.fingerprint) ?? undefined) : undefined,
      onUnused: () => {
        const indexes = this.#byMap.get(map);
        indexes?.delete(definition.fingerprint);
        if (indexes?.size === 0) this.#byMap.delete(map);
      },
    });
  }
}

const TOO_MANY: ViewRefusal = {
  code: 'overloaded',
  message: `Of one map at most ${MAX_INDEXES_PER_MAP} different sets of fields are searched at a time: give the server a definition.`,
};

const NO_ROOM: ViewRefusal = {
  code: 'overloaded',
  message: 'The search indexes of this server take as much memory as they may.',
};
