import {
  planEdit,
  planPatch,
  planRemove,
  planSet,
  planTtl,
  previewWrite,
  type LwwRecord,
  type OpBody,
  type SetPlan,
  type WriteError,
} from '../crdt/index.js';
import { isPlainObject, ok, TopGunError, type PlainObject, type Result, type Value } from '../primitives/index.js';
import { conformWrite } from '../schema/index.js';
import { KEY_FIELD, parseQuery, type Query } from '../query/index.js';
import { JoinedWrites, NOTHING_TO_DO, type WriteHandle } from './outbox/write-handle.js';
import type { ClientRuntime } from './session/client-runtime.js';
import type { MapStore } from './state/map-store.js';
import { rowOf, type Row } from './state/row.js';
import { assertKey, assertType, notLoaded, writeError, writeInput } from './write-input.js';

/** One record's step; `undefined` on a side: it was not, or is no longer, there. */
export interface MapChange<T> {
  readonly key: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

export interface WriteOptions {
  /**
   * CR-9: how long the record lives, in ms from this write on, by the server's clock; then it is removed. `null`: for ever.
   * Absent: as it was said last.
   */
  readonly ttlMs?: number | null;
}

export interface SetOptions<T> extends WriteOptions {
  /** What the write started from: only fields that differ from it are written (CR-4). The record as it is here, when absent. */
  readonly base?: T;
}

/**
 * A named map of records, of type `T` each; `W` is what may be written, where a schema fills something in. Reads and writes are synchronous and in memory, online or off; what is read is what this
 * device holds. Values are shared: never change one, write a new one.
 *
 * A handle asks the server for nothing by itself. While `subscribe` has a listener, or somebody waits for `settled`, the whole map
 * is kept current; `subscribeKey` keeps that record current.
 */
export class MapHandle<T, W = T> {
  readonly name: string;
  readonly #runtime: ClientRuntime;

  /** @internal Made by `TopGunClient.getMap`. */
  constructor(name: string, runtime: ClientRuntime) {
    this.name = name;
    this.#runtime = runtime;
  }

  readonly get = (key: string): T | undefined => this.#values.get(key);

  readonly has = (key: string): boolean => this.#values.has(key);

  /** How many records are held here. */
  get size(): number {
    return this.#values.size;
  }

  /** Grows with every change of what is held here. */
  get revision(): number {
    return this.#store.revision;
  }

  keys(): IterableIterator<string> {
    return this.#values.keys();
  }

  values(): IterableIterator<T> {
    return this.#values.values();
  }

  entries(): IterableIterator<[string, T]> {
    return this.#values.entries();
  }

  /** The records held here with their keys, as queries give them, in no particular order. */
  toArray(): Row<T>[] {
    return Array.from(this.#store.values, ([key, value]) => rowOf({ key, value }) as unknown as Row<T>);
  }

  /**
   * The everyday write (CR-4): only what differs between the record and what `change` returns is written, so an edit of another field
   * that arrives meanwhile survives. On a key not visible here `change` gets `undefined` and the record is created.
   *
   * @throws TopGunError `not-loaded` while the map comes from storage and the key is not visible (await `loaded`);
   * `type-mismatch` where the map holds sets or counters; `invalid-key`, `key-too-long`, `invalid-value`, `invalid-ttl` …; `SchemaError`
   */
  update(key: string, change: (previous: T | undefined) => T | W, options: WriteOptions = {}): WriteHandle {
    const store = this.#storeToWrite(key);
    const previous = store.values.get(key);
    if (previous === undefined && store.status === 'loading') throw notLoaded(this.name);
    // Before `change` is called, which may write as well.
    const seen = seenOf(store, key);
    const plan = planSeen(seen, writeInput(change(previous as T | undefined)));
    return this.#write(store, key, plan.ok ? ok(plan.value.body) : plan, options);
  }

  /** Writes the fields that differ from `base` and unsets those `base` had and `next` lacks; creates the record when absent. */
  set(key: string, next: T | W, options: SetOptions<T> = {}): WriteHandle {
    const store = this.#storeToWrite(key);
    const base = options.base === undefined ? undefined : (writeInput(options.base) as Value);
    const plan = planSeen(seenOf(store, key), writeInput(next), base, store.earlier(key));
    if (!plan.ok) throw writeError(plan.error);
    if (plan.value.revertsFields.length > 0) this.#runtime.staleSpreads.warn(this.name, key, plan.value.revertsFields);
    return this.#write(store, key, ok(plan.value.body), options);
  }

  /**
   * Writes exactly the fields it names, equal or not; `undefined` unsets one.
   *
   * @throws TopGunError `record-absent` on a key that is not visible here (`not-loaded` while the map is loading)
   */
  patch(key: string, fields: Partial<T>, options: WriteOptions = {}): WriteHandle {
    const store = this.#storeToWrite(key);
    if (!store.values.has(key) && store.status === 'loading') throw notLoaded(this.name);
    return this.#write(store, key, planPatch(store.overlay.record(key), writeInput(fields)), options);
  }

  remove(key: string): WriteHandle {
    const store = this.#storeToWrite(key);
    return this.#write(store, key, planRemove(store.overlay.held(key)), {});
  }

  /** Removes every record held here, each by a write of its own. Where there is no room for all (CL-33), it removes none. */
  clear(): WriteHandle {
    this.#runtime.assertRoom(this.size);
    return this.#runtime.notifier.batch(() => new JoinedWrites([...this.keys()].map((key) => this.remove(key))));
  }

  /** Keeps the whole map current and calls the listener with every change of records. Returns the unsubscribe. */
  readonly subscribe = (listener: (changes: readonly MapChange<T>[]) => void): (() => void) => {
    const release = this.#runtime.subscriptions.of(this.name, WHOLE_MAP).use();
    const unsubscribe = this.#store.onChanges((changes) => listener(changes as readonly MapChange<T>[]));
    return () => {
      unsubscribe();
      release();
    };
  };

  /** Keeps one record current and calls the listener with its new value. Other records cost it nothing. Returns the unsubscribe. */
  readonly subscribeKey = (key: string, listener: (value: T | undefined) => void): (() => void) => {
    // The empty key is a counter's.
    if (key !== '') assertKey(key);
    const store = this.#store;
    const release = this.#runtime.subscriptions.of(this.name, keyQuery(key)).use();
    let shown = store.values.get(key);
    const unsubscribe = store.onKey(key, () => {
      const value = store.values.get(key);
      if (value === shown) return;
      shown = value;
      listener(value as T | undefined);
    });
    return () => {
      unsubscribe();
      release();
    };
  };

  /** Resolves when everything storage holds of the map is here. Rejects with `closed` when the client is closed first. */
  async loaded(): Promise<void> {
    const store = this.#store;
    while (store.status !== 'loaded') {
      if (this.#runtime.isClosed) throw new TopGunError('closed', 'This client is closed.');
      await store.whenLoaded();
    }
  }

  /**
   * Resolves when the server's answer for the whole map is here; asks for it meanwhile. Pending while offline.
   *
   * @throws TopGunError with the server's code (`too-many-rows` …), or `closed`
   */
  async settled(): Promise<void> {
    const view = this.#runtime.view(this.name, WHOLE_MAP);
    return new Promise((resolve, reject) => {
      const look = (): boolean => {
        const { settled, error } = view.read();
        if (this.#runtime.isClosed) reject(new TopGunError('closed', 'This client is closed.'));
        else if (error !== null) reject(error);
        else if (settled) resolve();
        else return false;
        return true;
      };
      const unsubscribe = view.subscribe(() => look() && finish());
      const stop = this.#runtime.connectionChanges.add(() => look() && finish());
      const finish = (): void => {
        stop();
        unsubscribe();
      };
      if (look()) finish();
    });
  }

  get #store(): MapStore {
    return this.#runtime.stores.use(this.name);
  }

  get #values(): Map<string, T> {
    return this.#store.values as Map<string, unknown> as Map<string, T>;
  }

  #storeToWrite(key: string): MapStore {
    assertKey(key);
    const store = this.#store;
    assertType(store, 'record');
    store.hideEnded(key);
    return store;
  }

