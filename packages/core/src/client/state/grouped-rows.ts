import { materialize } from '../../crdt/index.js';
import { heldAtStart, type Value } from '../../primitives/index.js';
import { createView, QUERY_LIMITS, type Change, type Entry, type Query, type View } from '../../query/index.js';
import type { ViewTurns } from '../ports/view-turns.js';
import { compileGroupEstimate, type Edit, type EstimatedGroups, type GroupEstimate } from './group-estimate.js';
import type { MapObserver, MapStore } from './map-store.js';
import type { RowSource, Standing } from './row-source.js';
import type { Subscription } from './subscription.js';
import { TurnedLoad } from './turned-load.js';

export interface GroupedRowsOptions {
  readonly query: Query & Required<Pick<Query, 'groupBy'>>;
  /** The records that are grouped. */
  readonly records: MapStore;
  /** The server's groups, as records of a map of their own. */
  readonly groups: MapStore;
  readonly subscription: Subscription;
  readonly turns: ViewTurns;
  readonly isLocalOnly: boolean;
}

/**
 * QU-60: the groups of a query. Before the server has answered they are those of the records that are held here. After it they are
 * the server's, which knows all records; while this client has edits on their way that change some, those are estimates and the
 * view is not settled.
 */
export class GroupedRows implements RowSource {
  readonly #options: GroupedRowsOptions;
  readonly #estimate: GroupEstimate;
  /** Of the records held here, or of the server's groups. */
  #view: View;
  #isServers = false;
  /** Of the records held here: what is to take the place of the view, once it is filled. */
  #next: TurnedLoad<View> | null = null;
  #release: () => void = NOTHING;
  /** It was filled since somebody caught up. */
  #isFilled = false;
  /** The view was of all records of the loaded map, or the server's. */
  #isComplete = false;
  #table: ReadonlyMap<string, Value> | null = null;
  #changed: () => void = NOTHING;
  #observers = 0;
  #unobserve: () => void = NOTHING;
  readonly #taking: MapObserver;
  readonly #edits = new Map<string, Edit>();
  #estimated: EstimatedGroups = new Map();
  /** Keys to be looked at; `null`: all. */
  #touchedRecords: Set<string> | null = null;
  #touchedGroups = new Set<string>();
  #revision = -1;
  #generation = -1;

