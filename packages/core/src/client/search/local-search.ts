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
  type Ranking,
  type SearchDefinition,
  type SearchDefinitionInput,
  type SearchError,
  type SearchQuery,
  type SuggestQuery,
} from '../../search/index.js';
import type { Subscription } from '../state/subscription.js';
import { awaitServer } from './await-server.js';
import { IndexHosts } from './index-hosts.js';
import { MergedFacts, mergeCompletions } from './merged-facts.js';
import { ServerFacts } from './server-facts.js';
import { MapSearch, type IndexWatcher } from './map-search.js';
import type { AnyAnswer, LiveAnswer, SearchContext, SearchEngine } from './search-engine.js';
import type { SearchRequest } from './search-request.js';
import { LOADING_SEARCH, LOADING_SUGGEST, type SearchState, type SuggestState } from './search-result.js';
import { fetchPageHost } from './page-host.js';
import { SearchedRecords } from './searched-records.js';
import { shownSearch, shownSuggest } from './shown-answer.js';

/** A request that was checked, with the index that answers it. */
interface Checked {
  readonly search: MapSearch;
  /** What is asked of the server as well. */
  readonly subscription: Subscription | null;
  readonly lookup: Lookup;
  /** The answer as it is shown, in steps; `before()` itself where nothing differs. */
  readonly answer: (ranking: Ranking, before: () => AnyAnswer) => Generator<void, AnyAnswer>;
  /** SE-44: what the server knows of what it does not send. */
  readonly facts: ServerFacts | null;
  /** Nothing more is to be expected of the server for now. */
  readonly isAnswered: () => boolean;
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
        const { localHost } = await fetchPageHost();
        return (definitionOf) => localHost(takeSteps, definitionOf);
      },
    });
  }

  stop(): void {
    for (const search of this.#searches.values()) search.stop();
    this.#hosts.stop();
  }

  follow(request: SearchRequest, show: (answer: AnyAnswer) => void): LiveAnswer {
    const { search, subscription, lookup, answer, facts, loading } = this.#check(request);
    let shown = loading;
    const showIfNew = (next: AnyAnswer): void => {
      if (next === shown) return;
      shown = next;
      show(next);
    };
    const watcher: IndexWatcher = {
      lookup,
      *answer(ranking) {
        showIfNew(yield* answer(ranking, () => shown));
      },
      // Another object, for whoever still shows what was there before.
      reset() {
        facts?.reset();
        showIfNew({ ...loading });
      },
      fail(error) {
        if (error !== null) showIfNew({ ...loading, loading: false, error: unavailable(error) });
      },
    };
    const stops = [search.watch(watcher), () => facts?.reset()];
    if (facts !== null) stops.push(facts.onChange(() => search.touch()));
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
    const { search, subscription, lookup, answer, facts, isAnswered, loading } = this.#check(request);
    const release = subscription?.use();
    try {
      if (facts !== null) await awaitServer(this.#context, search.store, facts, isAnswered);
      this.#assertOpen();
      await search.store.whenLoaded();
      this.#assertOpen();
      return await new Promise<AnyAnswer>((resolve, reject) => {
        const stop = search.watch({
          lookup,
          *answer(ranking) {
            resolve(yield* answer(ranking, () => loading));
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
      facts?.reset();
      release?.();
    }
  }

  #assertOpen(): void {
    if (this.#context.isClosed()) throw closed();
  }

  #check({ kind, map, text, options }: SearchRequest): Checked {
    const definition = this.#definitionOf(map, options.fields);
    const search = this.#searchOf(map, definition);
    return kind === 'search'
      ? this.#checkSearch(search, text, orThrow(parseSearch(definition, text, options)))
      : this.#checkSuggest(search, text, orThrow(parseSuggest(definition, text, options)));
  }

  #checkSearch(search: MapSearch, text: string, query: SearchQuery): Checked {
    const { definition, store } = search;
    const { after, facets: counted } = query;
    const isShownBefore = after !== null && 'shown' in after;
    // Of what comes after a place of this device the server is not asked: it knows another order, of more records.
    const isAsked = (after === null || isShownBefore) && (query.terms.length > 0 || query.vector !== null);
    const wire = wireSearch(definition, text, query);
    const subscription = isAsked ? this.#context.subscriptionOf(store.name, wire) : null;
    const records = new SearchedRecords(store, subscription);
    const isExpected = (): boolean =>
      subscription !== null && !records.isSettled && records.error === null && this.#context.mayAnswer();
    const question = { map: store.name, query: wire, facets: counted.map(({ name }) => name), complete: 0 };
    const facts = subscription === null ? null : new ServerFacts(this.#context, question);
    const merged = new MergedFacts(search, store, query);
    /** All that is found is here; or scores decide, which are this device's. */
    const isWhole = (): boolean => subscription?.isFull !== true || query.minScore !== null;
    return {
      search,
      subscription,
      facts,
      isAnswered() {
        if (records.error !== null || facts === null) return true;
        if (!records.isSettled || isWhole()) return records.isSettled;
        facts.use();
        return facts.isOver;
      },
      lookup: query,
      *answer(ranking, before) {
        const { isSettled } = records;
        const next = isSettled || isShownBefore ? 'shown' : 'place';
        const answer = yield* searchSteps(search, ranking, query, records.valueOf, { next });
        if (isSettled && !isWhole()) facts?.use();
        const said = isSettled && !isWhole() ? (facts?.said ?? null) : null;
        const here = isSettled && subscription?.isFull === false ? records.sourceOfAll(answer.hits) : 'local';
        const counts = said === null ? { ...answer, counted: here } : yield* merged.merge(said);
        if (said !== null && merged.isBehind) facts?.renew();
        return shownSearch(answer, counts, records, isExpected(), before() as SearchState<unknown>);
      },
      loading: LOADING_SEARCH,
    };
  }

  #checkSuggest(search: MapSearch, text: string, query: SuggestQuery): Checked {
    const { definition, store } = search;
    const wire = wireSearch(definition, text, query.search);
    const question = { map: store.name, query: wire, facets: [], complete: query.limit };
    const facts = new ServerFacts(this.#context, question);
    const merged = new MergedFacts(search, store, query.search);
    return {
      search,
      subscription: null,
      facts,
      isAnswered() {
        facts.use();
        return facts.isOver;
      },
      lookup: query.search,
      *answer(ranking, before) {
        facts.use();
        const { said } = facts;
        const valueOf = said === null ? (key: string) => store.values.get(key) : yield* merged.newValueOf(said);
        const own = yield* suggestSteps(search, ranking.text, query, valueOf);
        if (said !== null && merged.isBehind) facts.renew();
        const shown =
          said === null
            ? own.map((one) => ({ ...one, source: 'local' as const }))
            : mergeCompletions(said.completions, own, query.limit);
        return shownSuggest(shown, before() as SuggestState);
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
