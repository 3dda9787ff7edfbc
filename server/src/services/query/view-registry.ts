import type { LwwRecord } from '@topgun/core/crdt';
import { err, ok, type Hash64, type Result } from '@topgun/core/primitives';
import { canonicalQuery, type Query } from '@topgun/core/query';
import type { Timers } from '../../ports/environment.js';
import type { OutgrownView, SessionId, ViewDiffs, ViewRefusal } from '../../ports/partition-host.js';
import type { RecordChange } from '../crdt/overlay.js';
import { LingeringViews } from './lingering-views.js';
import { LiveView, type ReadRecord } from './live-view.js';
import { MapViews } from './map-views.js';

/** Where views read the committed records of a map. */
export interface RecordSource {
  readonly hash: Hash64;
  read(map: string): ReadRecord;
  records(map: string): Iterable<readonly [key: string, record: LwwRecord]>;
}

/** What one commit means for the views. */
export interface ViewNews {
  readonly diffs: readonly ViewDiffs[];
  /** Views without a limit that had to be closed, for each of their subscribers. */
  readonly outgrown: readonly OutgrownView[];
}

/** How many rows all views may hold together, about 150 bytes each: then no further ones are opened. */
export const MAX_VIEW_ROWS = 5_000_000;

/**
 * PI-8: one live view per distinct (map, canonical query), shared by its subscribers and dropped some time after the last. A
 * write costs nothing for views of other maps, and nothing for views that demand equality with what the record neither held nor holds.
 */
export class ViewRegistry {
  readonly #source: RecordSource;
  /** Rows that a query without a limit may have. */
  readonly #wholeMapRows: number;
  readonly #viewRows: number;
  readonly #views = new Map<string, LiveView>();
  readonly #byMap = new Map<string, MapViews>();
  readonly #bySession = new Map<SessionId, Map<number, LiveView>>();
  readonly #lingering: LingeringViews | null;
  /** Rows of all views together. */
  #rows = 0;
  #opened = 0;

  /** Without `timers` no view outlives its subscribers. */
  constructor(source: RecordSource, wholeMapRows: number, viewRows = MAX_VIEW_ROWS, timers: Timers | null = null) {
    this.#source = source;
    this.#lingering = timers === null ? null : new LingeringViews(timers, (view) => this.#drop(view));
    this.#viewRows = viewRows;
    this.#wholeMapRows = wholeMapRows;
  }

  /** How many views live. */
  get size(): number {
    return this.#views.size;
  }

  /** A subscription number that is in use ends the standing one first. */
  open(session: SessionId, sub: number, map: string, query: Query): Result<LiveView, ViewRefusal> {
    this.close(session, sub);
    const place = viewPlace(map, query);
    let view = this.#views.get(place);
    if (view === undefined) {
      view = new LiveView(`v${++this.#opened}`, map, query, this.#source.read(map), this.#source.hash);
      this.#load(view);
    }
    const refusal = this.#refusalOf(view) ?? (this.#views.has(place) ? null : this.#refusalOfAnother(view));
    if (refusal !== null) return err(refusal);
    if (!this.#views.has(place)) this.#keep(place, view);
    this.#lingering?.take(view);
    view.subscribe(session, sub);
    let subs = this.#bySession.get(session);
    if (subs === undefined) this.#bySession.set(session, (subs = new Map()));
    subs.set(sub, view);
    return ok(view);
  }

  close(session: SessionId, sub: number): void {
    const subs = this.#bySession.get(session);
    const view = subs?.get(sub);
    if (subs === undefined || view === undefined) return;
    subs.delete(sub);
    if (subs.size === 0) this.#bySession.delete(session);
    if (!view.unsubscribe(session, sub)) return;
    if (this.#lingering === null) this.#drop(view);
    else this.#lingering.add(view);
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
    for (const [view, concerned] of this.#concerned(changes)) {
      const rows = view.matching;
      const told = view.apply(concerned);
      this.#rows += view.matching - rows;
      const error = this.#refusalOf(view);
      if (error !== null) {
        for (const [session, sub] of view.subscribers) {
          outgrown.push({ session, sub, error });
          this.close(session, sub);
        }
        this.#lingering?.end(view);
      } else if (told.length > 0 && view.subscribers.length > 0) {
        diffs.push({ view: view.id, subscribers: view.subscribers, changes: told, full: view.full });
      }
    }
    return { diffs, outgrown };
  }

  #refusalOf({ matching, query }: LiveView): ViewRefusal | null {
    if (query.limit !== null || matching <= this.#wholeMapRows) return null;
    const message = `${matching} rows match; without a limit at most ${this.#wholeMapRows} may (limits.wholeMapRows).`;
    return { code: 'too-many-rows', message };
  }

  #refusalOfAnother({ matching }: LiveView): ViewRefusal | null {
    while (this.#rows + matching > this.#viewRows) {
      const ended = this.#lingering?.endOldest() ?? null;
      if (ended === null) break;
    }
    if (this.#rows + matching <= this.#viewRows) return null;
    return { code: 'overloaded', message: 'The live queries of this server hold as many rows as they may.' };
  }

  #concerned(changes: readonly RecordChange[]): Map<LiveView, RecordChange[]> {
    const concerned = new Map<LiveView, RecordChange[]>();
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

  #load(view: LiveView): void {
    const keys = this.#viewsOf(view.map).candidates(view);
    view.load(keys === null ? this.#source.records(view.map) : recordsAt(keys, this.#source.read(view.map)));
  }

  #keep(place: string, view: LiveView): void {
    this.#views.set(place, view);
    this.#rows += view.matching;
    const views = this.#viewsOf(view.map);
    this.#byMap.set(view.map, views);
    views.add(view);
  }

  /** Those of a map without views are not kept until there is one. */
  #viewsOf(map: string): MapViews {
    return this.#byMap.get(map) ?? new MapViews(() => this.#source.records(map));
  }

  #drop(view: LiveView): void {
    this.#views.delete(viewPlace(view.map, view.query));
    this.#rows -= view.matching;
    const views = this.#byMap.get(view.map);
    views?.delete(view);
    if (views?.size === 0) this.#byMap.delete(view.map);
  }
}

function* recordsAt(keys: Iterable<string>, read: ReadRecord): Iterable<readonly [key: string, record: LwwRecord]> {
  for (const key of keys) {
    const record = read(key);
    if (record !== undefined) yield [key, record];
  }
}

const viewPlace = (map: string, query: Query): string => `${map}\0${canonicalQuery(query)}`;
