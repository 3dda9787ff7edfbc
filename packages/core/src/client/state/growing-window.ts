import type { TopGunError } from '../../primitives/index.js';
import type { Query } from '../../query/index.js';
import { largerLimit } from './larger-limit.js';
import { INITIAL_VIEW_STATE, type LiveView, type ViewState } from './live-view.js';
import type { Notifier } from './notifier.js';

type Viewing = Pick<LiveView, 'read' | 'subscribe' | 'nextCursor'>;

/** What a handle shows. */
export interface ShownWindow {
  /** How many rows it shows at most, as far as it has grown. */
  readonly limit: number | null;
  /** What is shown now: the same object until something about it changes. */
  read(): ViewState;
  /** The place of the last row; `null` when there are none beyond. */
  nextCursor(now: number): string | null;
  subscribe(listener: (state: ViewState) => void): () => void;
  loadMore(): Promise<void>;
}

/** Of what is no query: it shows why, for ever. */
export function refusedWindow(error: TopGunError): ShownWindow {
  const state: ViewState = { ...INITIAL_VIEW_STATE, status: 'error', error };
  return {
    limit: null,
    read: () => state,
    nextCursor: () => null,
    subscribe: () => NOTHING,
    loadMore: () => Promise.resolve(),
  };
}

/**
 * CL-21: one handle's window on a limited query, which grows by a page at a time. Each size is a query of its own, shared with whoever asks
 * the same, so growing this one grows nobody else's.
 *
 * While the server has not answered for the larger window, the rows of the one before stay, kept current: a settled view does not fall back
 * to guesses. Where what is shown is no settled answer anyway, the larger window shows what this device holds, as soon as that is there.
 *
 * Holds the views it shows from its first use on, and subscribes to them while it has listeners.
 */
export class GrowingWindow implements ShownWindow {
  readonly #query: Query;
  readonly #open: (query: Query) => Viewing;
  readonly #notifier: Notifier;
  readonly #listeners = new Set<(state: ViewState) => void>();
  #limit: number | null;
  #view: Viewing | null = null;
  #release: () => void = NOTHING;
  #growth: Growth | null = null;
  #refusal: TopGunError | null = null;
  #told: ViewState | null = null;
  #marked: { readonly from: ViewState; readonly isLoadingMore: boolean; readonly as: ViewState } | null = null;

  constructor(query: Query, open: (query: Query) => Viewing, notifier: Notifier) {
    this.#query = query;
    this.#open = open;
    this.#notifier = notifier;
    this.#limit = query.limit;
  }

  get limit(): number | null {
    return this.#limit;
  }

  read(): ViewState {
    const from = this.#current().read();
    const isLoadingMore = this.#growth !== null;
    const error = from.error ?? this.#refusal;
    if (!isLoadingMore && error === from.error) return from;
    const marked = this.#marked;
    if (marked?.from === from && marked.isLoadingMore === isLoadingMore && marked.as.error === error) return marked.as;
    const as = { ...from, isLoadingMore, error };
    this.#marked = { from, isLoadingMore, as };
    return as;
  }

  nextCursor(now: number): string | null {
    return this.#current().nextCursor(now);
  }

  subscribe(listener: (state: ViewState) => void): () => void {
    // Its own function object: one listener twice makes two of it.
    const own = (state: ViewState): void => listener(state);
    if (this.#listeners.size === 0) {
      this.#release = this.#current().subscribe(this.#look);
      this.#told = this.read();
    }
    this.#listeners.add(own);
    return () => {
      if (!this.#listeners.delete(own) || this.#listeners.size > 0) return;
      // Nobody sees the step from one size to the other.
      if (this.#growth !== null) this.#grown(this.#growth);
      this.#release();
      this.#release = NOTHING;
    };
  }

  /** Grows by a page, if there is more. Resolves when the window has grown, or turned out not to. One page at a time. */
  loadMore(): Promise<void> {
    if (this.#growth !== null) return this.#growth.done;
    const limit = largerLimit(this.#query.limit, this.#limit);
    if (limit === null || !this.read().hasMore) return Promise.resolve();
    this.#refusal = null;
    const view = this.#open({ ...this.#query, limit });
    if (this.#listeners.size === 0) {
      this.#view = view;
      this.#limit = limit;
      return Promise.resolve();
    }
    let finish = NOTHING;
    const done = new Promise<void>((resolve) => (finish = resolve));
    this.#growth = { view, limit, release: view.subscribe(this.#look), done, finish };
    this.#notifier.enqueue(this.#look);
    return done;
  }

  readonly #look = (): void => {
    const growth = this.#growth;
    if (growth !== null) {
      const isSettled = this.#current().read().settled;
      const { settled, status, error } = growth.view.read();
      if (isSettled && error !== null) this.#refused(growth, error);
      // Of many records what this device holds takes some turns to be there.
      else if (settled || (!isSettled && status !== 'loading')) this.#grown(growth);
    }
    this.#publish();
  };

  #publish(): void {
    const state = this.read();
    if (state === this.#told) return;
    this.#told = state;
    for (const listener of [...this.#listeners]) this.#notifier.guard(() => listener(state));
  }

  #grown({ view, limit, release, finish }: Growth): void {
    this.#release();
    this.#growth = null;
    this.#view = view;
    this.#limit = limit;
    this.#release = release;
    finish();
  }

  #refused({ release, finish }: Growth, error: TopGunError): void {
    release();
    this.#growth = null;
    this.#refusal = error;
    finish();
  }

  #current(): Viewing {
    this.#view ??= this.#open({ ...this.#query, limit: this.#limit });
    return this.#view;
  }
}

/** The larger window that is waited for. */
interface Growth {
  readonly view: Viewing;
  readonly limit: number;
  readonly release: () => void;
  readonly done: Promise<void>;
  readonly finish: () => void;
}

const NOTHING = (): void => {};
