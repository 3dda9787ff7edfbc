import { heldAtStart, type Value } from '../../primitives/index.js';
import {
  createIncludeView,
  flattenQuery,
  QUERY_LIMITS,
  type Change,
  type Entry,
  type IncludeView,
  type LoadFrom,
  type Path,
  type Query,
} from '../../query/index.js';
import type { ViewTurns } from '../ports/view-turns.js';
import { candidates, isCandidate } from './confirmed-map.js';
import { JoinedMaps, type JoinedMap } from './joined-maps.js';
import type { MapStore } from './map-store.js';
import { RelationConfidence, type QueryPart } from './relation-confidence.js';
import type { RowSource, Standing } from './row-source.js';
import type { Subscription } from './subscription.js';
import { TurnedLoad } from './turned-load.js';
import { WindowConfidence } from './window-confidence.js';

export interface IncludedRowsOptions {
  readonly map: string;
  /** With `include`. */
  readonly query: Query;
  readonly storeOf: (map: string) => MapStore;
  readonly subscriptionOf: (map: string, query: Query) => Subscription;
  readonly turns: ViewTurns;
  readonly isLocalOnly: boolean;
}

/** A part, and where in its records the value is by which they are related; `null`: they are the query's own. */
interface Part extends QueryPart {
  readonly path: Path | null;
}

/**
 * The records of one map that meet a query, each with its related rows of other maps in it. The server answers each relation as a
 * subscription of its own (QU-45); here the query runs once more over what they all confirm (SY-5). What one of them confirms is current
 * wherever it shows, so a map counts as a whole, and nothing counts as the server's before all have answered.
 *
 * CL-25: of many records the view is filled in turns, and takes the place of the one before when it is. That one goes on meanwhile.
 */
export class IncludedRows implements RowSource {
  readonly #options: IncludedRowsOptions;
  readonly #parts: readonly Part[];
  readonly #root: Part;
  readonly #maps: JoinedMaps;
  readonly #rootMap: JoinedMap;
  readonly #window: WindowConfidence;
  readonly #relations: readonly RelationConfidence[];
  #view: IncludeView;
  /** What is to take the place of the view, once it is filled. */
  #next: TurnedLoad<IncludeView> | null = null;
  #release: () => void = NOTHING;
  /** The view has all that counted of the maps when it was loaded; else what was written here alone. */
  #isWhole = false;
  /** And the maps were loaded. */
  #isComplete = false;
  /** The view was filled since somebody caught up. */
  #isFilled = false;
  #changed: () => void = NOTHING;
  /** As of the last load; `null`: there was none. */
  #generation: number | null = null;

  constructor(options: IncludedRowsOptions) {
    const { map, query, storeOf, subscriptionOf } = options;
    this.#options = options;
    const partByPath = new Map<string, Part>();
    const relations: RelationConfidence[] = [];
    for (const wire of flattenQuery(map, query)) {
      const { within } = wire.query;
      const part: Part = {
        store: storeOf(wire.map),
        subscription: subscriptionOf(wire.map, wire.query),
        path: within?.on[1] ?? null,
      };
      partByPath.set(JSON.stringify(wire.path), part);
      if (within === undefined) continue;
      const parent = partByPath.get(JSON.stringify(wire.path.slice(0, -1))) as Part;
      relations.push(new RelationConfidence(parent, part, within));
    }
    this.#parts = [...partByPath.values()];
    this.#root = this.#parts[0] as Part;
    this.#maps = new JoinedMaps(this.#parts);
    this.#rootMap = this.#maps.of(map);
    this.#relations = relations;
    this.#window = new WindowConfidence(query, this.#root.store, this.#root.subscription);
    this.#view = createIncludeView(map, query, { load: this.#related });
  }

  rows(): readonly Entry[] {
    this.#bringUpToDate();
    return this.#view.rows();
  }

  standing(): Standing {
    this.#bringUpToDate();
    const isLoaded = this.#areLoaded && (this.#next === null || this.#isComplete);
    const error = this.#parts.find(({ subscription }) => subscription.error !== null)?.subscription.error ?? null;
    const isSettled =
      isLoaded && this.#next === null && (this.#options.isLocalOnly || (this.#areSettled && this.#isSure()));
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
    const isFilled = this.#isFilled;
    this.#isFilled = false;
    return this.#maps.catchUp() || isFilled || this.#isOther;
  }

  watch(changed: () => void): () => void {
    this.#changed = changed;
    return this.#observe();
  }

  /** One diff for the batch, over all maps: when the first asks, each has taken it. */
  #bringUpToDate(): void {
    if (this.#isOther || (this.#maps.isUnknown && this.#next === null)) this.#startOver();
    const batch = this.#maps.takeTouched(this.#changeOf, this.#isShown);
    if (batch.size === 0) return;
    const { name } = this.#root.store;
    this.#window.touch((batch.get(name) ?? []).map(({ key }) => key));
    this.#view.apply(batch);
  }

