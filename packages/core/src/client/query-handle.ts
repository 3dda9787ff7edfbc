import type { TopGunError } from '../primitives/index.js';
import {
  explainPlan,
  flattenQuery,
  wantedOrder,
  type PlanExplanation,
  type Query,
  type RelatedExplanation,
} from '../query/index.js';
import { awaitAnswer, releaseAfter, whyNoAnswer, whyNoRows } from './await-answer.js';
import type { ClientRuntime } from './session/client-runtime.js';
import { GrowingWindow, refusedWindow, type ShownWindow } from './state/growing-window.js';
import { INITIAL_VIEW_STATE, type ViewState } from './state/live-view.js';
import { recordSyncState, type RecordSyncState } from './state/record-sync-state.js';
import type { AnyRow } from './state/row.js';
import { changesBetween, type ChangeEvent } from './state/row-changes.js';
import { RowSyncStates } from './state/row-sync-states.js';
import { subscriptionKey } from './tabs/subscription-key.js';

/** What a subscriber hears beside the rows. */
export type QueryMeta = Omit<ViewState, 'data'>;

/** What has to be there: what this device holds, or the server's answer. */
export type Readiness = 'local' | 'settled';

/** How a limited query stands. */
export interface PaginationInfo {
  /** `loadMore` brings further rows. */
  readonly hasMore: boolean;
  /** A larger window is asked for, and not yet shown. */
  readonly isLoadingMore: boolean;
  /** How many rows are shown at most, as far as the window has grown; `null`: all there are. */
  readonly limit: number | null;
  /** The place of the last row, as the `cursor` of a query for what comes after it; `null` when nothing does. */
  readonly nextCursor: string | null;
  /**
   * How the query's own `cursor` stood when it was asked: `none` when it has none. One is `invalid` that is of another query, or no cursor, and `expired` when it is
   * of long before this client was made; then there are no rows, and an error that says so.
   */
  readonly cursorStatus: CursorStatus;
}

export type CursorStatus = 'none' | 'valid' | 'expired' | 'invalid';

/** What a handle is asked for: a query, or one whose cursor is of no use. */
export type AskedQuery = Query | { readonly cursorStatus: 'expired' | 'invalid'; readonly error: TopGunError };

/**
 * A live query. Costs nothing until it is read or subscribed to; while it has subscribers the server keeps it current. Handles of
 * one query share everything but how far each has grown (`loadMore`). `R` is the type of its rows.
 */
export class QueryHandle<R> {
  /** Names map and query: two handles with the same key ask the same, however their queries were written. */
  readonly key: string;
  readonly #map: string;
  readonly #query: AskedQuery;
  readonly #runtime: ClientRuntime;
  #window: ShownWindow | null = null;
  #states: RowSyncStates | null = null;

  /** @internal Made by `TopGunClient.query`. */
  constructor(map: string, query: AskedQuery, runtime: ClientRuntime) {
    this.key = 'error' in query ? `${map}\0${query.error.code}` : subscriptionKey(map, query);
    this.#map = map;
    this.#query = query;
    this.#runtime = runtime;
  }

  /**
   * Calls the listener with the rows at every change of them or of `meta`, synchronously with the write or message that caused it.
   * The first call is at once, unless nothing is known yet (`loading`). Returns the unsubscribe.
   */
  readonly subscribe = (listener: (rows: readonly R[], meta: QueryMeta) => void): (() => void) => {
    const call = (state: ViewState): void => listener(state.data as readonly unknown[] as readonly R[], state);
    const unsubscribe = this.#live().subscribe(call);
    const state = this.#live().read();
    if (state.status !== 'loading') call(state);
    return unsubscribe;
  };

  /** Calls the listener with what each change did to the rows, beginning with the rows there are. Returns the unsubscribe. */
  readonly onChanges = (listener: (changes: readonly ChangeEvent<R>[]) => void): (() => void) => {
    let before: readonly AnyRow[] = [];
    return this.subscribe(() => {
      const { data } = this.#live().read();
      const changes = changesBetween(before, data);
      before = data;
      if (changes.length > 0) listener(changes as readonly unknown[] as readonly ChangeEvent<R>[]);
    });
  };

  /**
   * CL-21: shows another page of a limited query: as many rows more as the query's `limit`. The rows there are stay while the larger window is
   * asked for, and its rows are kept current as one list, so none is lost or shown twice, whatever is written meanwhile. Resolves when the rows are
   * shown or could not be had (`error`); does nothing without `hasMore`, nor while it is at it. Other handles do not grow with this one.
   */
  readonly loadMore = (): Promise<void> => this.#live().loadMore();

