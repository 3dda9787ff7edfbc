import type { Stamp } from '@topgun/core/clock';
import type { LwwRecord } from '@topgun/core/crdt';
import { err, ok, type Result } from '@topgun/core/primitives';
import { canonicalQuery, type PlanExplanation, type Predicate, type Query, type Within } from '@topgun/core/query';
import type { CreateApproximateIndex } from '@topgun/core/search';
import type { Timers } from '../../ports/environment.js';
import type { OutgrownView, SessionId, ViewDiffs, ViewRefusal } from '../../ports/partition-host.js';
import type { RecordChange } from '../crdt/overlay.js';
import { Searches, type KeptIndexes, type SearchDefinitions } from '../search/searches.js';
import { createLiveView, type ViewPlan } from './create-live-view.js';
import { LingeringViews } from './lingering-views.js';
import type { LiveView } from './live-view.js';
import { MapViews } from './map-views.js';
import { OpeningView, type ViewWaiter } from './opening-view.js';
import { parentsFirst } from './parents-first.js';
import type { RecordSource } from './record-source.js';
import { searchRunsOf, type JointSearches } from './joint-searches.js';
import { searchedMaps } from './searched-maps.js';
import type { Seen } from './seen-records.js';
import { refusalOfParent, tooManyRows } from './too-many-rows.js';
import { MAX_INDEX_BYTES, trimIndexes } from './trim-indexes.js';
import { AT_ONCE, DEFAULT_PIECES, viewTurns, type ViewTurns } from './view-turns.js';

/** What of each map is seen by who subscribes. */
export type SeenOf = (map: string) => Seen;

/** What one commit means for the views. */
export interface ViewNews {
  readonly diffs: readonly ViewDiffs[];
  /** Views without a limit that had to be closed, for each of their subscribers. */
  readonly outgrown: readonly OutgrownView[];
}

/** How many rows all views may hold together, about 150 bytes each: then no further ones are opened. */
export const MAX_VIEW_ROWS = 5_000_000;

/** What the indexes take is looked at after so many changes of records, and whenever a view is opened. */
const CHANGES_PER_TRIM = 1_024;

/**
 * PI-8: one live view per distinct (map, canonical query, visibility), shared by its subscribers and dropped some time after the last. A
 * write costs nothing for views of other maps, and nothing for views that demand equality with what the record neither held nor holds.
 */
export class ViewRegistry {
  readonly #source: RecordSource;
  /** Rows that a query without a limit may have. */
  readonly #wholeMapRows: number;
  readonly #viewRows: number;
  readonly #indexBytes: number;
  readonly #views = new Map<string, LiveView>();
  readonly #places = new Map<LiveView, string>();
  readonly #byMap = new Map<string, MapViews>();
  readonly #bySession = new Map<SessionId, Map<number, LiveView>>();
  readonly #searches: Searches;
  readonly #lingering: LingeringViews | null;
  readonly #turns: ViewTurns;
  readonly #searchRuns: ViewPlan['searchRuns'];
  /** QU-50: those that nobody sees yet. */
  readonly #opening = new Map<string, OpeningView>();
  readonly #openingOf = new Map<LiveView, OpeningView>();
  /** Records held for all views together. */
  #held = 0;
  #opened = 0;
  #looked = 0;
  #changes = 0;
  /** CR-10: the latest stamp of an unset field, or a tag, that was forgotten while there were subscribers. */
  #forgotten: Stamp | '' = '';

