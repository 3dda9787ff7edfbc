import type { SearchHandle, SuggestHandle } from '../../../packages/core/src/client/search/search-handle.js';
import type { AnyRow } from '../../../packages/core/src/client/state/row.js';
import type { TopGunClient } from '../../../packages/core/src/client/topgun-client.js';
import type { PlainSearch } from './plain-search.js';
import type { SearchWorkers } from './search-worker.js';

export interface OpenSearch<H> {
  readonly search: PlainSearch;
  readonly handle: H;
  stop(): void;
}

/** The live searches of one tab. */
export interface TabSearches {
  readonly worker: Pick<SearchWorkers, 'kill'>;
  readonly searches: ReadonlyMap<string, OpenSearch<SearchHandle<AnyRow>>>;
  readonly completions: ReadonlyMap<string, OpenSearch<SuggestHandle>>;
  /** One that is open stays so. */
  search(search: PlainSearch): void;
  complete(search: PlainSearch): void;
  /** Of either kind. */
  close(key: string): void;
}

export function createTabSearches(client: () => TopGunClient<any>, worker: SearchWorkers): TabSearches {
  const searches = new Map<string, OpenSearch<SearchHandle<AnyRow>>>();
  const completions = new Map<string, OpenSearch<SuggestHandle>>();

  function open<H extends { readonly key: string; subscribe(listener: () => void): () => void }>(
    all: Map<string, OpenSearch<H>>,
    search: PlainSearch,
    handle: H,
  ): void {
    if (all.has(handle.key)) return;
    const unsubscribe = handle.subscribe(() => {});
    const stop = (): void => {
      unsubscribe();
      all.delete(handle.key);
    };
    all.set(handle.key, { search, handle, stop });
  }

  return {
    worker,
    searches,
    completions,
    search: (search) =>
      open(searches, search, client().searchSubscribe(search.map, search.text, search.options) as SearchHandle<AnyRow>),
    complete: (search) => open(completions, search, client().suggestSubscribe(search.map, search.text, search.options)),
    close(key) {
      searches.get(key)?.stop();
      completions.get(key)?.stop();
    },
  };
}
