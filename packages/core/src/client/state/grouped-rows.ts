import { materialize } from '../../crdt/index.js';
import { createView, QUERY_LIMITS, type Change, type Entry, type Query, type View } from '../../query/index.js';
import { compileGroupEstimate, type Edit, type EstimatedGroups, type GroupEstimate } from './group-estimate.js';
import type { MapStore } from './map-store.js';
import type { RowSource, Standing } from './row-source.js';
import type { Subscription } from './subscription.js';

export interface GroupedRowsOptions {
  readonly query: Query & Required<Pick<Query, 'groupBy'>>;
  /** The records that are grouped. */
  readonly records: MapStore;
  /** The server's groups, as records of a map of their own. */
  readonly groups: MapStore;
  readonly subscription: Subscription;
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
  }

  rows(): readonly Entry[] {
    this.#bringUpToDate();
    return this.#view.rows();
  }

  standing(): Standing {
    this.#bringUpToDate();
    const { records, groups, subscription, isLocalOnly } = this.#options;
    const isLoaded = records.status === 'loaded' && groups.status === 'loaded';
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
    if (this.#revision === revision && this.#generation === this.#options.subscription.generation) return false;
    this.#revision = revision;
    this.#touchedRecords = null;
    return true;
  }

  watch(changed: () => void): () => void {
    const { records, groups } = this.#options;
    const stops = [
      records.observe({
        take: (keys) => {
          for (const key of keys) this.#touchedRecords?.add(key);
          this.#revision = this.#revisionNow;
          changed();
        },
      }),
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
    const { subscription } = this.#options;
    if (this.#touchedRecords === null || this.#generation !== subscription.generation) this.#startOver();
    else if (this.#isServers) this.#takeServers(this.#touchedRecords);
    else if (this.#touchedRecords.size > 0) this.#view.apply(Array.from(this.#touchedRecords, this.#recordChange));
    this.#touchedRecords = new Set();
    this.#touchedGroups = new Set();
  }

  #startOver(): void {
    const { query, records, subscription } = this.#options;
    const { groupBy: _, ...ofGroups } = query;
    const isServers = subscription.isSettled;
    this.#generation = subscription.generation;
    // Another view: groups of groups are something else than groups of records.
    if (isServers !== this.#isServers) this.#view = createView(isServers ? { ...ofGroups, where: EVERYTHING } : query);
    this.#isServers = isServers;
    this.#edits.clear();
    this.#estimated = new Map();
    if (!isServers) {
      this.#view.load(records.indexes.select(query.where).entries);
      return;
    }
    for (const key of records.overlay.pendingKeys()) this.#noteEdit(key);
    this.#estimateAnew();
    this.#view.load(this.#shownGroups());
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

const EVERYTHING: Query['where'] = { type: 'and', of: [] };
