import { err, ok, type Result, type Value } from '@topgun/core/primitives';
import type { Query } from '@topgun/core/query';
import {
  describeSearchError,
  parseSearchDefinition,
  readWireSearch,
  wireDefinition,
  type SearchDefinition,
  type SearchDefinitionInput,
  type SearchError,
  type SearchQuery,
} from '@topgun/core/search';
import type { Timers } from '../../ports/environment.js';
import type { ViewRefusal } from '../../ports/partition-host.js';
import type { KeptIndex } from './kept-index.js';
import { MapIndex } from './map-index.js';

/** The records that show, as of the last commit, whoever asks. */
export interface SearchedMaps {
  keys(map: string): Iterable<string>;
  reader(map: string): (key: string) => Value | undefined;
}

/** What is searched of a map's records, by map: the definitions of the client, once more. */
export type SearchDefinitions = Readonly<Record<string, SearchDefinitionInput>>;

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

  constructor(
    maps: SearchedMaps,
    definitions: SearchDefinitions,
    timers: Timers | null,
    maxBytes = MAX_SEARCH_BYTES,
    kept: KeptIndexes | null = null,
  ) {
    this.#kept = kept;
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
    const definition = this.#definitionOf(map, query);
    if (!definition.ok) return refused(definition.error);
    const search = readWireSearch(definition.value, query);
    if (!search.ok) return refused(search.error);
    const { fingerprint } = definition.value;
    let index = this.#byMap.get(map)?.get(fingerprint);
    if (index === undefined) {
      if ((this.#byMap.get(map)?.size ?? 0) >= MAX_INDEXES_PER_MAP) return err(TOO_MANY);
      if (!this.#hasRoom()) return err(NO_ROOM);
      index = this.#begin(map, definition.value);
      const indexes = this.#byMap.get(map) ?? new Map<string, MapIndex>();
      this.#byMap.set(map, indexes.set(fingerprint, index));
    }
    return ok({ query: search.value, index });
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
      // What clients say is searched is not worth a place.
      kept: this.#isOwn(map) ? (this.#kept?.(map, definition.fingerprint) ?? undefined) : undefined,
      onUnused: () => {
        const indexes = this.#byMap.get(map);
        indexes?.delete(definition.fingerprint);
        if (indexes?.size === 0) this.#byMap.delete(map);
      },
    });
  }

  #isOwn(map: string): boolean {
    return Object.hasOwn(this.#definitions, map);
  }

  #definitionOf(map: string, { search }: Query): Result<SearchDefinition, SearchError> {
    const own = this.#isOwn(map) ? this.#definitions[map] : undefined;
    return parseSearchDefinition(own ?? wireDefinition(search));
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

const refused = (error: SearchError): Result<never, ViewRefusal> =>
  err({ code: 'bad-query', message: `The search is refused: ${describeSearchError(error)}` });
