import type { LwwRecord } from '@topgun/core/crdt';
import { searchInSteps, type SearchAnswer } from '@topgun/core/search';
import type { Timers } from '../../ports/environment.js';
import type { RecordChange } from '../crdt/overlay.js';
import type { CheckedSearch } from '../search/searches.js';
import { foundValues, type FoundValues } from './found-values.js';
import type { ReadRecord } from './read-record.js';
import type { RowNews, ShownRows } from './shown-rows.js';

/** A search that takes more is run again so long after it was run. */
export const SEARCH_PAUSE_MS = 100;

/** How a search is run again apart from commits. */
export interface SearchTurns {
  readonly timers: Timers;
  /** One that takes no more steps than these is run again within the commit that changes it. */
  readonly stepsAtOnce: number;
  /** Of others so many are taken in one turn. */
  readonly stepsPerTurn: number;
  /** It has been: what it shows now is to be told. */
  readonly settled: () => void;
}

/**
 * SE-42: the records that a search finds, the best ones, as many as the window holds. It is run again when a commit writes a record that is
 * shown, or one that it finds: one that has the words, or is near; within the commit, or in turns after it where it is long (SE-47). Holds keys.
 */
export class SearchRows implements ShownRows {
  readonly #search: CheckedSearch;
  readonly #found: FoundValues;
  readonly #isRestricted: boolean;
  readonly #turns: SearchTurns | null;
  #shown: ReadonlySet<string> = new Set();
  #matching = 0;
  /** What is farther away is not near. */
  #reach = -1;
  /** How many steps it took. */
  #steps = 0;
  /** A commit has changed what it finds since it was begun. */
  #isStale = false;
  #isRunning = false;
  #isDropped = false;
  /** What turns have found, which nobody has been told. */
  #news: SearchAnswer | null = null;

  /** `read` gives records as the readers see them; `isRestricted`: that is less than the index has. Without `turns` all is done within the commit. */
  constructor(search: CheckedSearch, read: ReadRecord, isRestricted: boolean, turns: SearchTurns | null = null) {
    this.#search = search;
    this.#isRestricted = isRestricted;
    this.#turns = turns;
    this.#found = foundValues(search, read, isRestricted);
    search.index.use(this);
  }

  drop(): void {
    this.#isDropped = true;
    this.#search.index.release(this);
  }

  get size(): number {
    return this.#shown.size;
  }

  get matching(): number {
    return this.#matching;
  }

  get held(): number {
    return this.#shown.size;
  }

  get full(): boolean {
    return this.#matching > this.#shown.size || this.#shown.size >= this.#search.query.limit;
  }

  has(key: string): boolean {
    return this.#shown.has(key);
  }

  keys(): Iterable<string> {
    return this.#shown;
  }

  /** From the index, and not from what a plan has found. */
  *load(_records: Iterable<readonly [key: string, record: LwwRecord]>): Generator<void> {
    const steps = this.#find();
    for (let count = 1; ; count++) {
      const step = steps.next();
      if (step.done === true) return this.#take(step.value);
      if (count % (this.#turns?.stepsPerTurn ?? Infinity) === 0) yield;
    }
  }

  apply(changes: readonly RecordChange[], news: RowNews): void {
    const before = this.#shown;
    if (changes.some((change) => this.#concerns(change))) this.#findAgain(changes);
    const written = new Set(changes.map(({ key }) => key));
    this.#tellMoved(before, written, news);
    for (const change of changes) news.changed(change, before.has(change.key), this.#shown.has(change.key));
  }

  /** SE-47: tells what turns have found, as of now. */
  settle(news: RowNews): void {
    const answer = this.#news;
    this.#news = null;
    if (answer === null) return;
    const before = this.#shown;
    this.#take(answer);
    // What a commit has changed since it was looked at may be found no longer.
    this.#shown = new Set([...this.#shown].filter((key) => this.#isFound(key)));
    this.#tellMoved(before, new Set(), news);
  }

  #tellMoved(before: ReadonlySet<string>, written: ReadonlySet<string>, news: RowNews): void {
    for (const key of before) if (!this.#shown.has(key) && !written.has(key)) news.moved(key, false);
    for (const key of this.#shown) if (!before.has(key) && !written.has(key)) news.moved(key, true);
  }

  #findAgain(changes: readonly RecordChange[]): void {
    if (this.#turns === null || this.#steps <= this.#turns.stepsAtOnce) {
      const steps = this.#find();
      let step = steps.next();
      while (step.done !== true) step = steps.next();
      this.#take(step.value);
      return;
    }
    this.#isStale = true;
    const shown = new Set(this.#shown);
    for (const { key } of changes) {
      if (!this.#isFound(key)) shown.delete(key);
      // Whoever wrote it goes on seeing it.
      else if (shown.size < 2 * this.#search.query.limit) shown.add(key);
    }
    this.#matching += shown.size - this.#shown.size;
    this.#shown = shown;
    this.#runLater(this.#turns);
  }

  #runLater(turns: SearchTurns): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    turns.timers.after(SEARCH_PAUSE_MS, () => {
      this.#isStale = false;
      this.#run(this.#find(), turns);
    });
  }

  #run(steps: Generator<void, SearchAnswer>, turns: SearchTurns): void {
    if (this.#isDropped) return;
    let step = steps.next();
    for (let count = 1; step.done !== true && count < turns.stepsPerTurn; count++) step = steps.next();
    if (step.done !== true) {
      turns.timers.after(0, () => this.#run(steps, turns));
      return;
    }
    this.#isRunning = false;
    this.#news = step.value;
    turns.settled();
    if (this.#isStale) this.#runLater(turns);
  }

  *#find(): Generator<void, SearchAnswer> {
    const { index, query } = this.#search;
    // PI-9: of what a reader does not see nothing is found, be it a record, a word of a field or a vector.
    const steps = searchInSteps(index.index, query, this.#found.seenValueOf, this.#isRestricted);
    for (let count = 0; ; count++) {
      const step = steps.next();
      if (step.done === true) {
        this.#steps = count;
        return step.value;
      }
      yield;
    }
  }

  #take({ hits, reach = -1, total }: SearchAnswer): void {
    this.#reach = reach;
    this.#shown = new Set(hits.map(({ key }) => key));
    this.#matching = total;
  }

  #concerns({ key, after }: RecordChange): boolean {
    return this.#shown.has(key) || this.#found.isFound(after, key, this.#reach);
  }

  #isFound(key: string): boolean {
    return this.#found.isFoundNow(key, this.#reach);
  }
}
