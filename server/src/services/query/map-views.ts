import type { LwwRecord } from '@topgun/core/crdt';
import type { Value } from '@topgun/core/primitives';
import {
  explainPlan,
  INDEX_LIMITS,
  RecordIndexes,
  type Entry,
  type Path,
  type PlanExplanation,
  type Predicate,
  type Query,
} from '@topgun/core/query';
import type { RecordChange } from '../crdt/overlay.js';
import { coversOf } from './equality-covers.js';
import type { LiveView } from './live-view.js';
import { pinnedKeys } from './pinned-keys.js';
import { recordsAt, type RecordSource } from './record-source.js';
import { findable, seenRecords, type Seen } from './seen-records.js';
import { shownOnce, shownValue } from './shown-value.js';
import { ValueRoutes } from './value-routes.js';
import { ViewIndex, type IndexedChange } from './view-index.js';
import { AT_ONCE, type ViewTurns } from './view-turns.js';
import { visibleEntries } from './visible-entries.js';

/** What is known of a view before it is made. */
interface ViewPlace {
  readonly query: Query;
  readonly parent: LiveView | null;
  readonly seen: Seen;
}

/** PI-8: the live views of one map, found by the equality they demand; and the records they begin with, by indexes made for that. */
export class MapViews {
  readonly #map: string;
  readonly #source: RecordSource;
  readonly #views = new ViewIndex<LiveView>();
  /** Of related rows. */
  readonly #routes = new ValueRoutes<LiveView>();
  readonly #indexes: RecordIndexes;
  readonly #turns: ViewTurns;

