import { err, ok, type Result } from '@topgun/core/primitives';
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
import type { ViewRefusal } from '../../ports/partition-host.js';

/** What is searched of a map's records, by map: the definitions of the client, once more. */
export type SearchDefinitions = Readonly<Record<string, SearchDefinitionInput>>;

/** A query's search, and what it is about. */
export interface ReadSearch {
  readonly definition: SearchDefinition;
  readonly query: SearchQuery;
}

/** Whether the server has a definition of its own for the map. */
export const isDefined = (definitions: SearchDefinitions, map: string): boolean => Object.hasOwn(definitions, map);

/** What a query searches, by the server's definition, or by what it says itself where there is none. */
export function readSearch(definitions: SearchDefinitions, map: string, query: Query): Result<ReadSearch, ViewRefusal> {
  const own = isDefined(definitions, map) ? definitions[map] : undefined;
  const definition = parseSearchDefinition(own ?? wireDefinition(query.search));
  if (!definition.ok) return refused(definition.error);
  const search = readWireSearch(definition.value, query);
  return search.ok ? ok({ definition: definition.value, query: search.value }) : refused(search.error);
}

const refused = (error: SearchError): Result<never, ViewRefusal> =>
  err({ code: 'bad-query', message: `The search is refused: ${describeSearchError(error)}` });
