import { PendingOps } from './pending-ops.js';
import { MapStore, type MapStoreOptions } from './map-store.js';

/**
 * The maps of one tab that have been used, by name. A map's store appears at its first use, with what is pending, and is
 * loaded by whoever listens to `onUsed`.
 */
export class MapStores {
  readonly pending = new PendingOps();
  readonly #options: MapStoreOptions;
  readonly #stores = new Map<string, MapStore>();
  readonly #onUsed: (store: MapStore) => void;

  constructor(options: MapStoreOptions, onUsed: (store: MapStore) => void) {
    this.#options = options;
    this.#onUsed = onUsed;
  }

  /** The map's store; its loading begins with the first call. */
  use(name: string): MapStore {
    const known = this.#stores.get(name);
    if (known !== undefined) return known;
    const store = new MapStore(name, this.#options);
    this.#stores.set(name, store);
    this.#options.notifier.batch(() => {
      for (const op of this.pending.of(name)) store.put(op);
    });
    this.#onUsed(store);
    return store;
  }

  /** The map's store if it is in use. */
  peek(name: string): MapStore | undefined {
    return this.#stores.get(name);
  }

  /** CR-9: what this device's clock is off by, as now known. Inside a batch. */
  clockCorrected(offsetMs: number): void {
    if (this.#options.expiry.correct(offsetMs)) for (const store of this.#stores.values()) store.lookAtEnds();
  }

  all(): Iterable<MapStore> {
    return this.#stores.values();
  }
}
