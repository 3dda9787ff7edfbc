import type { TopGunError } from '../../primitives/index.js';
import { encodeCursor, QUERY_LIMITS, type Change, type Entry, type Query } from '../../query/index.js';
import type { ViewStore } from '../ports/view-store.js';
import { HeldRowsView } from './held-rows-view.js';
import type { MapObserver, MapStore } from './map-store.js';
import { matchingRecords } from './matching-records.js';
import type { Notifier } from './notifier.js';
import { showRows, type AnyRow, type ShownRows } from './row.js';
import type { Subscription } from './subscription.js';
import { WindowConfidence } from './window-confidence.js';

/**
 * - `loading`: nothing is known yet; an empty `data` says nothing
 * - `local`: what this device holds, shown at once
 * - `settled`: the server's rows and order, with this client's pending writes (SY-5)
 * - `error`: the server refuses the query; `data` is what this device holds
 */
export type ViewStatus = 'loading' | 'local' | 'settled' | 'error';

/** What a view shows. The object, its `data` and each row keep their identity while nothing about them changes. */
export interface ViewState<R = AnyRow> {
  readonly data: readonly R[];
  readonly settled: boolean;
  readonly status: ViewStatus;
  readonly error: TopGunError | null;
  /** There are rows beyond the limit: `loadMore` shows them. */
  readonly hasMore: boolean;
  /** A larger window is asked for, and not yet shown. */
  readonly isLoadingMore: boolean;
}

export const INITIAL_VIEW_STATE: ViewState<never> = {
  data: [],
  settled: false,
  status: 'loading',
  error: null,
  hasMore: false,
  isLoadingMore: false,
};

/** From so many keys in one batch on, starting over may be cheaper than stepping. */
const RELOAD_KEYS = 512;

export interface LiveViewOptions {
  /** With what is shown of a row, of which the subscription knows nothing. */
  readonly query: Query;
  readonly store: MapStore;
  readonly subscription: Subscription;
  readonly notifier: Notifier;
  readonly createViewStore: (initial: ViewState) => ViewStore<ViewState>;
  /** There is no server: what storage holds is all there is. */
  readonly isLocalOnly: boolean;
}

/**
 * One query over one map, shared by its handles: the engine's view over the rows that count, and a store with what it shows.
 * While it has listeners every batch flows through it; otherwise it catches up when read.
 *
 * Which rows count (SY-5): before the server's first answer all visible rows of the map; after it the members the server
 * named, and what this client has pending or has had acked beyond `through`.
 */
export class LiveView implements MapObserver {
  readonly #options: LiveViewOptions;
  readonly #view: HeldRowsView;
  readonly #confidence: WindowConfidence;
  readonly #states: ViewStore<ViewState>;
  #state: ViewState = INITIAL_VIEW_STATE;
  #shown: ShownRows = { entries: [], rows: [] };
  #cursor: (Entry & { readonly token: string }) | null = null;
  #isStale = true;
  #isPublishing = false;
  /** What the engine's view was last brought up to. */
  #revision = -1;
  #generation = -1;
  #listeners = 0;
  #detach: (() => void) | null = null;

  constructor(options: LiveViewOptions) {
    const { query } = options;
    this.#options = options;
    this.#view = new HeldRowsView({ query, each: matchingRecords(options.store, query) });
    this.#confidence = new WindowConfidence(query, options.store, options.subscription);
    this.#states = options.createViewStore(INITIAL_VIEW_STATE);
  }