  constructor(map: string, source: RecordSource, turns: ViewTurns = AT_ONCE) {
    this.#turns = turns;
    this.#map = map;
    this.#source = source;
    const read = source.read(map);
    const records = {
      get size() {
        return source.size(map);
      },
      get: (key: string) => {
        const record = read(key);
        return record && shownOnce(record);
      },
      *entries() {
        yield* visibleEntries(source.records(map));
      },
    };
    this.#indexes = new RecordIndexes(records, { ...INDEX_LIMITS, recordsPerStep: turns.recordsPerStep }, (steps) => {
      if (this.#isLarge) turns.begin(steps);
      else for (let step = steps.next(); step.done !== true; step = steps.next());
    });
  }

  get #isLarge(): boolean {
    return this.#source.size(this.#map) > this.#turns.recordsAtOnce;
  }

  /** Gives up what is in the making. Nobody looks for views here any more. */
  drop(): void {
    this.#indexes.reset();
  }

  /** QU-50: so many records would have to be looked at for the view that it is opened in turns. */
  isTurned({ query, parent, seen }: LiveView | ViewPlace): boolean {
    const { recordsAtOnce } = this.#turns;
    if (query.search !== undefined) return this.#isLarge;
    if (parent !== null && parent.size > recordsAtOnce) return true;
    if (!this.#isLarge || pinnedKeys(query.where) !== null) return false;
    return parent !== null || this.#indexes.plan(findable(query.where, seen)).candidates > recordsAtOnce;
  }

  /** QU-50: all records, to be read while they change. */
  allFor({ query, seen }: LiveView): Iterable<readonly [key: string, record: LwwRecord]> {
    this.#indexes.looksAtAll(findable(query.where, seen));
    return seenRecords(seen, this.#source.records(this.#map));
  }

  /** QU-50: makes the index by which rows related to others are found, step by step, where it is missing and there are many. */
  *makeIndex(path: Path): Generator<void> {
    if (this.#isLarge) yield* this.#indexes.build({ type: 'hash', path });
  }

  /** How many views there are. */
  get size(): number {
    return this.#views.size + this.#routes.size;
  }

  /** About how much memory the indexes take. */
  get indexBytes(): number {
    return this.#indexes.bytes;
  }

  /** Lets go of indexes, those not used for longest first, until the rest takes no more than this. They may be made again. */
  dropIndexes(maxBytes: number): void {
    this.#indexes.drop(maxBytes);
  }

  /** How the records of such a view would be found now. */
  explain(where: Predicate): PlanExplanation {
    return explainPlan(this.#indexes.plan(where), this.#indexes.size);
  }

  add(view: LiveView): void {
    const { where, within } = view.query;
    if (within === undefined) this.#views.add(view, coversOf(findable(where, view.seen)));
    else this.#routes.add(view, within.on[1]);
  }

  delete(view: LiveView): void {
    this.#views.delete(view);
    this.#routes.delete(view);
  }

  /** QU-45: from now on changes of records that hold the value, or held it, concern this view of related rows; until `closeValue`. */
  openValue(view: LiveView, value: Value): void {
    this.#routes.open(view, value);
  }

  closeValue(view: LiveView, value: Value): void {
    this.#routes.close(view, value);
  }

  /** Records among which all rows of the view are. To be read at once. `looked` is called for each that is looked at, seen or not. */
  recordsFor({ query, seen }: LiveView, looked: () => void): Iterable<readonly [key: string, record: LwwRecord]> {
    // PI-7: of other records nothing need be here.
    const keys = pinnedKeys(query.where);
    if (keys !== null) return seenRecords(seen, counted(recordsAt(keys, this.#source.read(this.#map)), looked));
    const { plan, entries } = this.#indexes.select(findable(query.where, seen));
    // Who looks at all of them need not look into each.
    const isScan = plan.access.type === 'scan';
    const records = isScan ? this.#source.records(this.#map) : recordsAt(keysOf(entries), this.#source.read(this.#map));
    return seenRecords(seen, counted(records, looked));
  }

  /**
   * Records among which all are that meet the conditions, to be read at once; `null`: more than so many would have to be looked at. Of a map that is larger than
   * that an index is made, where one would do.
   */
  recordsWhere(where: Predicate, most: number): Iterable<readonly [key: string, record: LwwRecord]> | null {
    const read = this.#source.read(this.#map);
    const keys = pinnedKeys(where);
    if (keys !== null) return keys.size > most ? null : recordsAt(keys, read);
    const [wanted] = this.#indexes.size > most ? this.#indexes.plan(where).wanted : [];
    if (wanted !== undefined) this.#indexes.create({ type: wanted.type, path: wanted.path });
    const { plan, entries } = this.#indexes.select(where);
    if (plan.candidates > most) return null;
    return plan.access.type === 'scan' ? this.#source.records(this.#map) : recordsAt(keysOf(entries), read);
  }

  /** QU-45: the rows among which all are that hold one of these values at the place. To be read at once. */
  related(path: Path, values: readonly Value[]): Iterable<Entry> {
    return this.#indexes.related(path, values);
  }

  /** PI-47: somebody may ask for whichever record: related rows are looked for at every change of what they are related to. */
  get needsAll(): boolean {
    return this.#routes.size > 0;
  }

  /** PI-47: the keys, of those in the partition that is about to go, whose records live views may ask for. */
  *askedFor(
    records: Iterable<readonly [key: string, record: LwwRecord]>,
    isGoing: (key: string) => boolean,
  ): Iterable<string> {
    for (const [key, record] of records) {
      const value = (): Value | undefined => shownValue(record);
      for (const view of this.#views.find({ key, before: () => undefined, after: value })) {
        if (!view.mayAskFor(key)) continue;
        yield key;
        break;
      }
    }
    for (const view of this.#views.all()) for (const key of view.recentKeys) if (isGoing(key)) yield key;
  }

  /** Takes one change of the map, which the state has by now. Says which views it can concern. */
  change(change: RecordChange): ReadonlySet<LiveView> {
    if (this.#indexes.isEmpty && this.#views.demandsNothing && this.#routes.size === 0) return this.#views.others;
    const { key } = change;
    const before = (): Value | undefined => change.before && shownValue(change.before);
    const after = (): Value | undefined => change.after && shownValue(change.after);
    if (!this.#indexes.isEmpty) this.#indexes.apply([{ key, before: before(), after: after() }]);
    const indexed: IndexedChange = { key, before, after };
    const found = this.#views.find(indexed);
    const related = this.#routes.find(indexed);
    return related.size === 0 ? found : new Set([...found, ...related]);
  }
}

function* keysOf(entries: Iterable<Entry>): Iterable<string> {
  for (const { key } of entries) yield key;
}

function* counted<T>(items: Iterable<T>, count: () => void): Iterable<T> {
  for (const item of items) {
    count();
    yield item;
  }
}