  /** How a limited query stands. */
  readonly getPaginationInfo = (): PaginationInfo => {
    const window = this.#live();
    const { hasMore, isLoadingMore } = window.read();
    const nextCursor = window.nextCursor(this.#runtime.environment.clock.now());
    return { hasMore, isLoadingMore, limit: window.limit, nextCursor, cursorStatus: cursorStatusOf(this.#query) };
  };

  /**
   * CL-32: how this device finds the records of the query, as it would be done now: which indexes are used, and how many records have to be looked at. Asking
   * makes no index. `null` for a query that is refused.
   */
  readonly explain = (): PlanExplanation | null => {
    if ('error' in this.#query) return null;
    const { where, include } = this.#query;
    const { indexes } = this.#runtime.stores.use(this.#map);
    const order = include === undefined ? wantedOrder(this.#query) : null;
    const plan = explainPlan(indexes.plan(where, order), indexes.size);
    return include === undefined ? plan : { ...plan, related: this.#explainRelated(this.#query) };
  };

  /** The answer now: the same object until something about it changes, so it suits `useSyncExternalStore`. */
  readonly getSnapshot = (): ViewState<R> => this.#live().read() as unknown as ViewState<R>;

  /** What is rendered where there is no data: on a server. */
  readonly getServerSnapshot = (): ViewState<R> => INITIAL_VIEW_STATE;

  /** CL-9: how that record stands with the server. */
  readonly getSyncState = (key: string): RecordSyncState =>
    recordSyncState(this.#runtime, this.#runtime.stores.use(this.#map), key);

  /** CL-9: how each row shown stands with the server, by key. The same object until one of them changes. */
  readonly getSyncStates = (): ReadonlyMap<string, RecordSyncState> => {
    this.#states ??= new RowSyncStates(this.#runtime, this.#runtime.stores.use(this.#map));
    return this.#states.of(this.#live().read().data);
  };

  /** Calls the listener when the state of a row shown changes. Asks the server for nothing. Returns the unsubscribe. */
  readonly onSyncStateChange = (listener: (states: ReadonlyMap<string, RecordSyncState>) => void): (() => void) => {
    let told = this.getSyncStates();
    const look = (): void => {
      const states = this.getSyncStates();
      if (states === told) return;
      told = states;
      listener(states);
    };
    const { notifier, stores } = this.#runtime;
    return stores.use(this.#map).observe({ take: () => notifier.enqueue(look) });
  };

  /**
   * CL-24: whether there is something to show: what this device holds (`local`), or the server's answer (`settled`). `waiting`: not yet, and it may come.
   * Else why it cannot: the query was refused, or the server be asked by nobody (`offline` …, as of `QueryOnceError`).
   */
  readonly readiness = (until: Readiness = 'settled'): 'ready' | 'waiting' | TopGunError => {
    const { settled, status, error } = this.#live().read();
    if (error !== null && status === 'error') return error;
    if (settled || (until === 'local' && status !== 'loading')) return 'ready';
    return (until === 'settled' ? whyNoAnswer(this.#runtime) : whyNoRows(this.#runtime)) ?? 'waiting';
  };

  /**
   * Resolves when `readiness` is no longer `waiting`. Asks the server meanwhile, and for `holdMs` more: whoever is shown then, and subscribes, finds the
   * answer still there.
   */
  readonly whenReady = async (until: Readiness = 'settled', holdMs = 0): Promise<void> => {
    const release = this.#live().subscribe(() => {});
    await awaitAnswer({
      runtime: this.#runtime,
      stores: [this.#runtime.stores.use(this.#map)],
      view: this.#live(),
      answer: () => (this.readiness(until) === 'waiting' ? null : true),
      needsServer: () => false,
      timeoutMs: Infinity,
    });
    releaseAfter(this.#runtime, holdMs, release);
  };

  #explainRelated(query: Query): RelatedExplanation[] {
    return flattenQuery(this.#map, query).flatMap(({ path: name, map, query: { within } }) => {
      if (within === undefined) return [];
      const { indexes } = this.#runtime.stores.use(map);
      const path = within.on[1];
      const access = indexes.relatedAccess(path);
      return [{ name, map, access, indexes: access === 'hash' ? [{ type: access, path }] : [], records: indexes.size }];
    });
  }

  // Made at the first use: a handle that was only made, in a render that was thrown away perhaps, has touched nothing.
  #live(): ShownWindow {
    this.#window ??= this.#open();
    return this.#window;
  }

  #open(): ShownWindow {
    if ('error' in this.#query) return refusedWindow(this.#query.error);
    return new GrowingWindow(this.#query, (query) => this.#runtime.view(this.#map, query), this.#runtime.notifier);
  }
}

function cursorStatusOf(query: AskedQuery): CursorStatus {
  if ('error' in query) return query.cursorStatus;
  return query.after === undefined ? 'none' : 'valid';
}
