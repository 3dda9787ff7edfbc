import type { SuggestOptions, SuggestState } from '@topgun/core';

import { askAnswer, DEFAULT_DEBOUNCE_MS } from './asked-answer.js';
import type { Falsy } from './falsy.js';
import { useAnswer } from './use-answer.js';
import { useClient } from './use-client.js';

/** What a text that is being typed may become, by the words of the map's records. In all else as `useSearch`. */
export function useSearchSuggestions(map: string | Falsy, text: string, options: SuggestOptions = {}): SuggestState {
  const client = useClient();
  const asked = askAnswer(map, NOTHING, (name) =>
    client.suggestSubscribe(name, text, { debounceMs: DEFAULT_DEBOUNCE_MS, ...options }),
  );
  return useAnswer(client, map, asked);
}

const NOTHING: SuggestState = { suggestions: [], loading: false, error: null };
