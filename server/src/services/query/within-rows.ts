import type { LwwRecord } from '@topgun/core/crdt';
import { canonicalJson, LargeMap, LargeSet, type Value } from '@topgun/core/primitives';
import { KeyedViews, windowSize, type LoadRelated, type Path, type Query, type Within } from '@topgun/core/query';
import type { RecordChange } from '../crdt/overlay.js';
import type { ParentRows, RelatedTo } from './parent-rows.js';
import { placeValue } from './place-value.js';
import { shownOnce, shownValue } from './shown-value.js';
import { type Loading, type RowNews, type ShownRows } from './shown-rows.js';
import type { FormerRow } from './view-ring.js';
import { visibleChange } from './visible-entries.js';
import { windowed } from './windowed.js';

/** Hears which values rows are looked for under, so that changes of those find the view. */
export interface OpenValues {
  opened(value: Value): void;
  closed(value: Value): void;
}

export interface WithinRowsParts {
  readonly query: Query;
  readonly within: Within;
  readonly parents: ParentRows;
  readonly load: LoadRelated;
  /** Makes by and by what finds records by their value at the place, where there are many. */
  readonly index: (path: Path) => Generator<void>;
  readonly values: OpenValues;
}

interface OpenValue {
  readonly value: Value;
  /** How many rows of the parent have it. */
  parents: number;
  /** How many rows are shown under it. */
  shown: number;
}

interface CountedValue {
  readonly value: Value;
  parents: number;
}

/** To open a value takes about as long as to look at so many records. */
const RECORDS_PER_VALUE = 8;

/**
 * QU-45: the rows related to those that another view shows: for each value among these, the rows with an equal one, under this query's
 * order and window per value. Follows the other view by what changes in it, and never looks through its map. Holds the rows of open values.
 */
export class WithinRows implements ShownRows, RelatedTo {
  readonly #keyed: KeyedViews;
  readonly #window: number;
  readonly #parentPath: Path;
  readonly #path: Path;
  readonly #load: LoadRelated;
  readonly #index: WithinRowsParts['index'];
  readonly #parents: ParentRows;
  readonly #values: OpenValues;
  readonly #open = new LargeMap<OpenValue>();
  /** By text: how many more rows of the parent have the value than were counted, as of the last commit. */
  #news = new LargeMap<CountedValue>();
  /** Rows of the parent that a load has come to, or that have changed since it began; `null`: all of them are counted. */
  #counted: LargeSet | null = null;
  #size = 0;
  /** How many values have as many rows as their window takes. */
  #fullValues = 0;

  constructor({ query, within, parents, load, index, values }: WithinRowsParts) {
    const [parentPath, path] = within.on;
    this.#parentPath = parentPath;
    this.#path = path;
    this.#load = load;
    this.#index = index;
    this.#parents = parents;
    this.#values = values;
    this.#window = windowSize(query);
    this.#keyed = new KeyedViews({ path, query: windowed(query) }, load);
  }

  get size(): number {
    return this.#size;
  }

  get matching(): number {
    return this.#keyed.held;
  }

  get held(): number {
    return this.#keyed.held;
  }

  /** QU-46: under some value more may match than are shown. */
  get full(): boolean {
    return this.#fullValues > 0;
  }

  get isBehind(): boolean {
    return this.#news.size > 0;
  }

  has(key: string): boolean {
    return this.#keyed.has(key);
  }

