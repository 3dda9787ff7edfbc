import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import { canonicalQuery, type Query } from '@topgun/core/query';
import type { Timers } from '../../ports/environment.js';
import type { Identity } from '../../ports/identity.js';
import type { OutgrownView, SessionId, ViewDiffs, ViewId, ViewRefusal } from '../../ports/partition-host.js';
import type { FeedChange, FeedRows } from '../../services/query/feed-rows.js';
import { LingeringViews } from '../../services/query/lingering-views.js';
import type { LiveView } from '../../services/query/live-view.js';
import { createMergedView, type MergedView } from '../../services/query/merged-rows.js';
import { pinnedKeys } from '../../services/query/pinned-keys.js';
import { tooManyRows } from '../../services/query/too-many-rows.js';
import type { ViewNews } from '../../services/query/view-registry.js';
import { readSearch, type SearchDefinitions } from '../../services/search/read-search.js';
import type { Feed, Feeds } from './feeds.js';
import { JointSearch } from './joint-search.js';

export interface MergedViewsOptions {
  readonly feeds: Feeds;
  readonly hash: Hash64;
  readonly timers: Timers;
  readonly wholeMapRows: number;
  readonly members: number;
  /** Which host has a partition. */
  readonly memberOf: (partition: number) => number;
  /** What is searched of each map. */
  readonly search: SearchDefinitions;
  /** SE-71: what views show that no commit has told. */
  readonly onSettled: (diffs: readonly ViewDiffs[]) => void;
}

/** Who asks for a view. */
export interface ViewRequest {
  readonly session: SessionId;
  readonly sub: number;
  readonly map: string;
  readonly query: Query;
  readonly identity: Identity | undefined;
  /** What of the map is seen: who see the same share a view. */
  readonly seenKey: string;
  readonly onOpened: (view: LiveView) => void;
  readonly onRefused: (refusal: ViewRefusal) => void;
  readonly onCost: (looked: number) => void;
}

interface Merged {
  readonly place: string;
  readonly id: ViewId;
  feed: Feed | null;
  search: JointSearch | null;
  merged: MergedView | null;
  /** Who waits for it. */
  waiting: ViewRequest[];
}

/**
 * PI-28: the views of queries without groups and relations, and of searches: of each the rows that the hosts have, as one view, shared by its subscribers and kept for a
 * while after the last of them.
 */
export class MergedViews {
  readonly #options: MergedViewsOptions;
  readonly #byPlace = new Map<string, Merged>();
  readonly #byFeed = new Map<FeedRows, Merged>();
  readonly #byView = new Map<LiveView, Merged>();
  readonly #bySession = new Map<SessionId, Map<number, LiveView>>();
  readonly #lingering: LingeringViews;
  #opened = 0;

  constructor(options: MergedViewsOptions) {
    this.#options = options;
    this.#lingering = new LingeringViews(options.timers, (view) => this.#drop(this.#byView.get(view)));
  }

  /** The view of a subscription. */
  find(session: SessionId, sub: number): LiveView | undefined {
    return this.#bySession.get(session)?.get(sub);
  }

  open(request: ViewRequest): void {
    const { map, query, seenKey, session, sub } = request;
    this.close(session, sub);
    // Neither names nor JSON hold a NUL.
    const place = [map, canonicalQuery(query), seenKey].join('\0');
    const standing = this.#byPlace.get(place);
    if (standing === undefined) this.#hold(place, request);
    else if (standing.merged === null) standing.waiting.push(request);
    else this.#subscribe(standing.merged.view, request);
  }

  close(session: SessionId, sub: number): void {
    for (const merged of this.#byPlace.values()) {
      if (merged.waiting.length === 0) continue;
      merged.waiting = merged.waiting.filter((other) => other.session !== session || other.sub !== sub);
      if (merged.waiting.length === 0) this.#drop(merged);
    }
    const subs = this.#bySession.get(session);
    const view = subs?.get(sub);
    if (subs === undefined || view === undefined) return;
    subs.delete(sub);
    if (subs.size === 0) this.#bySession.delete(session);
    view.unsubscribe(session, sub);
    if (!view.isUsed) this.#lingering.add(view);
  }

