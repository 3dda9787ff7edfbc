import type { TopGunError, Value } from '../../primitives/index.js';
import { isCandidate } from '../state/confirmed-map.js';
import type { MapStore } from '../state/map-store.js';
import type { Subscription } from '../state/subscription.js';
import type { SearchResult, SearchSource } from './search-result.js';

/**
 * SE-40: the records that a search is about. Until the server has answered all that are held here; then those that it has found, and those that
 * this client has pending or just had acked, as of any query (SY-5).
 */
export class SearchedRecords {
  readonly #store: MapStore;
  readonly #subscription: Subscription | null;

  constructor(store: MapStore, subscription: Subscription | null) {
    this.#store = store;
    this.#subscription = subscription;
  }

  readonly valueOf = (key: string): Value | undefined => {
    const subscription = this.#subscription;
    const map = { store: this.#store, subscriptions: subscription === null ? [] : [subscription] };
    return isCandidate(map, this.isSettled, key) ? this.#store.values.get(key) : undefined;
  };

  /** The server's answer is known. */
  get isSettled(): boolean {
    return this.#subscription?.isSettled ?? false;
  }

  get error(): TopGunError | null {
    return this.#subscription?.error ?? null;
  }

  readonly sourceOf = (key: string): SearchResult<unknown>['source'] =>
    this.isSettled && this.#subscription?.members.has(key) === true ? 'server' : 'local';

  sourceOfAll(results: readonly { readonly key: string }[]): SearchSource {
    if (!this.isSettled) return 'local';
    return results.some(({ key }) => this.sourceOf(key) === 'local') ? 'both' : 'server';
  }
}