  *keys(): Iterable<string> {
    for (const { key } of this.#keyed.shown()) yield key;
  }

  /**
   * Begins with what its parent shows; what changes of that meanwhile is made up for later. The records come from wherever those of a value can
   * be found.
   */
  *load(_records: Iterable<never>, { leavesOut, recordsPerStep }: Loading): Generator<void> {
    // What changed before is in what it shows.
    this.#news = new LargeMap();
    const counted = new LargeSet();
    this.#counted = counted;
    let looked = 0;
    for (const key of this.#parents.keys()) {
      if (++looked % recordsPerStep === 0) yield;
      if (counted.has(key)) continue;
      counted.add(key);
      this.#count(this.#valueAt(key, this.#parents.row(key), shownOnce), 1);
    }
    this.#counted = null;
    yield* this.#index(this.#path);
    const begun = this.#news;
    // What comes and goes from here on counts beside those.
    this.#news = new LargeMap();
    const { open, offer, end } = this.#keyed.beginOpen();
    const values: Value[] = [];
    for (const [text, { value, parents }] of begun) {
      this.#open.set(text, { value, parents, shown: 0 });
      this.#values.opened(value);
      open(value);
      values.push(value);
      if ((looked += RECORDS_PER_VALUE) % recordsPerStep < RECORDS_PER_VALUE) yield;
    }
    for (const entry of this.#load(this.#path, values)) {
      if (!leavesOut(entry.key)) offer(entry);
      if (++looked % recordsPerStep === 0) yield;
    }
    yield* end();
    for (const [text, opened] of this.#open) {
      opened.shown = this.#keyed.countOf(text);
      this.#size += opened.shown;
      this.#fullValues += Number(opened.shown >= this.#window);
      if (++looked % recordsPerStep === 0) yield;
    }
  }

  parentsChanged(former: readonly FormerRow[]): void {
    for (const [key, before] of former) {
      // Of one that has not been counted what it was before is of no account.
      if (this.#counted === null || this.#counted.has(key)) this.#count(this.#valueAt(key, before), -1);
      else this.#counted.add(key);
      this.#count(this.#valueAt(key, this.#parents.row(key)), 1);
    }
  }

  apply(changes: readonly RecordChange[], news: RowNews): void {
    const shownBefore = new Map<string, boolean>();
    for (const { key } of changes) shownBefore.set(key, this.#keyed.has(key));
    this.#keyed.apply(changes.map(visibleChange));
    const moved = this.#settle(this.#openAndClose());
    for (const [key, isShown] of moved) if (!shownBefore.has(key)) news.moved(key, isShown);
    for (const change of changes) {
      news.changed(change, shownBefore.get(change.key) === true, this.#keyed.has(change.key));
    }
  }

  #valueAt(key: string, record: LwwRecord | undefined, valueOf = shownValue): Value | undefined {
    return record && placeValue(this.#parentPath, key, () => valueOf(record));
  }

  /** QU-45: neither a missing value nor `null` relates to anything. */
  #count(value: Value | undefined, parents: 1 | -1): void {
    if (value === undefined || value === null) return;
    const text = canonicalJson(value);
    const counted = this.#news.get(text);
    if (counted === undefined) this.#news.set(text, { value, parents });
    else if (counted.parents + parents === 0) this.#news.delete(text);
    else counted.parents += parents;
  }

  /** Returns the texts of the values that are closed. */
  #openAndClose(): readonly string[] {
    const opening: Value[] = [];
    const closing: string[] = [];
    for (const [text, { value, parents }] of this.#news) {
      const open = this.#open.get(text);
      if (open === undefined) {
        this.#open.set(text, { value, parents, shown: 0 });
        this.#values.opened(value);
        opening.push(value);
      } else if ((open.parents += parents) === 0) {
        this.#values.closed(value);
        closing.push(text);
      }
    }
    this.#news = new LargeMap();
    this.#keyed.open(opening);
    this.#keyed.close(closing);
    return closing;
  }

  /** What came to be shown, or shows no more, of rows that count under the same value or none. */
  #settle(closed: readonly string[]): Map<string, boolean> {
    const { byValue, rows } = this.#keyed.flush();
    for (const [text, steps] of byValue) {
      const open = this.#open.get(text)!;
      const wasFull = open.shown >= this.#window;
      for (const { type } of steps) if (type !== 'update') open.shown += type === 'enter' ? 1 : -1;
      this.#fullValues += Number(open.shown >= this.#window) - Number(wasFull);
    }
    const moved = new Map<string, boolean>();
    for (const { before, after } of rows) {
      if (before !== undefined && after !== undefined) continue;
      this.#size += after === undefined ? -1 : 1;
      moved.set((before ?? after)!.key, after !== undefined);
    }
    for (const text of closed) this.#open.delete(text);
    return moved;
  }
}
