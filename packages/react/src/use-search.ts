import type { SearchOptions, SearchState } from '@topgun/core';

import { askAnswer, DEFAULT_DEBOUNCE_MS } from './asked-answer.js';
import type { Falsy } from './falsy.js';
import { useAnswer } from './use-answer.js';
import { useClient } from './use-client.js';

/** `loading`: the answer to this text is on its way; `results` are those of the text before. */
export type UseSearchResult<T> = SearchState<T>;

/**
 * Searches a map as somebody types, and keeps the results current as records change, offline too. Waits until the text has stayed as it is for `debounceMs`,
 * 150 by default. A blank text finds nothing, at once, and asks for nothing. Inline options are safe: options that mean the same are the same search. A falsy
 * `map` disables it.
 *
 * ```tsx
 * const { results, loading } = useSearch<Todo>('todos', text, { fields: ['text'], highlight: true });
 * ```
 */
export function useSearch<T = Record<string, unknown>>(
  map: string | Falsy,
  text: string,
  options: SearchOptions = {},
): UseSearchResult<T> {
  const client = useClient();
  const asked = askAnswer<SearchState<T>>(map, NOTHING, (name) =>
    client.searchSubscribe(name, text, { debounceMs: DEFAULT_DEBOUNCE_MS, ...options }),
  );
  return useAnswer(client, map, asked);
}

const NOTHING: SearchState<never> = {
  results: [],
  total: 0,
  facets: {},
  counted: 'local',
  nextCursor: null,
  loading: false,
  error: null,
  source: 'local',
};
