import type { MapStore } from './map-store.js';
import { recordSyncState, type RecordSyncState, type SyncStateSource } from './record-sync-state.js';
import type { AnyRow } from './row.js';

/**
 * CL-9: the states of the rows that a query shows, by key. Costs nothing until it is read; then the rows are looked at again when they,
 * or anything about the map, have changed. The map keeps its identity while no row's state differs.
 */
export class RowSyncStates {
  readonly #source: SyncStateSource;
  readonly #store: MapStore;
  #rows: readonly AnyRow[] | null = null;
  #revision = -1;
  #states: ReadonlyMap<string, RecordSyncState> = new Map();

  constructor(source: SyncStateSource, store: MapStore) {
    this.#source = source;
    this.#store = store;
  }

  of(rows: readonly AnyRow[]): ReadonlyMap<string, RecordSyncState> {
    const { revision } = this.#store;
    if (rows === this.#rows && revision === this.#revision) return this.#states;
    this.#rows = rows;
    this.#revision = revision;
    const states = new Map<string, RecordSyncState>();
    let isSame = rows.length === this.#states.size;
    for (const { _key: key } of rows) {
      const state = recordSyncState(this.#source, this.#store, key);
      states.set(key, state);
      if (isSame && this.#states.get(key) !== state) isSame = false;
    }
    if (!isSame) this.#states = states;
    return this.#states;
  }
}
