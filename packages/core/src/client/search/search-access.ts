import { TopGunError } from '../../primitives/index.js';
import { fetchedOnce } from './fetched-once.js';
import type { SearchContext, SearchEngine } from './search-engine.js';

/** The way to the search engine: its code is fetched when somebody searches for the first time, or says that somebody is about to. */
export class SearchAccess {
  readonly context: SearchContext;
  readonly #load: (context: SearchContext) => Promise<SearchEngine>;
  #engine: Promise<SearchEngine> | null = null;

  constructor(context: SearchContext, load: (context: SearchContext) => Promise<SearchEngine> = loadEngine) {
    this.context = context;
    this.#load = load;
  }

  /** @throws TopGunError `search-unavailable` when its code cannot be fetched; the next call tries again */
  engine(): Promise<SearchEngine> {
    this.#engine ??= this.#load(this.context).catch((error: unknown) => {
      this.#engine = null;
      const message = 'The code of the search could not be fetched: the device is offline, perhaps.';
      throw new TopGunError('search-unavailable', message, { cause: error });
    });
    return this.#engine;
  }

  /** The client is closed. */
  stop(): void {
    this.#engine?.then(
      (engine) => engine.stop(),
      () => {},
    );
  }

  /** So that the code is there when the network is not. */
  prepare(): void {
    this.engine().catch(() => {});
  }
}

export const fetchEngine = fetchedOnce(() => import('./local-search.js'));

const loadEngine = async (context: SearchContext): Promise<SearchEngine> => {
  const { LocalSearch } = await fetchEngine();
  return new LocalSearch(context);
};
