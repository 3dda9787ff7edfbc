import { err, ok, type Result, type Value } from '@topgun/core/primitives';
import type { Query } from '@topgun/core/query';
import {
  describeSearchError,
  parseSearchDefinition,
  readWireSearch,
  type SearchDefinition,
  type SearchDefinitionInput,
  type SearchError,
  type SearchQuery,
} from '@topgun/core/search';
import type { Timers } from '../../ports/environment.js';
import type { ViewRefusal } from '../../ports/partition-host.js';
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

/** A search that was checked, and the index that it is about. */
export interface CheckedSearch {
  readonly query: SearchQuery;
  readonly index: MapIndex;
}

/** The search indexes of all maps, made for those who ask. */
export class Searches {
  readonly #maps: SearchedMaps;
  readonly #definitions: SearchDefinitions;
  readonly #timers: Timers | null;
  readonly #byMap = new Map<string, Map<string, MapIndex>>();

  constructor(maps: SearchedMaps, definitions: SearchDefinitions, timers: Timers | null) {
    this.#maps = maps;
    this.#definitions = definitions;
    this.#timers = timers;
  }

  /** The index of a query's search, begun with the first one. */
  check(map: string, query: Query): Result<CheckedSearch, ViewRefusal> {
    const definition = this.#definitionOf(map, query);
    if (!definition.ok) return refused(definition.error);
    const search = readWireSearch(definition.value, query);
    if (!search.ok) return refused(search.error);
    const indexes = this.#byMap.get(map) ?? new Map<string, MapIndex>();
    const { fingerprint } = definition.value;
    let index = indexes.get(fingerprint);
    if (index === undefined) {
      if (indexes.size >= MAX_INDEXES_PER_MAP) return err(TOO_MANY);
      index = this.#begin(map, definition.value);
      indexes.set(fingerprint, index);
      this.#byMap.set(map, indexes);
    }
    return ok({ query: search.value, index });
  }

  /** A record of the map has changed, and the state has it by now. */
  change(map: string, key: string): void {
    const indexes = this.#byMap.get(map);
    if (indexes !== undefined) for (const index of indexes.values()) index.change(key);
  }

  #begin(map: string, definition: SearchDefinition): MapIndex {
    return new MapIndex({
      definition,
      keys: () => this.#maps.keys(map),
      valueOf: this.#maps.reader(map),
      timers: this.#timers,
      onUnused: () => {
        const indexes = this.#byMap.get(map);
        indexes?.delete(definition.fingerprint);
        if (indexes?.size === 0) this.#byMap.delete(map);
      },
    });
  }

  #definitionOf(map: string, { search }: Query): Result<SearchDefinition, SearchError> {
    const own = Object.hasOwn(this.#definitions, map) ? this.#definitions[map] : undefined;
    return parseSearchDefinition(own ?? { fields: search?.fields ?? [] });
  }
}

const TOO_MANY: ViewRefusal = {
  code: 'overloaded',
  message: `Of one map at most ${MAX_INDEXES_PER_MAP} different sets of fields are searched at a time: give the server a definition.`,
};

const refused = (error: SearchError): Result<never, ViewRefusal> =>
  err({ code: 'bad-query', message: `The search is refused: ${describeSearchError(error)}` });
