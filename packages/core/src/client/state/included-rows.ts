import type { Value } from '../../primitives/index.js';
import {
  createIncludeView,
  flattenQuery,
  QUERY_LIMITS,
  type Change,
  type Entry,
  type IncludeView,
  type Path,
  type Query,
} from '../../query/index.js';
import { candidates, isCandidate } from './confirmed-map.js';
import type { MapStore } from './map-store.js';
import { RelationConfidence, type QueryPart } from './relation-confidence.js';
import type { RowSource, Standing } from './row-source.js';
import type { Subscription } from './subscription.js';
import { WindowConfidence } from './window-confidence.js';

export interface IncludedRowsOptions {
  readonly map: string;
  /** With `include`. */
  readonly query: Query;
  readonly storeOf: (map: string) => MapStore;
  readonly subscriptionOf: (map: string, query: Query) => Subscription;
  readonly isLocalOnly: boolean;
}

/** One map of those that a query shows rows of, with every subscription that brings some. */
interface JoinedMap {
  readonly store: MapStore;
  readonly subscriptions: Subscription[];
  /** Keys to be looked at; `null`: all of them. */
  touched: Set<string> | null;
  revision: number;
}

/**
 * The records of one map that meet a query, each with its related rows of other maps in it. The server answers each relation as a
 * subscription of its own (QU-45); here the query runs once more over what they all confirm (SY-5). What one of them confirms is current
 * wherever it shows, so a map counts as a whole, and nothing counts as the server's before all have answered.
 */
export class IncludedRows implements RowSource {
  readonly #query: Query;
  readonly #root: QueryPart;
  readonly #parts: readonly QueryPart[];
  readonly #maps = new Map<string, JoinedMap>();
  readonly #rootMap: JoinedMap;
  readonly #view: IncludeView;
  readonly #window: WindowConfidence;
  readonly #relations: readonly RelationConfidence[];
  readonly #isLocalOnly: boolean;
  #generation = -1;

  constructor({ map, query, storeOf, subscriptionOf, isLocalOnly }: IncludedRowsOptions) {
    this.#query = query;
    this.#isLocalOnly = isLocalOnly;
    const partByPath = new Map<string, QueryPart>();
    const relations: RelationConfidence[] = [];
    for (const wire of flattenQuery(map, query)) {
      const part = { store: storeOf(wire.map), subscription: subscriptionOf(wire.map, wire.query) };
      this.#join(part);
      partByPath.set(JSON.stringify(wire.path), part);
      const { within } = wire.query;
      if (within === undefined) continue;
      const parent = partByPath.get(JSON.stringify(wire.path.slice(0, -1))) as QueryPart;
      relations.push(new RelationConfidence(parent, part, within));
    }
    this.#parts = [...partByPath.values()];
    this.#root = this.#parts[0] as QueryPart;
    this.#rootMap = this.#maps.get(map) as JoinedMap;
    this.#relations = relations;
    this.#window = new WindowConfidence(query, this.#root.store, this.#root.subscription);
    this.#view = createIncludeView(map, query, { load: (name, path, values) => this.#related(name, path, values) });
  }

  rows(): readonly Entry[] {
    this.#bringUpToDate();
    return this.#view.rows();
  }

  standing(): Standing {
    this.#bringUpToDate();
    const isLoaded = this.#parts.every(({ store }) => store.status === 'loaded');
    const error = this.#parts.find(({ subscription }) => subscription.error !== null)?.subscription.error ?? null;
    const isSettled = isLoaded && (this.#isLocalOnly || (this.#areSettled && this.#isSure()));
    return { isLoaded, isSettled, error, hasMore: this.#hasMore() };
  }

  placeOf({ key, value }: Entry): Entry {
    return { key, value: this.#root.store.values.get(key) ?? value };
  }

  use(): () => void {
    const releases = this.#parts.map(({ subscription }) => subscription.use());
    return () => releases.forEach((release) => release());
  }

  isCompleteThrough(position: number): boolean {
    return this.#parts.every(({ subscription }) => subscription.isSettled && subscription.through >= position);
  }

  catchUp(): boolean {
    let isBehind = this.#generation !== this.#generationNow;
    for (const joined of this.#maps.values()) {
      if (joined.revision === joined.store.revision) continue;
      joined.revision = joined.store.revision;
      joined.touched = null;
      isBehind = true;
    }
    return isBehind;
  }

  watch(changed: () => void): () => void {
    const stops = [...this.#maps.values()].map((joined) =>
      joined.store.observe({
        take(keys) {
          joined.revision = joined.store.revision;
          for (const key of keys) joined.touched?.add(key);
          changed();
        },
      }),
    );
    return () => stops.forEach((stop) => stop());
  }

  /** One diff for the batch, over all maps: when the first asks, each has taken it. */
  #bringUpToDate(): void {
    const maps = [...this.#maps];
    const generation = this.#generationNow;
    if (generation !== this.#generation || maps.some(([, { touched }]) => touched === null)) {
      this.#generation = generation;
      this.#window.touch(null);
      for (const [, joined] of maps) joined.touched = new Set();
      this.#view.load(this.#ownRows());
      return;
    }
    const batch = new Map<string, readonly Change[]>();
    for (const [name, joined] of maps) {
      const { touched } = joined;
      if (touched === null || touched.size === 0) continue;
      if (joined === this.#rootMap) this.#window.touch([...touched]);
      batch.set(
        name,
        Array.from(touched, (key) => this.#changeOf(joined, key)),
      );
      joined.touched = new Set();
    }
    if (batch.size > 0) this.#view.apply(batch);
  }

  #changeOf(joined: JoinedMap, key: string): Change {
    const after = isCandidate(joined, this.#areSettled, key) ? joined.store.values.get(key) : undefined;
    return { key, before: undefined, after };
  }

  #ownRows(): Iterable<Entry> {
    if (this.#areSettled) return candidates(this.#rootMap);
    return this.#rootMap.store.indexes.select(this.#query.where).entries;
  }

  *#related(map: string, path: Path, values: readonly Value[]): Iterable<Entry> {
    const joined = this.#maps.get(map) as JoinedMap;
    const areSettled = this.#areSettled;
    for (const entry of joined.store.indexes.related(path, values)) {
      if (isCandidate(joined, areSettled, entry.key)) yield entry;
    }
  }

  get #areSettled(): boolean {
    return this.#parts.every(({ subscription }) => subscription.isSettled);
  }

  /** Grows whenever the members of any subscription were replaced as a whole. */
  get #generationNow(): number {
    return this.#parts.reduce((sum, { subscription }) => sum + subscription.generation, 0);
  }

  #isSure(): boolean {
    return this.#window.isSure(this.#lastPlace()) && this.#relations.every((relation) => relation.isSure());
  }

  /** The last row of a full window. */
  #lastPlace(): Entry | undefined {
    const { limit } = this.#query;
    const last = limit === null ? undefined : this.#view.rows()[limit - 1];
    return last && this.placeOf(last);
  }

  #hasMore(): boolean {
    const { limit } = this.#query;
    if (limit === null || limit >= QUERY_LIMITS.limit) return false;
    return this.#root.subscription.isFull || this.#view.totalMatching > limit;
  }

  #join({ store, subscription }: QueryPart): void {
    const joined = this.#maps.get(store.name);
    if (joined === undefined) {
      this.#maps.set(store.name, { store, subscriptions: [subscription], touched: null, revision: -1 });
    } else joined.subscriptions.push(subscription);
  }
}