  /** Without `timers` no view outlives its subscribers, and each is opened in one piece. `joint`: searches are those of several hosts. */
  constructor(
    source: RecordSource,
    wholeMapRows: number,
    viewRows = MAX_VIEW_ROWS,
    timers: Timers | null = null,
    search: SearchDefinitions = {},
    indexBytes = MAX_INDEX_BYTES,
    keptIndexes: KeptIndexes | null = null,
    pieces = DEFAULT_PIECES,
    joint: JointSearches | null = null,
    approximate?: CreateApproximateIndex,
  ) {
    this.#turns = viewTurns(timers, pieces);
    const settled = (view: LiveView): void => this.#settled(view);
    this.#searchRuns = searchRunsOf(timers, pieces, joint, settled);
    this.#indexBytes = indexBytes;
    this.#source = source;
    this.#searches = new Searches(searchedMaps(source), search, timers, undefined, keptIndexes, approximate);
    this.#lingering = timers === null ? null : new LingeringViews(timers, (view) => this.#drop(view));
    this.#viewRows = viewRows;
    this.#wholeMapRows = wholeMapRows;
  }

  /** At how many records has been looked so far to open views. */
  get looked(): number {
    return this.#looked;
  }

  /** How many records are held for all views together. */
  get held(): number {
    return this.#held;
  }

  /** The indexes that searches use. */
  get searches(): Searches {
    return this.#searches;
  }

  /** Is told of the changes of each commit, once views and indexes know of them. */
  onApplied: (changes: readonly RecordChange[]) => void = () => {};

  /** SE-47: is told of what views show that no commit has told. */
  onSettled: (diffs: readonly ViewDiffs[]) => void = () => {};

  /** PI-45: views are being filled, or indexes made, turn by turn: whatever they look at stays. */
  get isFilling(): boolean {
    return this.#opening.size > 0 || this.#turns.isBusy();
  }

  /** How many views live. */
  get size(): number {
    return this.#views.size;
  }

  /**
   * SE-43, QU-50: tells when a view of the query can be opened: at once, as a rule. A search has to wait for the index of its map, and a view for which many records have to be
   * looked at is filled, turn by turn, for all who wait for it.
   */
  whenReady(map: string, query: Query, waiter: ViewWaiter, seenOf: SeenOf = () => null): void {
    if (query.search === undefined) return this.#whenFilled(map, query, waiter, seenOf);
    const search = this.#searches.check(map, query);
    if (!search.ok) return waiter.ready(search.error);
    search.value.index.whenReady(() => {
      if (waiter.isWanted()) this.#whenFilled(map, query, waiter, seenOf);
    });
  }

  #whenFilled(map: string, query: Query, waiter: ViewWaiter, seenOf: SeenOf): void {
    const place = viewPlace(map, query, seenOf);
    const opening = this.#opening.get(place);
    if (opening !== undefined) opening.waiters.push(waiter);
    else if (this.#views.has(place) || this.#turns === AT_ONCE) waiter.ready(null);
    else if (query.within === undefined) this.#beginOpening(map, query, waiter, seenOf);
    else {
      const { within } = query;
      const ready = (refusal: ViewRefusal | null): void => {
        if (refusal !== null) waiter.ready(refusalOfParent(refusal));
        else if (waiter.isWanted()) this.#beginOpening(map, query, waiter, seenOf);
      };
      this.whenReady(within.map, within.query, { ...waiter, ready }, seenOf);
    }
  }

  /** A subscription number that is in use ends the standing one first. */
  open(
    session: SessionId,
    sub: number,
    map: string,
    query: Query,
    seenOf: SeenOf = () => null,
  ): Result<LiveView, ViewRefusal> {
    this.close(session, sub);
    const held = this.#hold(map, query, seenOf);
    if (!held.ok) return held;
    const view = held.value;
    view.subscribe(session, sub);
    let subs = this.#bySession.get(session);
    if (subs === undefined) this.#bySession.set(session, (subs = new Map()));
    subs.set(sub, view);
    return held;
  }

  /** Only what is forgotten goes from a record that lives on. */
  #noteForgotten({ before, after }: RecordChange): void {
    if (before === undefined || after === undefined) return;
    if (after.fields.size >= before.fields.size || after.floor !== before.floor) return;
    for (const [name, { stamp }] of before.fields) {
      if (!after.fields.has(name) && stamp > this.#forgotten) this.#forgotten = stamp;
    }
  }

