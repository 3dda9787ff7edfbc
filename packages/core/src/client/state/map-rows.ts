import type { Value } from '../../primitives/index.js';
import {
  compileRowTest,
  HeldRowsView,
  QUERY_LIMITS,
  type Entry,
  type FindRecords,
  type Query,
  type RowTest,
} from '../../query/index.js';
import { candidateKeys, candidates, isCandidate, type ConfirmedMap } from './confirmed-map.js';
import type { MapObserver, MapStore } from './map-store.js';
import { candidateRecords } from './candidate-records.js';
import type { RowSource, Standing } from './row-source.js';
import type { Subscription } from './subscription.js';
import { WindowConfidence } from './window-confidence.js';

/** From so many keys in one batch on, starting over may be cheaper than stepping. */
const RELOAD_KEYS = 512;

export interface MapRowsOptions {
  /** With what is shown of a row, of which the subscription knows nothing. */
  readonly query: Query;
  readonly store: MapStore;
  readonly subscription: Subscription;
  /** There is no server: what storage holds is all there is. */
  readonly isLocalOnly: boolean;
}

/** The records of one map that meet a query: the engine's view over those that count (SY-5). */
export class MapRows implements RowSource, MapObserver {
  readonly #options: MapRowsOptions;
  readonly #map: ConfirmedMap;
  readonly #find: FindRecords;
  readonly #matches: RowTest;
  readonly #view: HeldRowsView;
  readonly #confidence: WindowConfidence;
  #changed: () => void = () => {};
  /** What the engine's view was last brought up to. */
  #revision = -1;
  #generation = -1;

  constructor(options: MapRowsOptions) {
    const { query, store, subscription } = options;
    this.#options = options;
    this.#map = { store, subscriptions: [subscription] };
    this.#find = candidateRecords(store, query);
    this.#matches = compileRowTest(query);
    this.#view = new HeldRowsView({ query, find: this.#find });
    this.#confidence = new WindowConfidence(query, store, subscription);
  }

  rows(): readonly Entry[] {
    return this.#view.rows();
  }

  standing(): Standing {
    const { store, subscription, isLocalOnly } = this.#options;
    const isLoaded = store.status === 'loaded';
    // Rows of the server's answer show with those of storage: until then there are members without a value.
    const isSettled =
      isLoaded && (isLocalOnly || (subscription.isSettled && this.#confidence.isSure(this.#lastPlace())));
    return { isLoaded, isSettled, error: subscription.error, hasMore: this.#hasMore() };
  }

  placeOf(row: Entry): Entry {
    return { key: row.key, value: this.#options.store.values.get(row.key) ?? row.value };
  }

  use(): () => void {
    return this.#options.subscription.use();
  }

  isCompleteThrough(position: number): boolean {
    const { subscription } = this.#options;
    return subscription.isSettled && subscription.through >= position;
  }

  watch(changed: () => void): () => void {
    this.#changed = changed;
    return this.#options.store.observe(this);
  }

  take(keys: readonly string[]): void {
    const { store, subscription } = this.#options;
    if (subscription.generation !== this.#generation) {
      this.#confidence.touch(null);
      this.#startOver(keys);
    } else if (keys.length >= RELOAD_KEYS && keys.length > this.#view.size && !this.#view.isCut) {
      this.#confidence.touch(null);
      this.#load();
    } else if (keys.length > 0) {
      this.#confidence.touch(keys);
      this.#view.step(keys, this.#countingValue);
    }
    this.#revision = store.revision;
    this.#changed();
  }

  catchUp(): boolean {
    const { store, subscription } = this.#options;
    if (this.#revision === store.revision && this.#generation === subscription.generation) return false;
    this.#revision = store.revision;
    this.#generation = subscription.generation;
    this.#confidence.touch(null);
    this.#load();
    return true;
  }

  #load(): void {
    if (this.#options.subscription.isSettled) this.#view.load(candidates(this.#map));
    else this.#view.loadAll();
  }

  /**
   * The members were replaced as a whole. Where they are many, few rows come or go as a rule: those are found and stepped over, rather than
   * all sorted again. `touched`: what may have changed beside.
   */
  #startOver(touched: readonly string[]): void {
    const { query, store, subscription } = this.#options;
    const { members, isSettled } = subscription;
    this.#generation = subscription.generation;
    const next = isSettled ? members.size : store.values.size;
    if (query.limit !== null || next < RELOAD_KEYS || next > 2 * this.#view.size) return this.#load();
    const keys = new Set(touched);
    for (const { key } of this.#view.rows()) if (!isCandidate(this.#map, isSettled, key)) keys.add(key);
    const addNew = (key: string): void => {
      if (!this.#view.has(key)) keys.add(key);
    };
    if (isSettled) for (const key of candidateKeys(this.#map)) addNew(key);
    else this.#find(null).each((key, value) => this.#matches(key, value) && addNew(key));
    this.#view.step(keys, this.#countingValue);
  }

  /** The record's value if it counts. */
  readonly #countingValue = (key: string): Value | undefined => {
    const { store, subscription } = this.#options;
    return isCandidate(this.#map, subscription.isSettled, key) ? store.values.get(key) : undefined;
  };

  /** The last row of a full window. */
  #lastPlace(): Entry | undefined {
    const { limit } = this.#options.query;
    const last = limit === null ? undefined : this.#view.rows()[limit - 1];
    return last && this.placeOf(last);
  }

  /** Some are here beyond the limit, or the server's window is full, so that it may hold back others. */
  #hasMore(): boolean {
    const { query, subscription } = this.#options;
    if (query.limit === null || query.limit >= QUERY_LIMITS.limit) return false;
    return subscription.isFull || this.#view.isCut || this.#view.size > query.limit;
  }
}
