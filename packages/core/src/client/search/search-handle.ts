import type { Notifier } from '../state/notifier.js';
import { AnswerHandle } from './answer-handle.js';
import type { SearchAccess } from './search-access.js';
import { searchChanges } from './search-changes.js';
import type { SearchRequest } from './search-request.js';
import {
  EMPTY_SEARCH,
  EMPTY_SUGGEST,
  LOADING_SEARCH,
  LOADING_SUGGEST,
  type SearchChange,
  type SearchResult,
  type SearchState,
  type SuggestState,
} from './search-result.js';

/** A live search of what is held here, offline too. `T` is the type of the records. */
export class SearchHandle<T> extends AnswerHandle<SearchState<T>> {
  /** @internal Made by `TopGunClient.searchSubscribe`. */
  constructor(request: SearchRequest, access: SearchAccess, notifier: Notifier) {
    super(request, access, notifier, { loading: LOADING_SEARCH, empty: EMPTY_SEARCH });
  }

  /** Calls the listener with what each change did to the results, beginning with those there are. Returns the unsubscribe. */
  readonly onChanges = (listener: (changes: readonly SearchChange<T>[]) => void): (() => void) => {
    let before: readonly SearchResult<T>[] = [];
    return this.subscribe(({ results }) => {
      const changes = searchChanges(before, results);
      before = results;
      if (changes.length > 0) listener(changes);
    });
  };
}

/** Completions of a text that is being typed. */
export class SuggestHandle extends AnswerHandle<SuggestState> {
  /** @internal Made by `TopGunClient.suggestSubscribe`. */
  constructor(request: SearchRequest, access: SearchAccess, notifier: Notifier) {
    super(request, access, notifier, { loading: LOADING_SUGGEST, empty: EMPTY_SUGGEST });
  }
}
