import { canonicalJson, encodeValue, err, fnv1a64, isMapName, ok, type Result } from '@topgun/core/primitives';
import type { AskSearchMessage, SearchFactsMessage, SearchRefusedMessage } from '@topgun/core/protocol';
import { describeQueryError, validateQuery, type Query } from '@topgun/core/query';
import {
  completionOf,
  describeSearchError,
  parseFacets,
  type SearchDefinition,
  type SearchFacts,
  type SearchQuery,
  type SuggestQuery,
} from '@topgun/core/search';
import { isSystemMap } from '../crdt/replica-owners.js';

/** Questions of one connection that have no answer yet. */
export const MAX_OPEN_SEARCHES = 16;

/** Why a question is not answered. */
export type QuestionRefusal = Pick<SearchRefusedMessage, 'code' | 'reason'>;

/** What one more question of who has so many is told; `null`: it may be asked. */
export const tooManyQuestions = (open: number): QuestionRefusal | null =>
  open < MAX_OPEN_SEARCHES
    ? null
    : { code: 'overloaded', reason: `At most ${MAX_OPEN_SEARCHES} searches are counted at a time.` };

/** The query of a question, which is about a search. */
export function questionQuery({ map, query }: AskSearchMessage): Result<Query, QuestionRefusal> {
  const valid = validateQuery(query);
  if (!valid.ok) return bad(describeQueryError(valid.error));
  const { after, groupBy, search, within } = valid.value;
  const isPlain = after === undefined && groupBy === undefined && within === undefined;
  if (search === undefined || !isPlain || isSystemMap(map) || !isMapName(map)) {
    return bad('It is no search, or of no map.');
  }
  return ok(valid.value);
}

/** The search with what is counted of it. */
export function withFacets(search: SearchQuery, facets: readonly string[]): Result<SearchQuery, QuestionRefusal> {
  const counted = parseFacets(facets);
  return counted.ok ? ok({ ...search, facets: counted.value }) : bad(describeSearchError(counted.error));
}

/** What is to be completed; `null`: nothing. */
export function completedOf(
  definition: SearchDefinition,
  { complete }: AskSearchMessage,
  { search }: Query,
  asked: SearchQuery,
): SuggestQuery | null {
  return complete === undefined ? null : completionOf(definition, search?.text ?? '', asked, complete);
}

/** What is told of what was counted, by whoever counted it. */
export function factsTold(
  { total, facets, completions }: SearchFacts,
  { facets: asked }: SearchQuery,
): Omit<SearchFactsMessage, 'id' | 'through'> {
  const told = {
    total,
    facets: asked.map(({ name }) =>
      (facets[name] ?? []).map(({ value, count }) => [encodeValue(value), count] as const),
    ),
    completions: completions.map(({ text, count }) => [text, count] as const),
  };
  return { type: 'search-facts', ...told, mark: fnv1a64(canonicalJson(told as never)) };
}

const bad = (reason: string): Result<never, QuestionRefusal> => err({ code: 'bad-query', reason });
