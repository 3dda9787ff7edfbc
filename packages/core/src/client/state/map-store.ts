import type { CountOp, Op, OpId } from '../../crdt/index.js';
import { heldAtStart, sameValue, type Value } from '../../primitives/index.js';
import {
  INDEX_LIMITS,
  RecordIndexes,
  type Change,
  type Entry,
  type RecordSet,
  type TakeSteps,
} from '../../query/index.js';
import type { BaseChange } from '../ports/storage.js';
import { append } from './append.js';
import { EarlierValues } from './earlier-values.js';
import type { ExpiryTimer } from './expiry-timer.js';
import type { LoadedRecords } from './loaded-records.js';
import type { Notifier } from './notifier.js';
import { PendingBarrier } from './pending-barrier.js';
import { RecentAcks } from './recent-acks.js';
import { RecordOverlay, type SeenRecords } from './record-overlay.js';

/** Of the records that a load brings, so many have their ends noted at once. */
const ENDS_PER_STEP = 1_024;

/** `loading` from storage: reads see only what was written here. */
export type MapStatus = 'loading' | 'loaded';

/** Brought up to date with every batch, before any listener hears of it. */
export interface MapObserver {
  /** These keys' values, pending ops or membership may have changed; empty when only the map's status did. */
  take(keys: readonly string[]): void;
}

export interface MapStoreOptions {
  readonly notifier: Notifier;
  readonly expiry: ExpiryTimer;
  /** Of what nobody waits for: the making of indexes. */
  readonly takeSteps: TakeSteps;
  /** For warnings in development. */
  readonly remembersEarlier: boolean;
}

/**
 * One map in one tab: its records, who watches them, and whether they are loaded. Every method that changes something
 * runs inside `Notifier.batch`; observers and listeners then hear of the whole batch at once.
 *
 * Knows nothing of storage, server or tabs: what they say comes in as method calls.
 */
export class MapStore {
  readonly name: string;
  readonly acks = new RecentAcks();
  /** CL-25: secondary indexes of what is visible, made by the queries that miss them. */
  readonly indexes: RecordIndexes;
  readonly #overlay: RecordOverlay;
  readonly #earlier: EarlierValues | null;
  readonly #notifier: Notifier;
  readonly #takeSteps: TakeSteps;
  readonly #observers = new Set<MapObserver>();
  readonly #changeListeners = new Set<(changes: readonly Change[]) => void>();
  readonly #keyListeners = new Map<string, Set<() => void>>();
  readonly #barriers = new Set<PendingBarrier>();
  /** Confirmed changes that came while loading, in order: a `drop` must not be undone by the load. */
  #early: (() => void)[] = [];
  #loadWaiters: (() => void)[] = [];
  /** CL-2: what views show of records that are not loaded. */
  readonly #previewed = new Map<string, Value>();
  #status: MapStatus = 'loading';
  #changes: Change[] = [];
  #touched: string[] = [];
  /** A listener to one record had better look than be looked for. */
  #areAllTouched = false;
  #isDirty = false;
  #revision = 0;

  constructor(name: string, { notifier, expiry, takeSteps, remembersEarlier }: MapStoreOptions) {
    this.name = name;
    this.#overlay = new RecordOverlay({ now: () => expiry.now(), note: (key, at) => expiry.note(name, key, at) });
    const overlay = this.#overlay;
    const records: RecordSet = {
      get size() {
        return overlay.values.size;
      },
      get: (key) => overlay.values.get(key),
      entries: () => entriesOf(overlay.values),
    };
    this.indexes = new RecordIndexes(records, INDEX_LIMITS, takeSteps);
    this.#notifier = notifier;
    this.#takeSteps = takeSteps;
    this.#earlier = remembersEarlier ? new EarlierValues() : null;
  }

  get status(): MapStatus {
    return this.#status;
  }

  /** Grows with every batch that touched the map. */
  get revision(): number {
    return this.#revision;
  }

  get values(): ReadonlyMap<string, Value> {
    return this.#overlay.values;
  }

  get overlay(): Pick<
    RecordOverlay,
    | 'record'
    | 'stampAfter'
    | 'now'
    | 'baseRecords'
    | 'baseRevision'
    | 'pendingOps'
    | 'held'
    | 'isPending'
    | 'pendingKeys'
    | 'type'
  > {
    return this.#overlay;
  }

  /** The record before its latest change from elsewhere, when that is remembered. */
  earlier(key: string): Value | undefined {
    return this.#earlier?.get(key);
  }

  /** A new op of this tab. */
  add(op: Op): void {
    this.#earlier?.forget(op.key);
    this.#note(op.key, this.#overlay.add(op));
  }