  constructor(options: GroupedRowsOptions) {
    this.#options = options;
    this.#estimate = compileGroupEstimate(options.query);
    this.#view = createView(options.query);
    this.#taking = {
      take: (keys) => {
        for (const key of keys) {
          this.#touchedRecords?.add(key);
          this.#next?.touched.add(key);
        }
        this.#revision = this.#revisionNow;
        this.#changed();
      },
    };
  }

  rows(): readonly Entry[] {
    this.#bringUpToDate();
    return this.#view.rows();
  }

  standing(): Standing {
    this.#bringUpToDate();
    const { records, groups, subscription, isLocalOnly } = this.#options;
    const isLoaded = records.status === 'loaded' && groups.status === 'loaded' && this.#next === null;
    const isSettled = isLoaded && (isLocalOnly || (this.#isServers && this.#edits.size === 0));
    return { isLoaded, isSettled, error: subscription.error, hasMore: this.#hasMore() };
  }

  placeOf(row: Entry): Entry {
    return row;
  }

  use(): () => void {
    return this.#options.subscription.use();
  }

  isCompleteThrough(position: number): boolean {
    const { subscription } = this.#options;
    return subscription.isSettled && subscription.through >= position;
  }

  catchUp(): boolean {
    const revision = this.#revisionNow;
    const isFilled = this.#isFilled;
    this.#isFilled = false;
    if (this.#revision === revision && this.#generation === this.#options.subscription.generation) return isFilled;
    this.#revision = revision;
    this.#touchedRecords = null;
    return true;
  }

  watch(changed: () => void): () => void {
    const { groups } = this.#options;
    this.#changed = changed;
    const stops = [
      this.#observe(),
      groups.observe({
        take: (keys) => {
          for (const key of keys) this.#touchedGroups.add(key);
          this.#revision = this.#revisionNow;
          changed();
        },
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }

  get #revisionNow(): number {
    return this.#options.records.revision + this.#options.groups.revision;
  }

  #bringUpToDate(): void {
    const { records, subscription } = this.#options;
    const touched = this.#touchedRecords;
    const isOther = this.#generation !== subscription.generation || this.#table !== records.values;
    if (isOther || (touched === null && this.#next === null)) this.#startOver();
    else if (this.#next !== null) this.#stepMeanwhile(touched ?? []);
    else if (touched !== null) this.#take(touched);
    this.#touchedRecords = new Set();
    this.#touchedGroups = new Set();
  }

  #startOver(): void {
    const { query, records, subscription, turns } = this.#options;
    const { groupBy: _, ...ofGroups } = query;
    const isServers = subscription.isSettled;
    const isWaiting = !this.#isComplete || this.#table !== records.values;
    this.#stop();
    this.#table = records.values;
    this.#generation = subscription.generation;
    // Another view: groups of groups are something else than groups of records.
    if (isServers !== this.#isServers) this.#view = createView(isServers ? { ...ofGroups, where: EVERYTHING } : query);
    this.#isServers = isServers;
    this.#edits.clear();
    this.#estimated = new Map();
    this.#isComplete = isServers || records.status === 'loaded';
    if (!isServers) {
      // Before the map is loaded there is what is pending, which is to show.
      const isLarge = records.status === 'loaded' && records.indexes.plan(query.where).candidates > turns.recordsAtOnce;
      const { entries } = records.indexes.select(query.where);
      if (isLarge && isWaiting) this.#fill();
      else this.#view.load(entries);
      return;
    }
    for (const key of records.overlay.pendingKeys()) this.#noteEdit(key);
    this.#estimateAnew();
    this.#view.load(this.#shownGroups());
  }

  /** Begins what takes the place of the view when it is filled. */
  #fill(): void {
    const { query, records, turns } = this.#options;
    const next = new TurnedLoad(createView(query));
    this.#next = next;
    this.#isComplete = false;
    this.#release = this.#observe();
    this.#stepMeanwhile(records.overlay.pendingKeys());
    next.begin(turns, heldAtStart(records.values), () => {
      next.view.apply(Array.from(next.touched, this.#recordChange));
      this.#view = next.view;
      this.#stop();
      this.#touchedRecords = new Set();
      this.#isComplete = true;
      this.#isFilled = true;
      this.#changed();
    });
  }

  /** What is being filled is not. */
  #stop(): void {
    this.#next?.stop();
    this.#next = null;
    this.#release();
    this.#release = NOTHING;
  }

  /** Before it is filled, it shows what is written here. */
  #stepMeanwhile(touched: Iterable<string>): void {
    const { overlay } = this.#options.records;
    const own = [...touched].filter((key) => overlay.isPending(key));
    if (own.length > 0) this.#view.apply(own.map(this.#recordChange));
  }

  #observe(): () => void {
    if (this.#observers++ === 0) this.#unobserve = this.#options.records.observe(this.#taking);
    return () => {
      if (--this.#observers === 0) this.#unobserve();
    };
  }

  #take(touched: ReadonlySet<string>): void {
    if (this.#isServers) this.#takeServers(touched);
    else if (touched.size > 0) this.#view.apply(Array.from(touched, this.#recordChange));
  }

  #takeServers(touched: ReadonlySet<string>): void {
    let isEdited = this.#edits.size > 0;
    for (const key of touched) {
      this.#noteEdit(key);
      isEdited ||= this.#edits.has(key);
    }
    const affected = new Set([...this.#touchedGroups, ...this.#estimated.keys()]);
    if (isEdited) this.#estimateAnew();
    else this.#estimated = new Map();
    for (const key of this.#estimated.keys()) affected.add(key);
    if (affected.size > 0) this.#view.apply(Array.from(affected, this.#groupChange));
  }

  /** What the edit of this record changes; until the server's groups have it in them, also after its ack. */
  #noteEdit(key: string): void {
    const { records, subscription } = this.#options;
    const held = this.#edits.get(key);
    const isAhead = records.acks.isAfter(key, subscription.through);
    const isOnItsWay = records.overlay.isPending(key) || (isAhead && held !== undefined);
    const confirmed = materialize(records.overlay.baseRecords().get(key));
    // What is acked is part of the base: how the groups have the record is known from before.
    const before = isAhead && held !== undefined ? held.before : confirmed;
    const edit: Edit = { key, before, after: records.values.get(key) };
    if (isOnItsWay && !this.#estimate.isNeutral(edit)) this.#edits.set(key, edit);
    else this.#edits.delete(key);
  }

  #estimateAnew(): void {
    const { groups, subscription } = this.#options;
    const confirmed = (key: string) => (subscription.members.has(key) ? groups.values.get(key) : undefined);
    this.#estimated = this.#estimate.groups(this.#edits.values(), confirmed);
  }

  #shownGroups(): Entry[] {
    const { members } = this.#options.subscription;
    const entries: Entry[] = [];
    for (const key of new Set([...members, ...this.#estimated.keys()])) {
      const value = this.#groupChange(key).after;
      if (value !== undefined) entries.push({ key, value });
    }
    return entries;
  }

  readonly #groupChange = (key: string): Change => {
    const { groups, subscription } = this.#options;
    const confirmed = subscription.members.has(key) ? groups.values.get(key) : undefined;
    return { key, before: undefined, after: this.#estimated.has(key) ? this.#estimated.get(key) : confirmed };
  };

  readonly #recordChange = (key: string): Change => ({
    key,
    before: undefined,
    after: this.#options.records.values.get(key),
  });

  #hasMore(): boolean {
    const { query, subscription } = this.#options;
    if (query.limit === null || query.limit >= QUERY_LIMITS.limit) return false;
    return (this.#isServers && subscription.isFull) || this.#view.totalMatching > query.limit;
  }
}

const NOTHING = (): void => {};

const EVERYTHING: Query['where'] = { type: 'and', of: [] };
