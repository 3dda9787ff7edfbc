import type { LiveView, ViewState } from './state/live-view.js';
import { INITIAL_VIEW_STATE } from './state/live-view.js';
import type { AnyRow } from './state/row.js';

/** One row's step from one answer to the next. `row` is the row afterwards, `previous` the row before. */
export type RowChange<R> =
  | { readonly type: 'enter'; readonly key: string; readonly row: R }
  | { readonly type: 'update'; readonly key: string; readonly row: R; readonly previous: R }
  | { readonly type: 'leave'; readonly key: string; readonly previous: R };

/** What a subscriber hears beside the rows. */
export type QueryMeta = Omit<ViewState, 'data'>;

/**
 * A live query. Costs nothing until it is read or subscribed to; while it has subscribers the server keeps it current. Handles of
 * one query share everything. `R` is the type of its rows.
 */
export class QueryHandle<R> {
  /** Names map and query: two handles with the same key show the same, however their queries were written. */
  readonly key: string;
  readonly #view: () => LiveView;
  #held: LiveView | null = null;

  /** @internal Made by `TopGunClient.query`. */
  constructor(key: string, view: () => LiveView) {
    this.key = key;
    this.#view = view;
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
  readonly onChanges = (listener: (changes: readonly RowChange<R>[]) => void): (() => void) => {
    let before: readonly AnyRow[] = [];
    return this.subscribe((_rows, _meta) => {
      const { data } = this.#live().read();
      const changes = changesBetween(before, data);
      before = data;
      if (changes.length > 0) listener(changes as readonly unknown[] as readonly RowChange<R>[]);
    });
  };

  /** The answer now: the same object until something about it changes, so it suits `useSyncExternalStore`. */
  readonly getSnapshot = (): ViewState<R> => this.#live().read() as unknown as ViewState<R>;

  /** What is rendered where there is no data: on a server. */
  readonly getServerSnapshot = (): ViewState<R> => INITIAL_VIEW_STATE;

  // Taken at the first use: a handle that was only made, in a render that was thrown away perhaps, has touched nothing.
  #live(): LiveView {
    this.#held ??= this.#view();
    return this.#held;
  }
}

function changesBetween(before: readonly AnyRow[], after: readonly AnyRow[]): RowChange<AnyRow>[] {
  if (before === after) return [];
  const left = new Map(before.map((row) => [row._key, row]));
  const changes: RowChange<AnyRow>[] = [];
  for (const row of after) {
    const previous = left.get(row._key);
    left.delete(row._key);
    if (previous === undefined) changes.push({ type: 'enter', key: row._key, row });
    else if (previous !== row) changes.push({ type: 'update', key: row._key, row, previous });
  }
  for (const [key, previous] of left) changes.unshift({ type: 'leave', key, previous });
  return changes;
}