  /** An op that may be known already: a sibling's, a stored one, one stamped anew. */
  put(op: Op): void {
    this.#note(op.key, this.#overlay.put(op));
  }

  /** HK-3: the server has taken the op as this. */
  restate(op: Op): void {
    this.#note(op.key, this.#overlay.restate(op));
  }

  replace(old: OpId & { readonly key: string }, next: Op): void {
    for (const barrier of this.#barriers) barrier.replaced(old, next);
    this.#note(old.key, this.#overlay.replace(old, next));
  }

  /** `onUncounted`: deltas were accepted, and the totals that have them in them are not here (CR-7). They stay pending until those are. */
  confirm(ops: readonly Op[], position: number, onUncounted: (ops: readonly CountOp[]) => void = () => {}): void {
    if (this.#status === 'loaded') this.#confirm(ops, position, onUncounted);
    else this.#early.push(() => this.#confirm(ops, position, onUncounted));
  }

  refuse(ops: readonly (OpId & { readonly key: string })[]): void {
    for (const barrier of this.#barriers) for (const op of ops) barrier.decided(op, 0);
    this.#forget(ops);
  }

  changeBase(changes: readonly BaseChange[]): void {
    if (this.#status === 'loaded') this.#changeBase(changes);
    else this.#early.push(() => this.#changeBase(changes));
  }

  /** CR-9: the record's end has come, as far as this device knows. */
  expire(key: string): void {
    this.#note(key, this.#overlay.lookAgain(key));
  }

  /** CR-9: a write is planned against the record as it is now, and what shows is to agree with that, though no timer has run yet. */
  hideEnded(key: string): void {
    if (this.#overlay.showsPastEnd(key)) this.#notifier.batch(() => this.expire(key));
  }

  /** CR-9: the clock was corrected: whatever has an end may show now, or no longer. */
  lookAtEnds(): void {
    for (const key of [...this.#overlay.endingKeys()]) this.expire(key);
  }

  /** Everything that is undecided of the map at this moment; watched until it is dropped. */
  raiseBarrier(): PendingBarrier {
    const barrier = new PendingBarrier(this.#overlay.allPendingOps());
    this.#barriers.add(barrier);
    return barrier;
  }

  dropBarrier(barrier: PendingBarrier): void {
    this.#barriers.delete(barrier);
  }

  /** CL-2: an author sees these records, which are not loaded: what is written to them comes after. */
  noteSeen(seen: SeenRecords): void {
    if (this.#status === 'loading') this.#overlay.noteSeen(seen);
  }

  /** CL-2: the value, as views are to show it of a record that is not loaded: the same object for all, and still when it is. */
  previewed(key: string, value: Value): Value {
    const known = this.#previewed.get(key);
    if (known !== undefined && sameValue(known, value)) return known;
    this.#previewed.set(key, value);
    return value;
  }

  /** Storage has answered: what it holds joins what was written here meanwhile. */
  load(loaded: LoadedRecords): void {
    if (this.#status === 'loaded') return;
    const changes = this.#overlay.adopt(loaded);
    this.indexes.reset();
    this.#noteLoaded(loaded, changes);
    this.#status = 'loaded';
    this.#lookAtEnds(loaded.ends);
    const early = this.#early;
    this.#early = [];
    for (const change of early) change();
    for (const [key, before] of this.#previewed) this.#overlay.undo({ key, before, after: this.values.get(key) });
    this.#previewed.clear();
    this.#overlay.forgetSeen();
    this.touch([]);
    this.abandonWaiting();
  }

  /** Resolves when it is loaded, or when somebody gives up (look at `status`). */
  whenLoaded(): Promise<void> {
    if (this.#status === 'loaded') return Promise.resolve();
    return new Promise((resolve) => this.#loadWaiters.push(resolve));
  }

  /** Whoever waits for the load is to look again. */
  abandonWaiting(): void {
    const waiters = this.#loadWaiters;
    this.#loadWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /** Another principal's database takes over: everything goes, and is `loading` again. */
  reset(): void {
    for (const change of this.#overlay.clear()) this.#note(change.key, change);
    this.acks.clear();
    this.#early = [];
    this.#previewed.clear();
    this.#status = 'loading';
    this.touch([]);
  }

  /** Tells observers that these keys are to be looked at again, without a change of value. */
  touch(keys: readonly string[]): void {
    for (const key of keys) this.#touched.push(key);
    this.#schedule();
  }

  observe(observer: MapObserver): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  onChanges(listener: (changes: readonly Change[]) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  /** Called when anything about this one record may have changed; costs other records nothing. */
  onKey(key: string, listener: () => void): () => void {
    const listeners = this.#keyListeners.get(key) ?? new Set();
    this.#keyListeners.set(key, listeners);
    listeners.add(listener);
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#keyListeners.delete(key);
    };
  }

  /** Nobody is told of each record who does not ask for it: they are many. */
  #noteLoaded({ base, values }: LoadedRecords, pending: readonly Change[]): void {
    for (const key of base.keys()) this.#touched.push(key);
    this.#areAllTouched = true;
    if (this.#changeListeners.size > 0) {
      const known = new Set(this.#overlay.pendingKeys());
      for (const [key, after] of values) if (!known.has(key)) this.#changes.push({ key, before: undefined, after });
    }
    for (const change of pending) this.#changes = append(this.#changes, change);
    this.#schedule();
  }

  /** CR-9: notes when they end, the first ones at once, and the others before long. */
  #lookAtEnds(keys: Iterable<string>): void {
    const notifier = this.#notifier;
    const expire = (key: string): void => this.expire(key);
    function* steps(): Iterator<void> {
      let some: string[] = [];
      for (const key of keys) {
        some.push(key);
        if (some.length < ENDS_PER_STEP) continue;
        notifier.batch(() => some.forEach(expire));
        some = [];
        yield;
      }
      notifier.batch(() => some.forEach(expire));
    }
    const looking = steps();
    if (looking.next().done !== true) this.#takeSteps(looking);
  }

  #confirm(ops: readonly Op[], position: number, onUncounted: (ops: readonly CountOp[]) => void): void {
    const counted: CountOp[] = [];
    const uncounted: CountOp[] = [];
    for (const op of ops) {
      this.acks.note(op.key, position);
      for (const barrier of this.#barriers) barrier.decided(op, position);
      if (op.kind !== 'count') this.#note(op.key, this.#overlay.confirm(op));
      else (this.#overlay.isCounted(op) ? counted : uncounted).push(op);
    }
    this.#forget(counted);
    if (uncounted.length > 0) onUncounted(uncounted);
  }

  #forget(ops: readonly (OpId & { readonly key: string })[]): void {
    for (const [key, change] of this.#overlay.refuse(ops)) this.#note(key, change);
  }

  #changeBase(changes: readonly BaseChange[]): void {
    for (const change of changes) {
      const { key } = change;
      const shown = change.type === 'drop' ? this.#overlay.dropBase(key) : this.#overlay.mergeBase(key, change.delta);
      if (shown?.before !== undefined) this.#earlier?.note(key, shown.before);
      this.#note(key, shown);
    }
  }

  #note(key: string, change: Change | undefined): void {
    this.#touched = append(this.#touched, key);
    if (change !== undefined) {
      this.#changes = append(this.#changes, change);
      // At once, and not with the batch: whoever reads a view in the middle of one finds what is there.
      if (!this.indexes.isEmpty) this.indexes.apply([change]);
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#notifier.settle(this.#settle);
  }

  readonly #settle = (): void => {
    const touched = this.#touched;
    const changes = this.#changes.length > 1 ? this.#netChanges(this.#changes) : this.#changes;
    const notified = this.#areAllTouched ? this.#keyListeners.keys() : touched;
    this.#touched = [];
    this.#areAllTouched = false;
    this.#changes = [];
    this.#isDirty = false;
    this.#revision++;
    for (const observer of this.#observers) observer.take(touched);
    if (this.#keyListeners.size > 0) this.#notifyKeys([...notified]);
    if (changes.length === 0) return;
    for (const listener of [...this.#changeListeners]) this.#notifier.enqueue(() => listener(changes));
  };

  #notifyKeys(touched: readonly string[]): void {
    for (const key of touched.length > 1 ? new Set(touched) : touched) {
      for (const listener of this.#keyListeners.get(key) ?? []) this.#notifier.enqueue(listener);
    }
  }

  /** One change per key, from before the batch to after it. A record that came back to what it was is the same value again. */
  #netChanges(changes: readonly Change[]): readonly Change[] {
    // A record that was changed before it was not there is among them with what it was then: where none was there, each is another's.
    if (changes.every(({ before }) => before === undefined)) return changes;
    const byKey = new Map<string, Change>();
    for (const change of changes) {
      const first = byKey.get(change.key);
      byKey.set(change.key, first === undefined ? change : { ...change, before: first.before });
    }
    if (byKey.size === changes.length) return changes;
    return [...byKey.values()].filter((change) => !this.#overlay.undo(change));
  }
}

function* entriesOf(values: ReadonlyMap<string, Value>): Iterable<Entry> {
  for (const [key, value] of heldAtStart(values)) yield { key, value };
}