  /** The committed records among which all are that meet the conditions, found as those of a view are; `null`: there are more than so many. */
  recordsWhere(
    map: string,
    where: Predicate,
    most: number,
  ): Iterable<readonly [key: string, record: LwwRecord]> | null {
    this.#trim();
    return this.#viewsOf(map).recordsWhere(where, most);
  }

  close(session: SessionId, sub: number): void {
    const subs = this.#bySession.get(session);
    const view = subs?.get(sub);
    if (subs === undefined || view === undefined) return;
    subs.delete(sub);
    if (subs.size === 0) this.#bySession.delete(session);
    view.unsubscribe(session, sub);
    this.#letGo(view);
  }

  /** The view of a subscription. */
  find(session: SessionId, sub: number): LiveView | undefined {
    return this.#bySession.get(session)?.get(sub);
  }

  closeSession(session: SessionId): void {
    const subs = this.#bySession.get(session);
    if (subs === undefined) return;
    const views = new Set(subs.values());
    for (const sub of [...subs.keys()]) this.close(session, sub);
    // Who is gone without a goodbye to each of them comes back as a rule.
    for (const view of views) this.#lingering?.prepare(view);
  }

  /** Takes one commit's changes, after they have become the state. */
  apply(changes: readonly RecordChange[]): ViewNews {
    const diffs: ViewDiffs[] = [];
    const outgrown: OutgrownView[] = [];
    for (const change of changes) this.#noteForgotten(change);
    this.#searchRuns?.turns?.beginCommit();
    for (const [view, concerned] of parentsFirst(this.#concerned(changes))) {
      const opening = this.#openingOf.get(view);
      if (opening !== undefined) {
        opening.note(concerned);
        continue;
      }
      const { held } = view;
      const told = view.apply(concerned, this.#forgotten);
      this.#held += view.held - held;
      const error = tooManyRows(view, this.#wholeMapRows);
      if (error !== null) this.#end(view, error, outgrown);
      else if (told.length > 0 && view.subscribers.length > 0) {
        diffs.push({ view: view.id, subscribers: view.subscribers, changes: told, full: view.full });
      }
    }
    this.#changes += changes.length;
    if (this.#changes >= CHANGES_PER_TRIM) this.#trim();
    this.onApplied(changes);
    return { diffs, outgrown };
  }

  /** PI-47: all records of the map have to be here: it is searched, or related rows are looked for in it. */
  needsAll(map: string): boolean {
    return this.#searches.has(map) || this.#byMap.get(map)?.needsAll === true;
  }

  /** PI-47: what views may ask for of the records of a map in a partition that is about to go. */
  askedFor(
    map: string,
    records: Iterable<readonly [key: string, record: LwwRecord]>,
    isGoing: (key: string) => boolean,
  ): Iterable<string> {
    return this.#byMap.get(map)?.askedFor(records, isGoing) ?? [];
  }

  /** Is told of maps that nobody views any more. */
  onUnviewed: (map: string) => void = () => {};

  /** How the records of a view with these conditions would be found now; `null` while the map has no views. */
  explain(map: string, where: Predicate): PlanExplanation | null {
    return this.#byMap.get(map)?.explain(where) ?? null;
  }

  /** Ends a view that has grown too large, after those that stand on it. */
  #end(view: LiveView, error: ViewRefusal, outgrown: OutgrownView[]): void {
    for (const dependent of [...view.dependents.keys()]) {
      const refusal = refusalOfParent(error);
      const opening = this.#openingOf.get(dependent);
      if (opening === undefined) this.#end(dependent, refusal, outgrown);
      else this.#endOpening(opening, refusal);
    }
    for (const [session, sub] of view.subscribers) {
      outgrown.push({ session, sub, error });
      this.close(session, sub);
    }
    this.#lingering?.end(view);
  }

  /** The view of a query, with all those it stands on. Whoever has it must use it at once. */
  #hold(map: string, query: Query, seenOf: SeenOf): Result<LiveView, ViewRefusal> {
    const place = viewPlace(map, query, seenOf);
    const standing = this.#views.get(place);
    if (standing !== undefined) {
      this.#lingering?.take(standing);
      return ok(standing);
    }
    const made = this.#make(map, query, seenOf);
    if (!made.ok) return made;
    const view = made.value;
    this.#load(view, this.#viewsOf(map));
    const refusal = this.#admit(view, place);
    return refusal === null ? ok(view) : err(refusal);
  }

  /** A view that is not loaded, nor among the others; with all those it stands on, which are. */
  #make(map: string, query: Query, seenOf: SeenOf): Result<LiveView, ViewRefusal> {
    const { within } = query;
    const parent = within === undefined ? null : this.#hold(within.map, within.query, seenOf);
    if (parent !== null && !parent.ok) return err(refusalOfParent(parent.error));
    const search = query.search === undefined ? null : this.#searches.check(map, query);
    if (search !== null && !search.ok) return search;
    const plan = {
      map,
      query,
      parent: parent === null ? null : parent.value,
      search: search?.value ?? null,
      searchRuns: this.#searchRuns,
      seen: seenOf(map),
      views: this.#viewsOf(map),
    };
    return ok(createLiveView(`v${++this.#opened}`, plan, this.#source));
  }

  /** Takes a view that is loaded among the others, unless it is too large. */
  #admit(view: LiveView, place: string): ViewRefusal | null {
    this.#trim();
    const refusal = tooManyRows(view, this.#wholeMapRows) ?? this.#refusalOfAnother(view);
    if (refusal !== null) {
      this.#forget(view);
      return refusal;
    }
    this.#views.set(place, view);
    this.#places.set(view, place);
    this.#held += view.held;
    return null;
  }

  #beginOpening(map: string, query: Query, waiter: ViewWaiter, seenOf: SeenOf): void {
    const place = viewPlace(map, query, seenOf);
    // Of those who waited for one parent, somebody else may have come first.
    const begun = this.#opening.get(place);
    if (begun !== undefined) return void begun.waiters.push(waiter);
    const made = this.#views.has(place) ? null : this.#make(map, query, seenOf);
    if (made === null || !made.ok) return waiter.ready(made === null ? null : made.error);
    const view = made.value;
    const views = this.#viewsOf(map);
    if (!views.isTurned(view) && !view.isLong) {
      const looked = this.#looked;
      this.#load(view, views);
      waiter.looked?.(this.#looked - looked);
      return this.#tell([waiter], view, this.#admit(view, place));
    }
    const opening = new OpeningView(place, view);
    opening.waiters.push(waiter);
    this.#opening.set(place, opening);
    this.#openingOf.set(view, opening);
    views.add(view);
    const isScan = view.parent === null && query.search === undefined;
    if (isScan) {
      const records = this.#source.size(map);
      this.#looked += records;
      waiter.looked?.(records);
    }
    this.#turns.begin(this.#openingSteps(opening, isScan ? views.allFor(view) : []));
  }

  *#openingSteps(opening: OpeningView, records: Iterable<readonly [key: string, record: LwwRecord]>): Generator<void> {
    const { place, view, waiters } = opening;
    for (const _ of opening.steps(records, this.#turns.recordsPerStep)) {
      // Whoever asks for too much is told so once it shows, not after all has been looked at.
      const refusal = tooManyRows(view, this.#wholeMapRows);
      if (refusal !== null) return this.#endOpening(opening, refusal);
      yield;
      if (this.#opening.get(place) !== opening) return;
      if (!opening.isWanted) return this.#endOpening(opening, null);
    }
    this.#opening.delete(place);
    this.#openingOf.delete(view);
    this.#tell(waiters, view, this.#admit(view, place));
  }

  #settled(view: LiveView): void {
    const { held } = view;
    const told = view.settle();
    // Of one that nobody sees yet, or any more, nobody is told.
    if (!this.#places.has(view)) return;
    this.#held += view.held - held;
    if (told.length === 0 || view.subscribers.length === 0) return;
    this.onSettled([{ view: view.id, subscribers: view.subscribers, changes: told, full: view.full }]);
  }

  #tell(waiters: readonly ViewWaiter[], view: LiveView, refusal: ViewRefusal | null): void {
    for (const { ready } of waiters) ready(refusal);
    // Whoever it was for may be gone.
    if (refusal === null && !view.isDropped) this.#letGo(view);
  }

  /** What has been done for it is for nothing. `null`: nobody waits any more. */
  #endOpening({ place, view, waiters }: OpeningView, refusal: ViewRefusal | null): void {
    this.#opening.delete(place);
    this.#openingOf.delete(view);
    this.#forget(view);
    if (refusal !== null) for (const { ready } of waiters) ready(refusal);
  }

  /** Somebody needs it no longer; when nobody does, it lingers. */
  #letGo(view: LiveView): void {
    if (view.isUsed) return;
    if (this.#lingering === null) this.#drop(view);
    else this.#lingering.add(view);
  }

  #refusalOfAnother({ held }: LiveView): ViewRefusal | null {
    while (this.#held + held > this.#viewRows) {
      const ended = this.#lingering?.endOldest() ?? null;
      if (ended === null) break;
    }
    if (this.#held + held <= this.#viewRows) return null;
    return { code: 'overloaded', message: 'The live queries of this server hold as many rows as they may.' };
  }

  #concerned(changes: readonly RecordChange[]): Map<LiveView, RecordChange[]> {
    const concerned = new Map<LiveView, RecordChange[]>();
    for (const { map, key } of changes) this.#searches.change(map, key);
    for (const change of changes) {
      const views = this.#byMap.get(change.map);
      if (views === undefined) continue;
      for (const view of views.change(change)) {
        const held = concerned.get(view);
        if (held === undefined) concerned.set(view, [change]);
        else held.push(change);
      }
    }
    return concerned;
  }

  #load(view: LiveView, views: MapViews): void {
    if (view.parent !== null) {
      // It says itself which records it needs, and what changes concern it.
      views.add(view);
      view.load([]);
      return;
    }
    view.load(views.recordsFor(view, () => (this.#looked += 1)));
    views.add(view);
  }

  /** Those of the maps used last are last. */
  #viewsOf(map: string): MapViews {
    const views = this.#byMap.get(map) ?? new MapViews(map, this.#source, this.#turns);
    this.#byMap.delete(map);
    this.#byMap.set(map, views);
    return views;
  }

  #trim(): void {
    this.#changes = 0;
    trimIndexes(this.#byMap.values(), this.#indexBytes);
  }

  #drop(view: LiveView): void {
    const place = this.#places.get(view);
    if (place !== undefined) this.#views.delete(place);
    this.#places.delete(view);
    this.#held -= view.held;
    this.#forget(view);
  }

  #forget(view: LiveView): void {
    const views = this.#byMap.get(view.map);
    views?.delete(view);
    if (views?.size === 0) {
      views.drop();
      this.#byMap.delete(view.map);
      this.onUnviewed(view.map);
    }
    view.drop();
    if (view.parent !== null) this.#letGo(view.parent);
  }
}

/**
 * What is one view: the same query, of the same map, to those who see the same of it, and of all maps that it is related to (PI-9). Neither
 * names nor JSON hold a NUL.
 */
function viewPlace(map: string, query: Query, seenOf: SeenOf): string {
  const seen: string[] = [];
  for (let level: Within | undefined = { map, query, on: [[], []] }; level !== undefined; level = level.query.within) {
    seen.push(seenOf(level.map)?.key ?? '');
  }
  return [map, canonicalQuery(query), ...seen].join('\0');
}
