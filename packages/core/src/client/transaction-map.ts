import {
  planPatch,
  planRemove,
  planSet,
  planTtl,
  planUpdate,
  previewWrite,
  type OpBody,
  type WriteError,
} from '../crdt/index.js';
import { ok, type Result, type Value } from '../primitives/index.js';
import { conformWrite } from '../schema/index.js';
import type { SetOptions, WriteOptions } from './map-handle.js';
import type { TransactionDraft } from './outbox/transaction-draft.js';
import type { ClientRuntime } from './session/client-runtime.js';
import type { MapStore } from './state/map-store.js';
import { assertKey, assertType, notLoaded, writeError, writeInput } from './write-input.js';

/**
 * A map inside a transaction (CR-12): what this device holds, with what the transaction has written so far. Reads and writes are as those
 * of `MapHandle`, errors included (CR-4); what becomes of the writes, the transaction's handle tells.
 */
export class TransactionMap<T, W = T> {
  readonly name: string;
  readonly #draft: TransactionDraft<MapStore>;
  readonly #runtime: ClientRuntime;

  /** @internal Made by `Transaction.map`. */
  constructor(name: string, draft: TransactionDraft<MapStore>, runtime: ClientRuntime) {
    this.name = name;
    this.#draft = draft;
    this.#runtime = runtime;
  }

  get(key: string): T | undefined {
    return this.#draft.value(this.#store, key) as T | undefined;
  }

  has(key: string): boolean {
    return this.#draft.value(this.#store, key) !== undefined;
  }

  /** How many records show. Counts them. */
  get size(): number {
    let size = 0;
    for (const _ of this.#draft.entries(this.#store)) size += 1;
    return size;
  }

  *keys(): IterableIterator<string> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): IterableIterator<T> {
    for (const [, value] of this.entries()) yield value;
  }

  /** In no particular order. Do not write while iterating. */
  entries(): IterableIterator<readonly [key: string, value: T]> {
    return this.#draft.entries(this.#store) as IterableIterator<readonly [string, T]>;
  }

  /** As `MapHandle.update`. @throws TopGunError `not-loaded`, `type-mismatch`, `invalid-key`, `invalid-value` … */
  update(key: string, change: (previous: T | undefined) => T | W, options: WriteOptions = {}): void {
    const previous = this.#visible(key);
    const next = (value: Value | undefined): unknown => writeInput(change(value as T | undefined));
    this.#write(key, planUpdate(this.#draft.record(this.#store, key), next, previous), options);
  }

  /** As `MapHandle.set`. */
  set(key: string, next: T | W, options: SetOptions<T> = {}): void {
    const store = this.#storeToWrite(key);
    const base = options.base === undefined ? undefined : (writeInput(options.base) as Value);
    // A value this transaction has written itself is no news from elsewhere.
    const earlier = this.#draft.isWritten(store, key) ? undefined : store.earlier(key);
    const plan = planSet(this.#draft.record(store, key), writeInput(next), base, earlier);
    if (!plan.ok) throw writeError(plan.error);
    if (plan.value.revertsFields.length > 0) this.#runtime.staleSpreads.warn(this.name, key, plan.value.revertsFields);
    this.#write(key, ok(plan.value.body), options);
  }

  /** As `MapHandle.patch`. @throws TopGunError `record-absent`, `not-loaded` … */
  patch(key: string, fields: Partial<T>, options: WriteOptions = {}): void {
    this.#visible(key);
    this.#write(key, planPatch(this.#draft.record(this.#store, key), writeInput(fields)), options);
  }

  remove(key: string): void {
    this.#write(key, planRemove(this.#draft.held(this.#storeToWrite(key), key)), {});
  }

  /** Removes every record that shows. */
  clear(): void {
    for (const key of [...this.keys()]) this.remove(key);
  }

  get #store(): MapStore {
    return this.#runtime.transactions.opened(this.#draft, this.name);
  }

  #storeToWrite(key: string): MapStore {
    const store = this.#store;
    assertType(store, 'record');
    assertKey(key);
    store.hideEnded(key);
    return store;
  }

  /** The value, for a write that must know whether there is one. */
  #visible(key: string): Value | undefined {
    const store = this.#storeToWrite(key);
    const value = this.#draft.value(store, key);
    if (value === undefined && store.status === 'loading' && !this.#draft.isWritten(store, key))
      throw notLoaded(this.name);
    return value;
  }

  #write(key: string, plan: Result<OpBody | null, WriteError>, { ttlMs }: WriteOptions): void {
    assertType(this.#store, 'record');
    if (!plan.ok) throw writeError(plan.error);
    const resolvers = this.#runtime.resolvers?.of(this.name);
    if (resolvers !== undefined && plan.value !== null)
      plan = ok(previewWrite(resolvers, this.#draft.value(this.#store, key), plan.value));
    const body = planTtl(this.#draft.record(this.#store, key), plan.value, ttlMs, this.#store.overlay.now());
    if (!body.ok) throw writeError(body.error);
    const shown = this.#draft.value(this.#store, key);
    const conformed = conformWrite(this.#runtime.schema, this.name, key, shown, body.value);
    if (conformed !== null) this.#draft.add(this.#store, key, conformed);
  }
}