  closeSession(session: SessionId): void {
    for (const merged of this.#byPlace.values()) {
      for (const { sub } of merged.waiting.filter((other) => other.session === session)) this.close(session, sub);
    }
    const views = new Set(this.#bySession.get(session)?.values());
    for (const sub of [...(this.#bySession.get(session)?.keys() ?? [])]) this.close(session, sub);
    for (const view of views) if (this.#byView.has(view)) this.#lingering.prepare(view);
  }

  /** Takes what a commit has changed in the feeds. */
  apply(changed: ReadonlyMap<FeedRows, readonly FeedChange[]>): ViewNews {
    const diffs: ViewDiffs[] = [];
    const outgrown: OutgrownView[] = [];
    for (const [rows, changes] of changed) {
      const held = this.#byFeed.get(rows);
      if (held === undefined || held.merged === null) continue;
      const { view } = held.merged;
      const told = held.merged.apply(changes);
      const error = tooManyRows(view, this.#options.wholeMapRows);
      if (error !== null) outgrown.push(...this.#end(held, error));
      else if (told.length > 0 && view.subscribers.length > 0) {
        diffs.push({ view: view.id, subscribers: view.subscribers, changes: told, full: view.full });
      }
    }
    return { diffs, outgrown: [...this.#ended.splice(0), ...outgrown] };
  }

  /** Of views that a host has ended, until the commit is told. */
  readonly #ended: OutgrownView[] = [];

  #hold(place: string, request: ViewRequest): void {
    const { identity, map, onCost, query } = request;
    const search = query.search === undefined ? null : readSearch(this.#options.search, map, query);
    if (search !== null && !search.ok) return request.onRefused(search.error);
    this.#opened += 1;
    const id: ViewId = `m${this.#opened}`;
    const held: Merged = { place, id, feed: null, search: null, merged: null, waiting: [request] };
    this.#byPlace.set(place, held);
    const feed = this.#options.feeds.open({
      map,
      query,
      identity,
      members: this.#membersFor(map, query),
      onOpened: () => (held.search === null ? this.#fed(held, request, feed, 0) : held.search.begin()),
      onEnded: (refusal) => this.#ended.push(...this.#end(held, refusal)),
      onCost,
      onSearch: (member, event) => held.search?.take(member, event),
    });
    held.feed = feed;
    this.#byFeed.set(feed.rows, held);
    if (search === null) return;
    const { members, timers } = this.#options;
    held.search = new JointSearch({
      members,
      query: search.value.query,
      timers,
      send: feed.send,
      onShown: ({ total }) => this.#found(held, request, feed, total),
    });
  }

  /** SE-70: the hosts show what the search has found. */
  #found(held: Merged, request: ViewRequest, feed: Feed, total: number): void {
    held.merged?.found(total);
    const diffs = this.#settle(held, feed);
    if (held.merged === null) this.#fed(held, request, feed, total);
    else this.#options.onSettled(diffs);
  }

  /** SE-71: what hosts have told apart from commits shows now, before what a commit tells. */
  settle(): readonly ViewDiffs[] {
    return [...this.#byPlace.values()].flatMap((held) =>
      held.search === null || held.feed === null ? [] : this.#settle(held, held.feed),
    );
  }

  #settle({ merged }: Merged, feed: Feed): ViewDiffs[] {
    const settled = feed.settle();
    if (merged === null) return [];
    const { view } = merged;
    const changes = settled.flatMap((each) => merged.apply(each));
    if (changes.length === 0 || view.subscribers.length === 0) return [];
    return [{ view: view.id, subscribers: view.subscribers, changes, full: view.full }];
  }

  #fed(held: Merged, { map, query }: ViewRequest, { rows }: Feed, found: number): void {
    const merged = createMergedView(held.id, map, query, rows, this.#options.hash);
    merged.found(found);
    const refusal = tooManyRows(merged.view, this.#options.wholeMapRows);
    if (refusal !== null) {
      this.#end(held, refusal);
      return;
    }
    held.merged = merged;
    this.#byView.set(merged.view, held);
    for (const request of held.waiting.splice(0)) this.#subscribe(merged.view, request);
  }

  #subscribe(view: LiveView, { onOpened, session, sub }: ViewRequest): void {
    this.#lingering.take(view);
    view.subscribe(session, sub);
    let subs = this.#bySession.get(session);
    if (subs === undefined) this.#bySession.set(session, (subs = new Map()));
    subs.set(sub, view);
    onOpened(view);
  }

  /** Refuses it to those who wait for it, and returns those who have it. */
  #end(held: Merged, error: ViewRefusal): OutgrownView[] {
    for (const { onRefused } of held.waiting.splice(0)) onRefused(error);
    const view = held.merged?.view;
    const subscribers = [...(view?.subscribers ?? [])];
    for (const [session, sub] of subscribers) this.close(session, sub);
    if (view !== undefined) this.#lingering.take(view);
    this.#drop(held);
    return subscribers.map(([session, sub]) => ({ session, sub, error }));
  }

  #drop(held: Merged | undefined): void {
    if (held === undefined || this.#byPlace.get(held.place) !== held) return;
    this.#byPlace.delete(held.place);
    if (held.feed !== null) this.#byFeed.delete(held.feed.rows);
    if (held.merged !== null) this.#byView.delete(held.merged.view);
    held.search?.stop();
    held.merged?.view.drop();
    held.feed?.close();
  }

  /** Those with partitions of the keys that the query names, otherwise all. What a search scores is a matter of all. */
  #membersFor(map: string, query: Query): readonly number[] {
    const { hash, memberOf, members } = this.#options;
    const keys = query.search === undefined ? pinnedKeys(query.where) : null;
    if (keys === null) return Array.from({ length: members }, (_, member) => member);
    const named = new Set(Array.from(keys, (key) => memberOf(partitionOf(hash, map, key))));
    // A query that nothing can meet is answered too.
    return named.size === 0 ? [0] : [...named];
  }
}