  #write(store: MapStore, key: string, plan: Result<OpBody | null, WriteError>, { ttlMs }: WriteOptions): WriteHandle {
    if (!plan.ok) throw writeError(plan.error);
    const resolvers = this.#runtime.resolvers?.of(this.name);
    if (resolvers !== undefined && plan.value !== null)
      plan = ok(previewWrite(resolvers, store.values.get(key), plan.value));
    const body = saysNothingOfEnd(store, key, plan.value, ttlMs)
      ? plan
      : planTtl(store.overlay.record(key), plan.value, ttlMs, store.overlay.now());
    if (!body.ok) throw writeError(body.error);
    const conformed = conformWrite(this.#runtime.schema, store.name, key, store.values.get(key), body.value);
    return conformed === null ? NOTHING_TO_DO : this.#runtime.write(store, key, conformed);
  }
}

/** Of a patch there is nothing to add, nor of the create of a record of which nothing is here: the record need not be asked, nor the time. */
const saysNothingOfEnd = (
  store: MapStore,
  key: string,
  body: OpBody | null,
  ttlMs: number | null | undefined,
): boolean =>
  ttlMs === undefined && (body?.kind === 'patch' || (body?.kind === 'create' && store.overlay.held(key) === undefined));

/** What a write is planned against: an object that shows, or else the record. The object is at hand, and the record may have to be merged first. */
interface Seen {
  readonly store: MapStore;
  readonly key: string;
  readonly shown: PlainObject | null;
  readonly record: LwwRecord | undefined;
}

function seenOf(store: MapStore, key: string): Seen {
  const shown = store.values.get(key);
  if (isPlainObject(shown)) return { store, key, shown, record: undefined };
  return { store, key, shown: null, record: store.overlay.record(key) };
}

/** CR-4. Where nothing differs from the object that shows, somebody may have altered that: then the record tells. */
function planSeen(
  { store, key, shown, record }: Seen,
  next: unknown,
  base?: Value,
  earlier?: Value,
): Result<SetPlan, WriteError> {
  if (shown === null) return planSet(record, next, base, earlier);
  const plan = planEdit(shown, next, base, earlier);
  const isDone = !plan.ok || plan.value.body !== null || store.values.get(key) !== shown;
  return isDone ? plan : planSet(store.overlay.record(key), next, base, earlier);
}

function queryOf(input: Parameters<typeof parseQuery>[0]): Query {
  const query = parseQuery(input);
  if (!query.ok) throw new Error('a query of our own making does not parse');
  return query.value;
}

const WHOLE_MAP = queryOf({});

const keyQuery = (key: string): Query => queryOf({ where: [[KEY_FIELD], key] });
