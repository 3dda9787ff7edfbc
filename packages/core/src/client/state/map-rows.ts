import { heldAtStart, type Value } from '../../primitives/index.js';
import {
  compileRowTest,
  HeldRowsView,
  QUERY_LIMITS,
  type Entry,
  type FindRecords,
  type Query,
  type RowTest,
} from '../../query/index.js';
import type { ViewTurns } from '../ports/view-turns.js';
import { candidateKeys, candidates, isCandidate, type ConfirmedMap } from './confirmed-map.js';
import type { MapObserver, MapStore } from './map-store.js';
import { candidateRecords } from './candidate-records.js';
import type { RowSource, Standing } from './row-source.js';
import type { Subscription } from './subscription.js';
import { TurnedLoad } from './turned-load.js';
import { WindowConfidence } from './window-confidence.js';

/** From so many keys in one batch on, starting over may be cheaper than stepping. */
const RELOAD_KEYS = 512;

export interface MapRowsOptions {
  /** With what is shown of a row, of which the subscription knows nothing. */
  readonly query: Query;
  readonly store: MapStore;
  readonly subscription: Subscription;
  readonly turns: ViewTurns;
  /** There is no server: what storage holds is all there is. */
  readonly isLocalOnly: boolean;
}

/** The records of one map that meet a query: the engine's view over those that count (SY-5). */
export class MapRows implements RowSource, MapObserver {
  readonly #options: MapRowsOptions;
  readonly #map: ConfirmedMap;
  /** The engine's view. `null`: nothing was to be shown yet, and it is not made before. */
  #held: HeldRowsView | null = null;
  #finder: FindRecords | null = null;
  #test: RowTest | null = null;
  /** What is to take the place of the view, once it is filled. */
  #next: TurnedLoad<HeldRowsView> | null = null;
  /** The view had all that counts of the loaded map when `#next` was begun. */
  #isComplete = false;
  /** It was filled since somebody caught up. */
  #isFilled = false;
  /** The view is of what the server has confirmed. */
  #isServers = false;
  #table: ReadonlyMap<string, Value> | null = null;
  #observers = 0;
  #sureness: WindowConfidence | null = null;
  #changed: () => void = NOTHING;
  #release: () => void = NOTHING;
  #unobserve: () => void = NOTHING;
  /** What the engine's view was last brought up to. */
  #revision = -1;
  #generation = -1;

  constructor(options: MapRowsOptions) {
    const { store, subscription } = options;
    this.#options = options;
    this.#map = { store, subscriptions: [subscription] };
  }

  rows(): readonly Entry[] {
    return this.#held?.rows() ?? NO_ROWS;
  }

