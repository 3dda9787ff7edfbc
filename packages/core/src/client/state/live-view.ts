import type { TopGunError } from '../../primitives/index.js';
import { encodeCursor, type Entry, type Query } from '../../query/index.js';
import type { ViewStore } from '../ports/view-store.js';
import type { Notifier } from './notifier.js';
import type { RowSource } from './row-source.js';
import { showRows, type AnyRow, type ShownRows } from './row.js';

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

export interface LiveViewOptions {
  readonly query: Query;
  readonly source: RowSource;
  readonly notifier: Notifier;
  readonly createViewStore: (initial: ViewState) => ViewStore<ViewState>;
}

/**
 * What one query shows, shared by its handles: a source of rows, and a store with what it says. While it has listeners
 * every batch flows through it; otherwise it catches up when read.
 */
export class LiveView {
  readonly #options: LiveViewOptions;
  readonly #states: ViewStore<ViewState>;
  #state: ViewState = INITIAL_VIEW_STATE;
  #shown: ShownRows = { entries: [], rows: [] };
  #cursor: (Entry & { readonly token: string }) | null = null;
  #isStale = true;
  #isPublishing = false;
  #listeners = 0;
  #unwatch: (() => void) | null = null;

  constructor(options: LiveViewOptions) {
    this.#options = options;
    this.#states = options.createViewStore(INITIAL_VIEW_STATE);
  }

  /** What it shows now; the same object until something about it changes. */
  read(): ViewState {
    if (this.#unwatch === null && this.#options.source.catchUp()) this.#isStale = true;
    if (this.#isStale) this.#refresh();
    return this.#state;
  }

  /** Asks the server, and calls the listener at every change of what is shown. */
  subscribe(listener: (state: ViewState) => void): () => void {
    const { notifier, source } = this.#options;
    const release = source.use();
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
    const { query, source } = this.#options;
    if (!this.read().hasMore) return null;
    const last = source.rows().at(-1);
    if (last === undefined) return null;
    const place = source.placeOf(last);
    const made = this.#cursor;
    if (made?.key === place.key && made.value === place.value) return made.token;
    const token = encodeCursor(query, place, now);
    this.#cursor = { ...place, token };
    return token;
  }

  /** Whether what the server has answered is of that ledger position, or a later one. */
  isCompleteThrough(position: number): boolean {
    return this.#options.source.isCompleteThrough(position);
  }

  readonly #changed = (): void => {
    this.#isStale = true;
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    this.#options.notifier.enqueue(this.#publish);
  };

  readonly #publish = (): void => {
    this.#isPublishing = false;
    this.#states.setState(this.read());
  };

  #attach(): void {
    if (this.#unwatch !== null) return;
    const { source } = this.#options;
    if (source.catchUp()) this.#isStale = true;
    this.#unwatch = source.watch(this.#changed);
    this.#states.setState(this.read());
  }

  #detachUnused(): void {
    if (this.#listeners > 0) return;
    this.#unwatch?.();
    this.#unwatch = null;
  }

  #refresh(): void {
    this.#isStale = false;
    const { source } = this.#options;
    this.#shown = showRows(source.rows(), this.#shown);
    const { isLoaded, isSettled: settled, error, hasMore } = source.standing();
    const status = error !== null ? 'error' : settled ? 'settled' : isLoaded ? 'local' : 'loading';
    const next: ViewState = { data: this.#shown.rows, settled, status, error, hasMore, isLoadingMore: false };
    if (!isSameState(next, this.#state)) this.#state = next;
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
