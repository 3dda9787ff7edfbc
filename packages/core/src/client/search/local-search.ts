import { TopGunError, type Result } from '../../primitives/index.js';
import {
  describeSearchError,
  parseSearch,
  parseSearchDefinition,
  parseSuggest,
  runSearch,
  runSuggest,
  wireSearch,
  type SearchDefinition,
  type SearchDefinitionInput,
  type SearchError,
} from '../../search/index.js';
import type { Subscription } from '../state/subscription.js';
import { awaitServer } from './await-server.js';
import { MapSearch } from './map-search.js';
import type { AnyAnswer, LiveAnswer, SearchContext, SearchEngine } from './search-engine.js';
import type { SearchRequest } from './search-request.js';
import { LOADING_SEARCH, LOADING_SUGGEST, type SearchState, type SuggestState } from './search-result.js';
import { SearchedRecords } from './searched-records.js';
import { shownSearch, shownSuggest } from './shown-answer.js';

/** A request that was checked, with the index that answers it. */
interface Checked {
  readonly search: MapSearch;
  /** What is asked of the server as well. */
  readonly subscription: Subscription | null;
  /** The answer now; `before` itself where nothing differs. */
  readonly answer: (before: AnyAnswer) => AnyAnswer;
  readonly loading: AnyAnswer;
}

/**
 * Searches what this device holds, and has the server bring what else there is (SE-40). An index is made with the first search of a map, and kept until the client is closed: one for each definition.
 * The only part of the client that knows `core/search`; it is loaded when it is needed.
 */
export class LocalSearch implements SearchEngine {
  readonly #context: SearchContext;
  readonly #searches = new Map<string, MapSearch>();

  constructor(context: SearchContext) {
    this.#context = context;
  }

  follow(request: SearchRequest, show: (answer: AnyAnswer) => void): LiveAnswer {
    const { search, subscription, answer, loading } = this.#check(request);
    let shown = loading;
    // Another object, for whoever still shows what was there before.
    const reset = (): void => showIfNew({ ...loading });
    const showIfNew = (next: AnyAnswer): void => {
      if (next === shown) return;
      shown = next;
      show(next);
    };
    const stops = [search.watch({ run: () => showIfNew(answer(shown)), reset })];
    if (subscription !== null) {
      stops.push(
        subscription.use(),
        this.#context.onConnectionChange(() => search.touch()),
      );
    }
    return {
      stop() {
        for (const stop of stops) stop();
      },
    };
  }

  async answer(request: SearchRequest): Promise<AnyAnswer> {
    const { search, subscription, answer, loading } = this.#check(request);
    const release = subscription?.use();
    try {
      if (subscription !== null) await awaitServer(this.#context, search.store, subscription);
      for (;;) {
        this.#assertOpen();
        await search.whenCurrent();
        this.#assertOpen();
        if (search.store.status === 'loaded') return answer(loading);
      }
    } finally {
      release?.();
    }
  }

  #assertOpen(): void {
    if (this.#context.isClosed()) throw new TopGunError('closed', 'This client is closed.');
  }

  #check({ kind, map, text, options }: SearchRequest): Checked {
    const definition = this.#definitionOf(map, options.fields);
    const search = this.#searchOf(map, definition);
    const { index, store } = search;
    if (kind === 'search') {
      const query = orThrow(parseSearch(definition, text, options));
      // Of what comes after a place the server is not asked: it knows another order, of more records.
      const isAsked = query.after === null && query.terms.length > 0;
      const subscription = isAsked ? this.#context.subscriptionOf(map, wireSearch(definition, text, query)) : null;
      const records = new SearchedRecords(store, subscription);
      const isExpected = (): boolean =>
        subscription !== null && !records.isSettled && records.error === null && this.#context.mayAnswer();
      return {
        search,
        subscription,
        answer: (before) => {
          const answer = runSearch(index, query, records.valueOf);
          return shownSearch(answer, records, isExpected(), before as SearchState<unknown>);
        },
        loading: LOADING_SEARCH,
      };
    }
    const valueOf = (key: string) => store.values.get(key);
    const query = orThrow(parseSuggest(definition, index, text, options));
    return {
      search,
      subscription: null,
      answer: (before) => shownSuggest(runSuggest(index, query, valueOf), before as SuggestState),
      loading: LOADING_SUGGEST,
    };
  }

  /** The map's own; without one, that of the fields that the search names. */
  #definitionOf(map: string, fields: readonly string[] | undefined): SearchDefinition {
    const { definitions } = this.#context;
    const own = Object.hasOwn(definitions, map) ? definitions[map] : undefined;
    const input: SearchDefinitionInput | undefined = own ?? (fields === undefined ? undefined : { fields });
    if (input !== undefined) return orThrow(parseSearchDefinition(input));
    const example = `search: { ${JSON.stringify(map)}: { fields: ['title'] } }`;
    throw new TopGunError(
      'no-search-fields',
      `What of the records of ${JSON.stringify(map)} is searched is not said: give the client \`${example}\`, or name \`fields\` in the search.`,
    );
  }

  #searchOf(map: string, definition: SearchDefinition): MapSearch {
    const id = `${map}\0${definition.fingerprint}`;
    let search = this.#searches.get(id);
    if (search === undefined) {
      search = new MapSearch(definition, this.#context.storeOf(map), this.#context);
      this.#searches.set(id, search);
    }
    return search;
  }
}

function orThrow<T>(result: Result<T, SearchError>): T {
  if (result.ok) return result.value;
  throw new TopGunError('bad-search', describeSearchError(result.error), { cause: result.error });
}