  standing(): Standing {
    const { store, subscription, isLocalOnly } = this.#options;
    const isLoaded = store.status === 'loaded' && (this.#next === null || this.#isComplete);
    // Rows of the server's answer show with those of storage: until then there are members without a value.
    const isSettled =
      isLoaded &&
      this.#next === null &&
      (isLocalOnly || (subscription.isSettled && this.#confidence.isSure(this.#lastPlace())));
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
    return this.#observe();
  }

  take(keys: readonly string[]): void {
    const { store, subscription } = this.#options;
    if (subscription.generation !== this.#generation || (this.#next !== null && this.#table !== store.values)) {
      this.#sureness?.touch(null);
      this.#startOver(keys);
    } else if (this.#next !== null) {
      this.#sureness?.touch(keys);
      for (const key of keys) this.#next.touched.add(key);
      this.#stepMeanwhile(keys);
    } else if (keys.length >= RELOAD_KEYS && keys.length > this.#view.size && !this.#view.isCut) {
      this.#sureness?.touch(null);
      this.#load(this.#table !== store.values);
    } else if (keys.length > 0) {
      this.#sureness?.touch(keys);
      this.#view.step(keys, this.#countingValue);
    }
    if (this.#next === null) this.#isLoadedNow();
    this.#revision = store.revision;
    this.#changed();
  }

  catchUp(): boolean {
    const { store, subscription } = this.#options;
    const isFilled = this.#isFilled;
    this.#isFilled = false;
    if (this.#revision === store.revision && this.#generation === subscription.generation) return isFilled;
    this.#revision = store.revision;
    this.#generation = subscription.generation;
    // The first look of a view that opens with the app, as a rule.
    const isNothingHere = this.#held === null && this.#next === null && store.values.size === 0;
    if (isNothingHere && store.status === 'loading' && !subscription.isSettled) return true;
    this.#sureness?.touch(null);
    this.#load(!this.#isComplete || this.#table !== store.values);
    return true;
  }

  /** `mayWait`: what counts need not be shown at once. */
  #load(mayWait: boolean): void {
    const records = mayWait ? this.#manyRecords() : null;
    if (records !== null) return this.#fill(records);
    this.#stop();
    const { store, subscription } = this.#options;
    if (subscription.isSettled) this.#view.load(candidates(this.#map));
    // Before the map is loaded and where nothing is pending there is nothing to look for, nor was there before.
    else if (store.status === 'loaded' || store.values.size > 0 || this.#size > 0) this.#view.loadAll();
    this.#isLoadedNow();
  }

  /** The view is of all that is here. */
  #isLoadedNow(): void {
    const { store, subscription } = this.#options;
    this.#table = store.values;
    this.#isServers = subscription.isSettled;
    this.#isComplete = store.status === 'loaded';
  }

  /** All that is to be looked at where that is too much for one turn, live; otherwise `null`. */
  #manyRecords(): Iterable<readonly [key: string, value: Value]> | null {
    const { query, store, subscription, turns } = this.#options;
    if (query.limit !== null) return null;
    if (subscription.isSettled) {
      return subscription.members.size <= turns.recordsAtOnce ? null : valuesOf(candidateKeys(this.#map), store.values);
    }
    // Before the map is loaded there is what is pending, which is to show.
    if (store.status !== 'loaded') return null;
    if (store.indexes.plan(query.where).candidates <= turns.recordsAtOnce) return null;
    // What is missed is noted.
    store.indexes.select(query.where);
    return heldAtStart(store.values);
  }

  /** Begins what takes the place of the view when it is filled. Until then that goes on with what it has. */
  #fill(records: Iterable<readonly [key: string, value: Value]>): void {
    const { query, store, turns } = this.#options;
    this.#stop();
    if (this.#table !== store.values) this.#isComplete = false;
    this.#table = store.values;
    const next = new TurnedLoad(new HeldRowsView({ query, find: this.#find }));
    this.#next = next;
    this.#release = this.#observe();
    if (!this.#isComplete) this.#stepMeanwhile([...store.overlay.pendingKeys()]);
    next.begin(turns, records, () => {
      next.view.step(next.touched, this.#countingValue);
      this.#held = next.view;
      this.#stop();
      this.#isLoadedNow();
      this.#isFilled = true;
      this.#sureness?.touch(null);
      this.#changed();
    });
  }

  /** What is being filled is not. */
  #stop(): void {
    this.#next?.stop();
    this.#next = null;
    this.#release();
    this.#release = NOTHING;
  }

  /** CL-1: what is written here shows; of a view that is not complete no more than that and what showed before. */
  #stepMeanwhile(keys: readonly string[]): void {
    const { overlay, values } = this.#options.store;
    const isShown = (key: string): boolean => this.#isComplete || this.#view.has(key) || overlay.isPending(key);
    this.#view.step(keys.filter(isShown), (key) => values.get(key));
  }

  #observe(): () => void {
    if (this.#observers++ === 0) this.#unobserve = this.#options.store.observe(this);
    return () => {
      if (--this.#observers === 0) this.#unobserve();
    };
  }

  /**
   * The members were replaced as a whole. Where they are many, few rows come or go as a rule: those are found and stepped over, rather than
   * all sorted again. `touched`: what may have changed beside.
   */
  #startOver(touched: readonly string[]): void {
    const { query, store, subscription } = this.#options;
    const { members, isSettled } = subscription;
    this.#generation = subscription.generation;
    // What this device holds goes on showing until there is the server's answer; not the other way round.
    const mayWait = !this.#isComplete || (isSettled && !this.#isServers);
    const next = isSettled ? members.size : store.values.size;
    if (query.limit !== null || next < RELOAD_KEYS || next > 2 * this.#view.size) return this.#load(mayWait);
    if (this.#next !== null && !this.#isComplete) return this.#load(true);
    this.#stop();
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
    return subscription.isFull || this.#held?.isCut === true || this.#size > query.limit;
  }

  /** How many rows are held, those beyond the limit included. */
  get #size(): number {
    return this.#held?.size ?? 0;
  }

  get #view(): HeldRowsView {
    this.#held ??= new HeldRowsView({ query: this.#options.query, find: this.#find });
    return this.#held;
  }

  get #find(): FindRecords {
    this.#finder ??= candidateRecords(this.#options.store, this.#options.query);
    return this.#finder;
  }

  get #matches(): RowTest {
    this.#test ??= compileRowTest(this.#options.query);
    return this.#test;
  }

  get #confidence(): WindowConfidence {
    const { query, store, subscription } = this.#options;
    this.#sureness ??= new WindowConfidence(query, store, subscription);
    return this.#sureness;
  }
}

const NOTHING = (): void => {};
const NO_ROWS: readonly Entry[] = [];

function* valuesOf(
  keys: Iterable<string>,
  values: ReadonlyMap<string, Value>,
): Iterable<readonly [key: string, value: Value]> {
  for (const key of keys) {
    const value = values.get(key);
    if (value !== undefined) yield [key, value];
  }
}
