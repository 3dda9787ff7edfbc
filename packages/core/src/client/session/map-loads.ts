import type { LwwRecord } from '../../crdt/index.js';
import { runInTurns } from '../connection/run-in-turns.js';
import type { Environment } from '../ports/environment.js';
import type { Storage, StorageError } from '../ports/storage.js';
import { LoadedRecords } from '../state/loaded-records.js';
import type { MapStore } from '../state/map-store.js';
import type { Notifier } from '../state/notifier.js';
import { lockOfUse } from '../storage/evict-unused.js';
import type { OpenDatabase } from './open-database.js';
import type { RetryWaits } from './retry-waits.js';

export interface MapLoadsOptions {
  readonly environment: Pick<Environment, 'clock' | 'timers' | 'log'>;
  readonly notifier: Notifier;
  readonly waits: RetryWaits;
  /** What comes from that storage is still what the tab's stores are to show. */
  readonly loadsFrom: (storage: Storage) => boolean;
  readonly failed: (error: StorageError) => void;
}

/** CL-2: brings maps from storage into their stores: read and made ready in turns of the page, shown in one step. What storage refuses is asked for again. */
export class MapLoads {
  readonly #options: MapLoadsOptions;
  readonly #stops = new Set<() => void>();

  constructor(options: MapLoadsOptions) {
    this.#options = options;
  }

  async load(database: OpenDatabase, store: MapStore): Promise<void> {
    const { environment, loadsFrom, failed, waits } = this.#options;
    const { storage } = database;
    await this.keepInUse(database, store);
    for (let failures = 1; loadsFrom(storage) && store.status === 'loading'; failures++) {
      const records = await storage.loadMap(store.name);
      if (!loadsFrom(storage)) return;
      if (records.ok) {
        this.#show(storage, store, records.value);
        void storage.noteUse(store.name, environment.clock.now());
        return;
      }
      failed(records.error);
      await waits.wait(failures);
    }
  }

  /** CL-8: what is in use is not evicted. To be there before it is read, or written as a whole. */
  keepInUse({ name, group }: Pick<OpenDatabase, 'name' | 'group'>, store: MapStore): Promise<void> {
    return group
      .share(lockOfUse(name, store.name))
      .catch((error: unknown) => this.#options.environment.log('warn', 'A map could not be locked.', error));
  }

  /** What is not shown yet stays so. */
  stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops.clear();
  }

  #show(storage: Storage, store: MapStore, records: Map<string, LwwRecord>): void {
    const { environment, loadsFrom, notifier } = this.#options;
    const loaded = new LoadedRecords(records);
    let stop = (): void => {};
    const show = (): void => {
      this.#stops.delete(stop);
      if (loadsFrom(storage)) notifier.batch(() => store.load(loaded));
    };
    stop = runInTurns(environment, loaded.read(store.overlay.now()), show);
    if (store.status === 'loading') this.#stops.add(stop);
  }
}
