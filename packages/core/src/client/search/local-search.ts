import { TopGunError, type Result } from '../../primitives/index.js';
import {
  describeSearchError,
  parseSearch,
  parseSearchDefinition,
  parseSuggest,
  searchSteps,
  suggestSteps,
  wireSearch,
  type Lookup,
  type Ranked,
  type SearchDefinition,
  type SearchDefinitionInput,
  type SearchError,
} from '../../search/index.js';
import type { Subscription } from '../state/subscription.js';
import { awaitServer } from './await-server.js';
import { IndexHosts } from './index-hosts.js';
import { MapSearch, type IndexWatcher } from './map-search.js';
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
  readonly lookup: Lookup;
  /** The answer as it is shown, in steps; `before()` itself where nothing differs. */
  readonly answer: (ranked: Ranked, before: () => AnyAnswer) => Generator<void, AnyAnswer>;
  readonly loading: AnyAnswer;
}

/**
 * Searches what this device holds, and has the server bring what else there is (SE-40). An index is made with the first search of a map, and kept until the client is closed: one for each definition.
 * The only part of the client that knows `core/search`; it is loaded when it is needed.
 */
export class LocalSearch implements SearchEngine {
  readonly #context: SearchContext;
  readonly #hosts: IndexHosts;
  readonly #searches = new Map<string, MapSearch>();

  constructor(context: SearchContext) {
    this.#context = context;
    const { startWorker, timers, log, takeSteps } = context;
    this.#hosts = new IndexHosts({
      startWorker,
      timers,
      log,
      // Most apps never need it: MiniSearch then is in the worker alone.
      async loadLocal() {
        const { localHost } = await import('./local-host.js');
        return (definitionOf) => localHost(takeSteps, definitionOf);
      },
    });
  }

  stop(): void {
    for (const search of this.#searches.values()) search.stop();
    this.#hosts.stop();
  }

  follow(request: SearchRequest, show: (answer: AnyAnswer) => void): LiveAnswer {
    const { search, subscription, lookup, answer, loading } = this.#check(request);
    let shown = loading;
    const showIfNew = (next: AnyAnswer): void => {
      if (next === shown) return;
      shown = next;
      show(next);
    };
    const watcher: IndexWatcher = {
      lookup,
      *answer(ranked) {
        showIfNew(yield* answer(ranked, () => shown));
      },
      // Another object, for whoever still shows what was there before.
      reset: () => showIfNew({ ...loading }),
      fail(error) {
        if (error !== null) showIfNew({ ...loading, loading: false, error: unavailable(error) });
      },
    };
    const stops = [search.watch(watcher)];
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
    const { search, subscription, lookup, answer, loading } = this.#check(request);
    const release = subscription?.use();
    try {
      if (subscription !== null) await awaitServer(this.#context, search.store, subscription);
      this.#assertOpen();
      await search.store.whenLoaded();
      this.#assertOpen();
      return await new Promise<AnyAnswer>((resolve, reject) => {
        const stop = search.watch({
          lookup,
          *answer(ranked) {
            resolve(yield* answer(ranked, () => loading));
            stop();
          },
          reset() {},
          fail(error) {
            stop();
            reject(error === null ? closed() : unavailable(error));
          },
        });
      });
    } finally {
      release?.();
    }
  }

  #assertOpen(): void {
    if (this.#context.isClosed()) throw closed();
  }

  #check({ kind, map, text, options }: SearchRequest): Checked {
    const definition = this.#definitionOf(map, options.fields);
    const search = this.#searchOf(map, definition);
    const { store } = search;
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
        lookup: query,
        *answer(ranked, before) {
          const answer = yield* searchSteps(search, ranked, query, records.valueOf);
          return shownSearch(answer, records, isExpected(), before() as SearchState<unknown>);
        },
        loading: LOADING_SEARCH,
      };
    }
    const valueOf = (key: string) => store.values.get(key);
    const query = orThrow(parseSuggest(definition, text, options));
    return {
      search,
      subscription: null,
      lookup: query.search,
      *answer(ranked, before) {
        return shownSuggest(yield* suggestSteps(search, ranked, query, valueOf), before() as SuggestState);
      },
      loading: LOADING_SUGGEST,
    };
  }

  /** The map's own; without one, that of the fields that the search names. */
  #definitionOf(map: string, fields: readonly string[] | undefined): SearchDefinition {
    const { definitions } = this.#context;
    const own = Object.hasOwn(definitions, map) ? definitions[map] : undefined;
    const input: SearchDefinitionInput | undefined = own ?? (fields === undefined ? undefined : { fields });
    if (input !== undefined) return orThrow(parseSearchDefinition(input, this.#context.schemaOf(map)));
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
      search = new MapSearch(definition, this.#context.storeOf(map), {
        ...this.#context,
        hosts: this.#hosts,
        // On the page making text of an index would take longer than a frame.
        savedIndexes: this.#context.startWorker === null ? () => null : this.#context.savedIndexes,
      });
      this.#searches.set(id, search);
    }
    return search;
  }
}

function orThrow<T>(result: Result<T, SearchError>): T {
  if (result.ok) return result.value;
  throw new TopGunError('bad-search', describeSearchError(result.error), { cause: result.error });
}

const closed = (): TopGunError => new TopGunError('closed', 'This client is closed.');

function unavailable(error: unknown): TopGunError {
  const message =
    'No index can be kept: there is no worker, and the code of the search could not be fetched, or has failed.';
  return new TopGunError('search-unavailable', message, { cause: error });
}
