import type { Query } from '../../query/index.js';
import type { Timers } from '../ports/environment.js';
import type { KeptView, Storage } from '../ports/storage.js';
import { subscriptionKey } from '../tabs/subscription-key.js';
import type { MapStore } from './map-store.js';
import type { Notifier } from './notifier.js';
import { PreviewedRows } from './previewed-rows.js';
import type { RowSource } from './row-source.js';
import { WeakRegistry } from './weak-registry.js';

/** So long after a view has changed it is kept: seldom enough to be no work, and whatever changes meanwhile shares it. */
export const KEEP_AFTER_MS = 1_000;

type ViewStorage = Pick<Storage, 'loadView' | 'keepView'>;

export interface KeptViewsOptions {
  readonly notifier: Notifier;
  readonly timers: Timers;
}

/** CL-2: keeps the first rows of live views in storage, and has them shown where a view is opened on a map that is not loaded. */
export class KeptViews {
  readonly #notifier: Notifier;
  readonly #timers: Timers;
  readonly #views = new WeakRegistry<PreviewedRows>();
  #storage: ViewStorage | null = null;
  /** What was read already of a storage that is about to be opened, by the keys of the views. */
  #expected: { readonly storage: ViewStorage; readonly views: Map<string, KeptView | null> } | null = null;
  #dirty = new Set<PreviewedRows>();
  #cancel: (() => void) | null = null;

  constructor({ notifier, timers }: KeptViewsOptions) {
    this.#notifier = notifier;
    this.#timers = timers;
  }

  /** The rows, with what was kept of them until their map is loaded. `key` names what is kept. */
  previewed(key: string, query: Query, store: MapStore, rows: RowSource): RowSource {
    return this.#views.get(subscriptionKey(store.name, query), () => {
      const view = new PreviewedRows({ key, query, store, rows, changed: this.#touch });
      if (this.#storage !== null && view.isWaiting) void this.#ask(this.#storage, view);
      return view;
    });
  }

  /** The keys of the views that could show what was kept of them. */
  awaited(): readonly string[] {
    return Array.from(this.#views.values()).flatMap(({ isWaiting, key }) => (isWaiting ? [key] : []));
  }

  /** That storage is about to be opened: resolves when what was kept of the views there are is read. Nothing of it shows. */
  async expect(storage: ViewStorage): Promise<void> {
    const views = new Map<string, KeptView | null>();
    this.#expected = { storage, views };
    await Promise.all(
      this.awaited().map(async (key) => {
        const loaded = await storage.loadView(key);
        // A view that cannot be read shows as soon as its map is, and whatever is wrong with storage is told then.
        views.set(key, loaded.ok ? loaded.value : null);
      }),
    );
  }

  /** From here on that is where views are kept. What is pending is known. */
  open(storage: ViewStorage): void {
    this.#storage = storage;
    const read = this.#expected?.storage === storage ? this.#expected.views : undefined;
    this.#expected = null;
    this.#notifier.batch(() => {
      for (const view of this.#views.values()) {
        const kept = read?.get(view.key);
        if (kept === undefined) void this.#ask(storage, view);
        else if (kept !== null) view.preview(kept);
      }
    });
  }

  /** The storage is somebody else's, or gone. */
  close(): void {
    this.#storage = null;
    this.#expected = null;
    this.#cancel?.();
    this.#cancel = null;
    this.#dirty.clear();
    for (const view of this.#views.values()) view.forget();
  }

  async #ask(storage: ViewStorage, view: PreviewedRows): Promise<void> {
    if (!view.isWaiting) return;
    const loaded = await storage.loadView(view.key);
    // A view that cannot be read shows as soon as its map is, and whatever is wrong with storage is told then.
    if (this.#storage !== storage || !loaded.ok || loaded.value === null) return;
    const kept = loaded.value;
    this.#notifier.batch(() => view.preview(kept));
  }

  readonly #touch = (view: PreviewedRows): void => {
    if (this.#storage === null) return;
    this.#dirty.add(view);
    this.#cancel ??= this.#timers.after(KEEP_AFTER_MS, this.#keepAll);
  };

  readonly #keepAll = (): void => {
    const [storage, dirty] = [this.#storage, this.#dirty];
    this.#cancel = null;
    this.#dirty = new Set();
    if (storage !== null) for (const view of dirty) void this.#keep(storage, view);
  };

  async #keep(storage: ViewStorage, view: PreviewedRows): Promise<void> {
    const kept = view.toKeep();
    if (kept === null) return;
    const stored = await storage.keepView(kept);
    if (!stored.ok) view.notKept();
  }
}
