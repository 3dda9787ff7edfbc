import type { Value } from '../../primitives/index.js';
import type { Change } from '../../query/index.js';
import type { MapStore } from './map-store.js';
import type { QueryPart } from './relation-confidence.js';
import type { Subscription } from './subscription.js';

/** One map of those that a query shows rows of, with every subscription that brings some. */
export interface JoinedMap {
  readonly store: MapStore;
  readonly subscriptions: Subscription[];
  /** Keys to be looked at; `null`: all of them. */
  touched: Set<string> | null;
  /** Keys that have changed since the load of what is to take the view's place began; `null`: there is none. */
  missed: Set<string> | null;
  /** Keys that were written here, beside which a view that is not whole shows nothing. */
  own: Set<string>;
  /** The records that were loaded. */
  table: ReadonlyMap<string, Value> | null;
  revision: number;
}

/** What has become of a record of one of the maps. */
type ChangeOf = (joined: JoinedMap, key: string) => Change;

/** The maps that a query shows rows of, and what has changed in them since it was looked at. */
export class JoinedMaps {
  readonly #maps = new Map<string, JoinedMap>();
  #observers = 0;
  #stops: readonly (() => void)[] = [];

  constructor(parts: Iterable<QueryPart>) {
    for (const { store, subscription } of parts) {
      const joined = this.#maps.get(store.name);
      if (joined !== undefined) joined.subscriptions.push(subscription);
      else {
        const subscriptions = [subscription];
        this.#maps.set(store.name, { store, subscriptions, touched: null, missed: null, own: new Set(), table: null, revision: -1 }); // prettier-ignore
      }
    }
  }

  of(map: string): JoinedMap {
    return this.#maps.get(map) as JoinedMap;
  }

  get isObserved(): boolean {
    return this.#observers > 0;
  }

  /** They are not those that were loaded: storage has answered for one. */
  get areOthers(): boolean {
    return this.#some(({ store, table }) => store.values !== table);
  }

  /** Nobody knows what is to be looked at. */
  get isUnknown(): boolean {
    return this.#some(({ touched }) => touched === null);
  }

  /** True when something has changed while nobody observed. */
  catchUp(): boolean {
    let isBehind = false;
    for (const joined of this.#maps.values()) {
      if (joined.revision === joined.store.revision) continue;
      joined.revision = joined.store.revision;
      joined.touched = null;
      isBehind = true;
    }
    return isBehind;
  }

  /** Notes what changes, until the returned function is called. */
  observe(changed: () => void): () => void {
    if (this.#observers++ === 0) this.#stops = Array.from(this.#maps.values(), (joined) => observeMap(joined, changed));
    return () => {
      if (--this.#observers === 0) this.#stops.forEach((stop) => stop());
    };
  }

  /** All of them is being looked at. */
  begin(): void {
    for (const joined of this.#maps.values()) {
      joined.table = joined.store.values;
      joined.touched = new Set();
      joined.own = new Set();
    }
  }

  /** The same in turns, and what changes meanwhile is missed. Until then the view goes on; of other records than those it has, with what is written here. */
  beginTurns(isWhole: boolean): void {
    for (const joined of this.#maps.values()) {
      const { store } = joined;
      if (!isWhole) joined.own = new Set(store.overlay.pendingKeys());
      joined.table = store.values;
      // That is to show beforehand.
      joined.touched = new Set(isWhole ? [] : joined.own);
      joined.missed = new Set();
    }
  }

  endTurns(): void {
    for (const joined of this.#maps.values()) joined.missed = null;
  }

  /** What is to be looked at, by map; from then on it is not. */
  takeTouched(changeOf: ChangeOf, isShown: (joined: JoinedMap, key: string) => boolean): ChangedMaps {
    const changed = this.#changes(({ touched }) => touched, changeOf, isShown);
    for (const joined of this.#maps.values()) joined.touched = new Set();
    return changed;
  }

  /** What was missed, by map. */
  takeMissed(changeOf: ChangeOf): ChangedMaps {
    return this.#changes(({ missed }) => missed, changeOf, () => true); // prettier-ignore
  }

  #changes(
    keysOf: (joined: JoinedMap) => ReadonlySet<string> | null,
    changeOf: ChangeOf,
    isShown: (joined: JoinedMap, key: string) => boolean,
  ): ChangedMaps {
    const batch = new Map<string, readonly Change[]>();
    for (const [name, joined] of this.#maps) {
      const changes: Change[] = [];
      for (const key of keysOf(joined) ?? []) if (isShown(joined, key)) changes.push(changeOf(joined, key));
      if (changes.length > 0) batch.set(name, changes);
    }
    return batch;
  }

  #some(holds: (joined: JoinedMap) => boolean): boolean {
    for (const joined of this.#maps.values()) if (holds(joined)) return true;
    return false;
  }
}

type ChangedMaps = ReadonlyMap<string, readonly Change[]>;

function observeMap(joined: JoinedMap, changed: () => void): () => void {
  const { store } = joined;
  return store.observe({
    take(keys) {
      joined.revision = store.revision;
      for (const key of keys) {
        joined.touched?.add(key);
        joined.missed?.add(key);
        if (store.overlay.isPending(key)) joined.own.add(key);
      }
      changed();
    },
  });
}
