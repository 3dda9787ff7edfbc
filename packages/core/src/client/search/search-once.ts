import type { SearchAccess } from './search-access.js';
import { isBlank, type SearchRequest } from './search-request.js';
import {
  EMPTY_SEARCH,
  type SearchResults,
  type SearchState,
  type SuggestedText,
  type SuggestState,
} from './search-result.js';

/** The answer to a search, once. Leaves nothing behind but the index. */
export async function searchOnce<T>(access: SearchAccess, request: SearchRequest): Promise<SearchResults<T>> {
  const state = isBlank(request) ? EMPTY_SEARCH : await (await access.engine()).answer(request);
  const { results, total, facets, counted, nextCursor } = state as SearchState<T>;
  return Object.assign([...results], { total, facets, counted, nextCursor });
}

export async function suggestOnce(access: SearchAccess, request: SearchRequest): Promise<readonly SuggestedText[]> {
  if (isBlank(request)) return [];
  return ((await (await access.engine()).answer(request)) as SuggestState).suggestions;
}
