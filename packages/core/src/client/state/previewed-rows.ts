import type { LwwRecord } from '../../crdt/index.js';
import type { Entry, Query } from '../../query/index.js';
import type { KeptView } from '../ports/storage.js';
import { MAX_KEPT_ROWS } from '../storage/kept-view.js';
import type { MapObserver, MapStore } from './map-store.js';
import type { RowSource, Standing } from './row-source.js';
import { ViewPreview } from './view-preview.js';

export interface PreviewedRowsOptions {
  /** Names the view in storage. */
  readonly key: string;
  readonly query: Query;
  readonly store: MapStore;
  /** What shows once the map is loaded. */
  readonly rows: RowSource;
  /** What is shown of the loaded map may have changed. Called within each batch, and has to be quick. */
  readonly changed: (rows: PreviewedRows) => void;
}

/**
 * CL-2: the rows of a query, and until their map is loaded those that were kept of it ⊕ what is pending. The one gives way to the other in one
 * step, with the batch in which the map is loaded.
 */
export class PreviewedRows implements RowSource, MapObserver {
  readonly key: string;
  readonly #options: PreviewedRowsOptions;
  #preview: ViewPreview | null = null;
  /** What the preview was last brought up to. */
  #revision = -1;
  /** As storage has it. */
  #stored: KeptView | null = null;

  constructor(options: PreviewedRowsOptions) {
    this.key = options.key;
    this.#options = options;
  }

  /** Something that was kept of the view could be shown. */
  get isWaiting(): boolean {
    return this.#options.store.status === 'loading' && this.#preview === null;
  }

  /** Storage has this of the view. In a batch. */
  preview(kept: KeptView): void {
    // Of nothing there is nothing to show: then it is `loading` that says so.
    if (!this.isWaiting || (kept.values ?? kept.records).size === 0) return;
    const { query, store } = this.#options;
    this.#preview = new ViewPreview(query, store, kept);
    store.touch([]);
  }

  /** Another principal's data takes over. */
  forget(): void {
    this.#preview = null;
    this.#stored = null;
  }

  /** What is to be kept of the view as it is now; `null`: nothing else than is kept, or the server has not confirmed it. */
  toKeep(): KeptView | null {
    const { rows, store } = this.#options;
    const { isLoaded, isSettled, hasMore } = rows.standing();
    if (!isLoaded || !isSettled) return null;
    const shown = rows.rows();
    const base = store.overlay.baseRecords();
    const records = new Map<string, LwwRecord>();
    let isAnswer = true;
    for (const { key } of shown) {
      if (records.size === MAX_KEPT_ROWS) break;
      // What is not confirmed yet is in the outbox.
      const record = base.get(key);
      if (store.overlay.isPending(key)) isAnswer = false;
      if (record !== undefined) records.set(key, record);
    }
    const kept: KeptView = {
      key: this.key,
      records,
      hasMore: hasMore || records.size < shown.length,
      ...(isAnswer ? { isAnswer } : {}),
    };
    if (this.#stored !== null && isSameView(kept, this.#stored)) return null;
    this.#stored = kept;
    return kept;
  }

  /** It could not be kept after all. */
  notKept(): void {
    this.#stored = null;
  }

  rows(): readonly Entry[] {
    return (this.#active() ?? this.#options.rows).rows();
  }

  standing(): Standing {
    const standing = this.#options.rows.standing();
    const preview = this.#active();
    if (preview === null) return standing;
    return { isLoaded: true, isSettled: false, error: standing.error, hasMore: preview.hasMore };
  }

  placeOf(row: Entry): Entry {
    return (this.#active() ?? this.#options.rows).placeOf(row);
  }

  catchUp(): boolean {
    const { store } = this.#options;
    const preview = this.#active();
    if (preview !== null && this.#revision !== store.revision) preview.load();
    this.#revision = store.revision;
    return this.#options.rows.catchUp();
  }

  watch(changed: () => void): () => void {
    const { rows, store } = this.#options;
    // Hears of each batch before the rows do.
    const stop = store.observe(this);
    const unwatch = rows.watch(changed);
    this.#options.changed(this);
    return () => {
      stop();
      unwatch();
    };
  }

  take(keys: readonly string[]): void {
    const { store } = this.#options;
    this.#preview?.step(keys);
    this.#revision = store.revision;
    if (store.status === 'loaded') this.#options.changed(this);
  }

  use(): () => void {
    return this.#options.rows.use();
  }

  isCompleteThrough(position: number): boolean {
    return this.#options.rows.isCompleteThrough(position);
  }

  #active(): ViewPreview | null {
    const { rows, store } = this.#options;
    // Of a large map it goes on showing until there is what takes its place.
    if (this.#preview !== null && store.status === 'loaded' && rows.standing().isLoaded) this.#preview = null;
    return this.#preview;
  }
}

function isSameView(a: KeptView, b: KeptView): boolean {
  if (a.hasMore !== b.hasMore || a.isAnswer !== b.isAnswer || a.records.size !== b.records.size) return false;
  const others = b.records.entries();
  for (const [key, record] of a.records) {
    const [otherKey, other] = others.next().value ?? [];
    if (key !== otherKey || record !== other) return false;
  }
  return true;
}
