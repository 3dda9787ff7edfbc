import { EMPTY_RECORD, encodeDelta, encodeRecord } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import type { RowChange } from '@topgun/core/protocol';
import { canonicalQuery, type Predicate, type Query } from '@topgun/core/query';
import type { Timers } from '../../ports/environment.js';
import type { OutgrownView, SessionId, ViewDiffs, ViewRefusal } from '../../ports/partition-host.js';
import type { RecordChange } from '../../services/crdt/overlay.js';
import type { FeedChange, FeedRows } from '../../services/query/feed-rows.js';
import type { LiveView } from '../../services/query/live-view.js';
import { ViewRegistry, type ViewNews } from '../../services/query/view-registry.js';
import type { Feed, Feeds } from './feeds.js';
import type { ViewRequest } from './merged-views.js';

export interface DerivedViewsOptions {
  readonly feeds: Feeds;
  readonly hash: Hash64;
  readonly timers: Timers;
  readonly wholeMapRows: number;
  readonly members: number;
  /** The last commit that feeds have been told of. */
  readonly position: () => number;
  /** SE-47: what views show that no commit has told. */
  readonly onSettled: (diffs: readonly ViewDiffs[]) => void;
}

/** One query, of those who see the same of all its maps. */
interface Derived {
  readonly place: string;
  /** The query over its own feeds. */
  readonly query: Query;
  readonly map: string;
  readonly feeds: Map<string, { readonly alias: string; feed: Feed | null }>;
  readonly subscribers: Map<string, readonly [SessionId, sub: number]>;
  awaited: number;
  waiting: ViewRequest[];
}

/**
 * PI-52: groups and related rows over several hosts: made here of all rows that the hosts have for the conditions of each map, by the views that a host has. Each query has rows of its
 * own, under names that no map has. Holds these rows.
 */
export class DerivedViews {
  readonly #options: DerivedViewsOptions;
  readonly #byPlace = new Map<string, Derived>();
  readonly #byAlias = new Map<string, { readonly derived: Derived; readonly map: string }>();
  readonly #byFeed = new Map<FeedRows, { readonly derived: Derived; readonly alias: string }>();
  readonly #registry: ViewRegistry;
  /** Of feeds that a host has ended, until the commit is told. */
  readonly #ended: OutgrownView[] = [];
  #made = 0;

  constructor(options: DerivedViewsOptions) {
    this.#options = options;
    const rowsOf = (alias: string): FeedRows | undefined => {
      const held = this.#byAlias.get(alias);
      return held?.derived.feeds.get(held.map)?.feed?.rows;
    };
    const source = {
      hash: options.hash,
      position: options.position,
      read: (alias: string) => (key: string) => rowsOf(alias)?.read(key),
      records: (alias: string) => rowsOf(alias)?.entries() ?? [],
      size: (alias: string) => rowsOf(alias)?.size ?? 0,
    };
    this.#registry = new ViewRegistry(source, options.wholeMapRows, undefined, options.timers);
    this.#registry.onSettled = options.onSettled;
    this.#registry.onUnviewed = (alias) => this.#drop(this.#byAlias.get(alias)?.derived);
  }

  find(session: SessionId, sub: number): LiveView | undefined {
    return this.#registry.find(session, sub);
  }

  open(request: ViewRequest): void {
    const { map, query, seenKey, session, sub } = request;
    this.close(session, sub);
    const place = [map, canonicalQuery(query), seenKey].join('\0');
    const standing = this.#byPlace.get(place);
    if (standing === undefined) this.#make(place, request);
    else if (standing.awaited > 0) standing.waiting.push(request);
    else this.#subscribe(standing, request);
  }