  /** The maps, or the members of a subscription, were replaced as a whole. */
  get #isOther(): boolean {
    return this.#generation !== this.#generationNow || this.#maps.areOthers;
  }

  #startOver(): void {
    this.#stop();
    const { areOthers, isObserved, isUnknown } = this.#maps;
    this.#generation = this.#generationNow;
    this.#window.touch(null);
    // What has shown all goes on while it is kept current. What was not has to be read anew, at once.
    const mayWait = !this.#isComplete || areOthers || (isObserved && !isUnknown);
    const records = mayWait ? this.#manyRecords() : null;
    if (records !== null) return this.#fill(records, areOthers);
    this.#maps.begin();
    this.#isWhole = true;
    this.#isComplete = this.#areLoaded;
    this.#view.load(this.#ownRows());
  }

  /** The query's own records where what is to be looked at is too much for one turn; otherwise `null`. */
  #manyRecords(): Iterable<readonly [key: string, value: Value]> | null {
    const { query, turns } = this.#options;
    const areSettled = this.#areSettled;
    const isMuch = ({ store, subscription, path }: Part): boolean => {
      const { values, indexes } = store;
      const isScanned = path !== null && indexes.relatedAccess(path) === 'scan';
      const counting = path === null ? indexes.plan(query.where).candidates : 0;
      const found = areSettled ? subscription.members.size : counting;
      return Math.max(found, isScanned ? values.size : 0) > turns.recordsAtOnce;
    };
    if (!this.#parts.some(isMuch)) return null;
    if (areSettled) return pairs(candidates(this.#rootMap));
    const { store } = this.#root;
    // What is missed is noted.
    const { entries } = store.indexes.select(query.where);
    return isMuch(this.#root) ? heldAtStart(store.values) : [...pairs(entries)];
  }

  /** Begins what takes the place of the view when it is filled. */
  #fill(records: Iterable<readonly [key: string, value: Value]>, areOthers: boolean): void {
    if (areOthers) {
      this.#isWhole = false;
      this.#isComplete = false;
    }
    this.#maps.beginTurns(this.#isWhole);
    const load: LoadFrom = (map, path, values) =>
      this.#next === next
        ? this.#counting(map, path, values, this.#maps.of(map).missed)
        : this.#related(map, path, values);
    const next: TurnedLoad<IncludeView> = new TurnedLoad(this.#view.successor({ load }));
    this.#rootMap.missed = next.touched;
    this.#next = next;
    this.#release = this.#observe();
    next.begin(this.#options.turns, records, () => {
      const missed = this.#maps.takeMissed(this.#changeOf);
      this.#stop();
      this.#takeOver(next.view, missed);
      this.#isFilled = true;
      this.#changed();
    });
  }

  #takeOver(view: IncludeView, missed: ReadonlyMap<string, readonly Change[]>): void {
    this.#maps.begin();
    this.#view = view;
    this.#isWhole = true;
    this.#isComplete = this.#areLoaded;
    this.#window.touch(null);
    view.apply(missed);
    view.standAlone();
  }

  /** What is being filled is not. */
  #stop(): void {
    this.#next?.stop();
    this.#next = null;
    this.#maps.endTurns();
    this.#release();
    this.#release = NOTHING;
  }

  #observe(): () => void {
    return this.#maps.observe(() => this.#changed());
  }

  readonly #changeOf = (joined: JoinedMap, key: string): Change => {
    const after = isCandidate(joined, this.#areSettled, key) ? joined.store.values.get(key) : undefined;
    return { key, before: undefined, after };
  };

  readonly #isShown = (joined: JoinedMap, key: string): boolean => this.#isWhole || joined.own.has(key);

  #ownRows(): Iterable<Entry> {
    if (this.#areSettled) return candidates(this.#rootMap);
    return this.#root.store.indexes.select(this.#options.query.where).entries;
  }

  readonly #related: LoadFrom = (map, path, values) =>
    this.#isWhole ? this.#counting(map, path, values, null) : ownRecords(this.#maps.of(map));

  /** Records that may be related, each as it is when it is read. */
  *#counting(map: string, path: Path, values: readonly Value[], without: ReadonlySet<string> | null): Iterable<Entry> {
    const joined = this.#maps.of(map);
    const areSettled = this.#areSettled;
    for (const entry of joined.store.indexes.related(path, values)) {
      if (without?.has(entry.key) !== true && isCandidate(joined, areSettled, entry.key)) yield entry;
    }
  }

  get #areLoaded(): boolean {
    return this.#parts.every(({ store }) => store.status === 'loaded');
  }

  get #areSettled(): boolean {
    return this.#parts.every(({ subscription }) => subscription.isSettled);
  }

  /** Grows whenever the members of any subscription were replaced as a whole; -1 as long as they do not matter. */
  get #generationNow(): number {
    if (!this.#areSettled) return -1;
    return this.#parts.reduce((sum, { subscription }) => sum + subscription.generation, 0);
  }

  #isSure(): boolean {
    return this.#window.isSure(this.#lastPlace()) && this.#relations.every((relation) => relation.isSure());
  }

  /** The last row of a full window. */
  #lastPlace(): Entry | undefined {
    const { limit } = this.#options.query;
    const last = limit === null ? undefined : this.#view.rows()[limit - 1];
    return last && this.placeOf(last);
  }

  #hasMore(): boolean {
    const { limit } = this.#options.query;
    if (limit === null || limit >= QUERY_LIMITS.limit) return false;
    return this.#root.subscription.isFull || this.#view.totalMatching > limit;
  }
}

const NOTHING = (): void => {};

function* ownRecords({ store, own }: JoinedMap): Iterable<Entry> {
  for (const key of own) {
    const value = store.values.get(key);
    if (value !== undefined) yield { key, value };
  }
}

function* pairs(entries: Iterable<Entry>): Iterable<readonly [key: string, value: Value]> {
  for (const { key, value } of entries) yield [key, value];
}
