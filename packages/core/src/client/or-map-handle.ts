import { liveTags, planAdd, planDiscard, typeOfRecord, type LwwRecord } from '../crdt/index.js';
import { checkValue } from '../primitives/index.js';
import { conformValue } from '../schema/index.js';
import { MapHandle, type MapChange } from './map-handle.js';
import { NOTHING_TO_DO, type WriteHandle } from './outbox/write-handle.js';
import type { ClientRuntime } from './session/client-runtime.js';
import type { MapStore } from './state/map-store.js';
import { assertKey, assertType, notLoaded, writeError } from './write-input.js';

/**
 * A named map of sets: under each key any number of values of type `V`, each once. Two values are the same when their canonical JSON is,
 * whatever the order of their properties. An add wins over a removal that had not seen it (CR-6).
 *
 * Reads and writes are synchronous and in memory, online or off. As with `MapHandle`, a handle asks the server for nothing by
 * itself: `subscribe` keeps the whole map current, `subscribeKey` one key.
 */
export class ORMapHandle<V> {
  readonly name: string;
  readonly #runtime: ClientRuntime;
  readonly #rows: MapHandle<readonly V[]>;

  /** @internal Made by `TopGunClient.getORMap`. */
  constructor(name: string, runtime: ClientRuntime) {
    this.name = name;
    this.#runtime = runtime;
    this.#rows = new MapHandle(name, runtime);
  }

  /** The values under the key, in the order of their canonical JSON; the same array until they change. Not to be altered. */
  readonly get = (key: string): readonly V[] => {
    const record = this.#record(key);
    return record === undefined ? NO_VALUES : (this.#rows.get(key) ?? NO_VALUES);
  };

  readonly has = (key: string, value: V): boolean => {
    const checked = checkValue(value);
    const record = this.#record(key);
    return checked.ok && record !== undefined && liveTags(record, checked.value).length > 0;
  };

  /** How many keys hold values here. */
  get size(): number {
    return this.#rows.size;
  }

  /** Grows with every change of what is held here. */
  get revision(): number {
    return this.#rows.revision;
  }

  keys(): IterableIterator<string> {
    return this.#rows.keys();
  }

  /**
   * Puts the value into the set. One that is there already is put in once more, so that it outlives a removal elsewhere that has not
   * seen this.
   *
   * @throws TopGunError `type-mismatch` where the map holds something else, `too-large` beyond 4,096 tags of one key,
   * `invalid-key`, `key-too-long`, `invalid-value`
   */
  add(key: string, value: V): WriteHandle {
    const store = this.#storeFor(key);
    const checked = checkValue(value);
    const added = checked.ok ? conformValue(this.#runtime.schema, this.name, key, checked.value) : value;
    const plan = planAdd(store.overlay.record(key), added);
    if (!plan.ok) throw writeError(plan.error);
    return this.#runtime.write(store, key, plan.value);
  }

  /**
   * Takes the value out of the set, as far as it is seen here: what somebody adds elsewhere without knowing of this stays. A value that
   * is not there is no op, and done at once.
   *
   * @throws TopGunError `not-loaded` while the map comes from storage and the value is not visible; otherwise as `add`
   */
  remove(key: string, value: V): WriteHandle {
    const store = this.#storeFor(key);
    const plan = planDiscard(store.overlay.record(key), value);
    if (!plan.ok) throw writeError(plan.error);
    if (plan.value !== null) return this.#runtime.write(store, key, plan.value);
    if (store.status === 'loading') throw notLoaded(this.name);
    return NOTHING_TO_DO;
  }

  /** Keeps the whole map current and calls the listener with every change, key by key. Returns the unsubscribe. */
  readonly subscribe = (listener: (changes: readonly MapChange<readonly V[]>[]) => void): (() => void) =>
    this.#rows.subscribe(listener);

  /** Keeps one key current and calls the listener with its values. Other keys cost it nothing. Returns the unsubscribe. */
  readonly subscribeKey = (key: string, listener: (values: readonly V[]) => void): (() => void) =>
    this.#rows.subscribeKey(key, (values) => listener(values ?? NO_VALUES));

  /** As with `MapHandle`: resolves when everything storage holds of the map is here. */
  loaded(): Promise<void> {
    return this.#rows.loaded();
  }

  /** As with `MapHandle`: resolves when the server's answer for the whole map is here. */
  settled(): Promise<void> {
    return this.#rows.settled();
  }

  /** The set under the key; `undefined` where there is none, or something else. */
  #record(key: string): LwwRecord | undefined {
    const record = this.#runtime.stores.use(this.name).overlay.record(key);
    return record !== undefined && typeOfRecord(record) === 'set' ? record : undefined;
  }

  #storeFor(key: string): MapStore {
    assertKey(key);
    const store = this.#runtime.stores.use(this.name);
    assertType(store, 'set');
    return store;
  }
}

const NO_VALUES: readonly never[] = [];