  close(session: SessionId, sub: number): void {
    for (const derived of [...this.#byPlace.values()]) {
      derived.subscribers.delete(placeOf(session, sub));
      if (derived.waiting.length === 0) continue;
      derived.waiting = derived.waiting.filter((other) => other.session !== session || other.sub !== sub);
      if (derived.waiting.length === 0) this.#drop(derived);
    }
    this.#registry.close(session, sub);
  }

  closeSession(session: SessionId): void {
    for (const derived of [...this.#byPlace.values()]) {
      for (const { sub } of derived.waiting.filter((other) => other.session === session)) this.close(session, sub);
      for (const [place, [of]] of derived.subscribers) if (of === session) derived.subscribers.delete(place);
    }
    this.#registry.closeSession(session);
  }

  /** Takes what a commit has changed in the feeds. */
  apply(changed: ReadonlyMap<FeedRows, readonly FeedChange[]>): ViewNews {
    const changes: RecordChange[] = [];
    /** By name: what is among the rows no longer, and still is a record. */
    const leaving = new Map<string, Map<string, FeedChange>>();
    for (const [rows, own] of changed) {
      const held = this.#byFeed.get(rows);
      if (held === undefined || held.derived.awaited > 0) continue;
      const { alias } = held;
      const out = new Map(own.flatMap((change) => (change.isIn || !change.after ? [] : [[change.key, change]])));
      leaving.set(alias, out);
      for (const { after, before, isIn, key } of own) {
        changes.push({ partition: 0, map: alias, key, before, after: isIn ? after : undefined });
      }
    }
    const outgrown = this.#ended.splice(0);
    if (changes.length === 0) return { diffs: [], outgrown };
    const news = this.#registry.apply(changes);
    for (const { session, sub } of news.outgrown) this.#forget(session, sub);
    const diffs = news.diffs.map((diff) => {
      const out = this.#leavingOf(diff, leaving);
      if (out === undefined || out.size === 0) return diff;
      return { ...diff, changes: diff.changes.flatMap((change) => toldLeaving(change, out.get(change[1]))) };
    });
    return { diffs, outgrown: [...outgrown, ...news.outgrown] };
  }

  #leavingOf({ subscribers }: ViewDiffs, leaving: ReadonlyMap<string, ReadonlyMap<string, FeedChange>>) {
    const [first] = subscribers;
    const view = first === undefined ? undefined : this.#registry.find(...first);
    // Groups are no records.
    return view === undefined || view.query.groupBy !== undefined ? undefined : leaving.get(view.map);
  }

  #make(place: string, request: ViewRequest): void {
    this.#made += 1;
    const name = (map: string): string => `${this.#made}\0${map}`;
    const levels = levelsOf(request.map, request.query);
    const derived: Derived = {
      place,
      map: name(request.map),
      query: renamed(request.query, name),
      feeds: new Map([...levels.keys()].map((map) => [map, { alias: name(map), feed: null }])),
      subscribers: new Map(),
      awaited: levels.size,
      waiting: [request],
    };
    this.#byPlace.set(place, derived);
    const members = Array.from({ length: this.#options.members }, (_, member) => member);
    for (const [map, of] of levels) {
      const held = derived.feeds.get(map)!;
      this.#byAlias.set(held.alias, { derived, map });
      const where: Predicate = of.length === 1 ? of[0]! : { type: 'or', of };
      held.feed = this.#options.feeds.open({
        map,
        query: { where, sort: [], limit: null },
        identity: request.identity,
        members,
        onOpened: () => this.#fed(derived),
        onEnded: (refusal) => this.#end(derived, refusal),
        onCost: request.onCost,
      });
      this.#byFeed.set(held.feed.rows, { derived, alias: held.alias });
    }
  }

  #fed(derived: Derived): void {
    derived.awaited -= 1;
    if (derived.awaited > 0) return;
    for (const request of derived.waiting.splice(0)) this.#subscribe(derived, request);
  }

  #subscribe(derived: Derived, { onOpened, onRefused, session, sub }: ViewRequest): void {
    const { map, query, subscribers } = derived;
    const place = placeOf(session, sub);
    subscribers.set(place, [session, sub]);
    const ready = (refusal: ViewRefusal | null): void => {
      const opened = refusal === null ? this.#registry.open(session, sub, map, query) : null;
      if (opened?.ok === true) {
        subscribers.set(place, [session, sub]);
        onOpened(opened.value);
        return;
      }
      subscribers.delete(place);
      onRefused(opened?.ok === false ? opened.error : refusal!);
      if (subscribers.size === 0) this.#drop(derived);
    };
    this.#registry.whenReady(map, query, { ready, isWanted: () => subscribers.has(place) });
  }

  #end(derived: Derived, error: ViewRefusal): void {
    for (const { onRefused } of derived.waiting.splice(0)) onRefused(error);
    const subscribers = [...derived.subscribers.values()];
    this.#drop(derived);
    for (const [session, sub] of subscribers) {
      this.#registry.close(session, sub);
      this.#ended.push({ session, sub, error });
    }
  }

  #forget(session: SessionId, sub: number): void {
    for (const { subscribers } of this.#byPlace.values()) subscribers.delete(placeOf(session, sub));
  }

  #drop(derived: Derived | undefined): void {
    if (derived === undefined || this.#byPlace.get(derived.place) !== derived) return;
    this.#byPlace.delete(derived.place);
    for (const { alias, feed } of derived.feeds.values()) {
      if (feed !== null) this.#byFeed.delete(feed.rows);
      feed?.close();
      this.#byAlias.delete(alias);
    }
  }
}

/** What of each map the rows of a query are made of. */
function levelsOf(map: string, query: Query): ReadonlyMap<string, readonly Predicate[]> {
  const levels = new Map<string, Predicate[]>();
  for (let level: { map: string; query: Query } | undefined = { map, query }; level; level = level.query.within) {
    const before = levels.get(level.map);
    if (before === undefined) levels.set(level.map, [level.query.where]);
    else before.push(level.query.where);
  }
  return levels;
}

function renamed(query: Query, name: (map: string) => string): Query {
  const { within } = query;
  if (within === undefined) return query;
  return { ...query, within: { ...within, map: name(within.map), query: renamed(within.query, name) } };
}

/** SY-4: of a record that only meets the conditions no longer subscribers are told what it is now. */
function toldLeaving(change: RowChange, leaving: FeedChange | undefined): RowChange[] {
  if (change[0] !== 'gone' || leaving?.after === undefined) return [change];
  const { after, before, isAnew, key } = leaving;
  if (isAnew) return [change, ['out', key, encodeRecord(after)]];
  return [['out', key, encodeDelta(before ?? EMPTY_RECORD, after)]];
}

const placeOf = (session: SessionId, sub: number): string => `${sub}:${session}`;