  /** What it shows now; the same object until something about it changes. */
  read(): ViewState {
    if (this.#detach === null) this.#catchUp();
    if (this.#isStale) this.#refresh();
    return this.#state;
  }

  /** Asks the server, and calls the listener at every change of what is shown. */
  subscribe(listener: (state: ViewState) => void): () => void {
    const { notifier, subscription } = this.#options;
    const release = subscription.use();
    this.#listeners++;
    this.#attach();
    const unsubscribe = this.#states.subscribe((state) => notifier.guard(() => listener(state)));
    let isListening = true;
    return () => {
      if (!isListening) return;
      isListening = false;
      unsubscribe();
      this.#listeners--;
      release();
      // As with the subscription: whoever comes back at once finds everything in place.
      if (this.#listeners === 0) void Promise.resolve().then(() => this.#detachUnused());
    };
  }

  /** The place of the last row shown, for a query that begins after it; `null`: there are no rows beyond it. */
  nextCursor(now: number): string | null {
    const { query } = this.#options;
    if (!this.read().hasMore) return null;
    const last = this.#view.rows().at(-1);
    if (last === undefined) return null;
    const place = this.#placeOf(last);
    const made = this.#cursor;
    if (made?.key === place.key && made.value === place.value) return made.token;
    const token = encodeCursor(query, place, now);
    this.#cursor = { ...place, token };
    return token;
  }

  /** Whether what the server has answered is of that ledger position, or a later one. */
  isCompleteThrough(position: number): boolean {
    const { subscription } = this.#options;
    return subscription.isSettled && subscription.through >= position;
  }

  take(keys: readonly string[]): void {
    const { store, subscription } = this.#options;
    if (subscription.generation !== this.#generation) {
      this.#confidence.touch(null);
      this.#startOver(keys);
    } else if (keys.length >= RELOAD_KEYS && keys.length > this.#view.size) {
      this.#confidence.touch(null);
      this.#load();
    } else if (keys.length > 0) {
      this.#confidence.touch(keys);
      this.#view.apply(keys.map((key) => this.#changeOf(key)));
    }
    this.#revision = store.revision;
    this.#isStale = true;
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    this.#options.notifier.enqueue(this.#publish);
  }

  readonly #publish = (): void => {
    this.#isPublishing = false;
    this.#states.setState(this.read());
  };

  #attach(): void {
    if (this.#detach !== null) return;
    this.#catchUp();
    this.#detach = this.#options.store.observe(this);
    this.#states.setState(this.read());
  }

  #detachUnused(): void {
    if (this.#listeners > 0) return;
    this.#detach?.();
    this.#detach = null;
  }

  #catchUp(): void {
    const { store, subscription } = this.#options;
    if (this.#revision === store.revision && this.#generation === subscription.generation) return;
    this.#revision = store.revision;
    this.#generation = subscription.generation;
    this.#confidence.touch(null);
    this.#load();
    this.#isStale = true;
  }

  #load(): void {
    if (this.#options.subscription.isSettled) this.#view.load(this.#candidates());
    else this.#view.loadAll();
  }

  /**
   * The members were replaced as a whole. Where they are many, few rows come or go as a rule: those are stepped over rather than sorted
   * again. `touched`: what may have changed beside.
   */
  #startOver(touched: readonly string[]): void {
    const { store, subscription } = this.#options;
    const { members, isSettled } = subscription;
    this.#generation = subscription.generation;
    const next = isSettled ? members.size : store.values.size;
    if (this.#options.query.limit !== null || next < RELOAD_KEYS || next > 2 * this.#view.size) return this.#load();
    const keys = new Set(isSettled ? this.#candidateKeys() : store.values.keys());
    for (const { key } of this.#view.rows()) keys.add(key);
    for (const key of touched) keys.add(key);
    this.#view.apply(Array.from(keys, (key) => this.#changeOf(key)));
  }

  #changeOf(key: string): Change {
    const after = this.#isCandidate(key) ? this.#options.store.values.get(key) : undefined;
    // The engine's view knows what it holds, and does not read `before`.
    return { key, before: undefined, after };
  }

  #isCandidate(key: string): boolean {
    const { store, subscription } = this.#options;
    return (
      !subscription.isSettled ||
      subscription.members.has(key) ||
      store.overlay.isPending(key) ||
      store.acks.isAfter(key, subscription.through)
    );
  }

  /** Of a settled subscription. */
  *#candidateKeys(): Iterable<string> {
    const { store, subscription } = this.#options;
    yield* subscription.members;
    yield* store.overlay.pendingKeys();
    yield* store.acks.keysAfter(subscription.through);
  }

  *#candidates(): Iterable<Entry> {
    const { values } = this.#options.store;
    for (const key of new Set(this.#candidateKeys())) {
      const value = values.get(key);
      if (value !== undefined) yield { key, value };
    }
  }

  /** What a row is sorted by may be no part of what is shown of it. */
  #placeOf(row: Entry): Entry {
    if (this.#options.query.groupBy !== undefined) return row;
    return { key: row.key, value: this.#options.store.values.get(row.key) ?? row.value };
  }

  #refresh(): void {
    this.#isStale = false;
    const { store, subscription, isLocalOnly } = this.#options;
    const entries = this.#view.rows();
    this.#shown = showRows(entries, this.#shown);
    const data = this.#shown.rows;
    const { error } = subscription;
    const isLoaded = store.status === 'loaded';
    // Rows of the server's answer show with those of storage: until then there are members without a value.
    const settled =
      isLoaded && (isLocalOnly || (subscription.isSettled && this.#confidence.isSure(this.#lastPlace(entries))));
    const status = error !== null ? 'error' : settled ? 'settled' : isLoaded ? 'local' : 'loading';
    const next = { data, settled, status, error, hasMore: this.#hasMore(), isLoadingMore: false } as const;
    if (!isSameState(next, this.#state)) this.#state = next;
  }

  /** The last row of a full window. */
  #lastPlace(entries: readonly Entry[]): Entry | undefined {
    const { limit } = this.#options.query;
    const last = limit === null ? undefined : entries[limit - 1];
    return last && this.#placeOf(last);
  }

  /** Some are here beyond the limit, or the server's window is full, so that it may hold back others. */
  #hasMore(): boolean {
    const { query, subscription } = this.#options;
    const { isFull } = subscription;
    if (query.limit === null || query.limit >= QUERY_LIMITS.limit) return false;
    return isFull || this.#view.isCut || this.#view.size > query.limit;
  }
}

function isSameState(a: ViewState, b: ViewState): boolean {
  return (
    a.data === b.data &&
    a.status === b.status &&
    a.settled === b.settled &&
    a.error === b.error &&
    a.hasMore === b.hasMore
  );
}
