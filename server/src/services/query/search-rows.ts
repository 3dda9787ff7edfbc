import type { LwwRecord } from '@topgun/core/crdt';
import { takeAll } from '@topgun/core/query';
import { findInSteps, rankPartSteps, type FoundKeys, type IndexShare, type RankedPart } from '@topgun/core/search';
import type { RecordChange } from '../crdt/overlay.js';
import type { CheckedSearch } from '../search/searches.js';
import { foundValues, type FoundValues } from './found-values.js';
import type { ReadRecord } from './read-record.js';
import type { SearchTurns } from './search-turns.js';
import type { RowNews, ShownRows } from './shown-rows.js';

/** So much text is read at once, where the words of each record have to be: some milliseconds. */
const MOST_CHARACTERS = 16_384;
/** So many numbers are compared at once: as many as in one turn. */
const MOST_NUMBERS = 1_048_576;

/** How a search is run again. */
export interface SearchRuns {
  /** `null`: several hosts run it together (SE-70), and are told when that is due. */
  readonly turns: SearchTurns | null;
  /** SE-71: a commit has changed what it finds. */
  readonly changed: () => void;
  /** It has been, apart from commits: what it shows now is to be told. */
  readonly settled: () => void;
}

/**
 * SE-42: the records that a search finds, the best ones, as many as the window holds. It is run again when a commit writes a record that is
 * shown, or one that it finds: one that has the words, or is near; within the commit, or in turns after it where it is long (SE-47). Holds keys.
 */
export class SearchRows implements ShownRows {
  readonly #search: CheckedSearch;
  readonly #found: FoundValues;
  /** PI-9: of what a reader does not see nothing is found, be it a record, a word of a field or a vector. */
  readonly #seen: { readonly isRestricted: boolean; readonly isCurrent: true };
  readonly #runs: SearchRuns | null;
  #shown: ReadonlySet<string> = new Set();
  #matching = 0;
  /** What is farther away is not near. */
  #reach = -1;
  /** How many steps it took the last time. */
  #steps = 0;
  /** A commit has changed what it finds since it was begun. */
  #isStale = false;
  /** What commits have written since it was ranked, and is found. */
  readonly #since = new Set<string>();
  #isRunning = false;
  #isDropped = false;
  /** What turns have found, which nobody has been told. */
  #news: FoundKeys | null = null;

  /** `read` gives records as the readers see them; `isRestricted`: that is less than the index has. Without `runs` all is done within the commit. */
  constructor(search: CheckedSearch, read: ReadRecord, isRestricted: boolean, runs: SearchRuns | null = null) {
    this.#search = search;
    this.#seen = { isRestricted, isCurrent: true };
    this.#runs = runs;
    this.#found = foundValues(search, read);
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

  get isLong(): boolean {
    const { index, query } = this.#search;
    if (!index.catchUp() || (query.vector !== null && index.index.vectorNumbers > MOST_NUMBERS)) return true;
    return this.#seen.isRestricted && index.index.characters > MOST_CHARACTERS;
  }

  has(key: string): boolean {
    return this.#shown.has(key);
  }

  keys(): Iterable<string> {
    return this.#shown;
  }

  /** From the index, and not from what a plan has found. */
  *load(_records: Iterable<readonly [key: string, record: LwwRecord]>): Generator<void> {
    // What shows of several hosts' records is known once all of them have ranked.
    if (this.#runs?.turns === null) return;
    const steps = this.#find();
    for (let count = 1; ; count++) {
      const step = steps.next();
      if (step.done === true) return this.#take(step.value);
      if (count % (this.#runs?.turns.stepsPerTurn ?? Infinity) === 0) yield;
    }
  }

  /** SE-70: what the index of this host has of what the search is scored by. */
  *share(): Generator<void, IndexShare> {
    this.#isStale = false;
    const { index, query } = this.#search;
    yield* index.currentSteps();
    return yield* index.index.shareSteps(query);
  }

  /** SE-70: ranks the records of this host by what all hosts have together. */
  *rank(all: IndexShare): Generator<void, RankedPart> {
    this.#since.clear();
    const { index, query } = this.#search;
    yield* index.currentSteps();
    return yield* rankPartSteps(index.index, all, query, this.#found.seenValueOf, this.#seen);
  }

  /** SE-70: these of its records show, as all hosts have ranked them. */
  show(answer: FoundKeys): void {
    if (this.#runs === null || this.#isDropped) return;
    this.#isRunning = false;
    this.#news = answer;
    this.#runs.settled();
    if (this.#isStale) this.#runLater(this.#runs);
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
    // What a commit has changed since it was looked at may be found no longer, or only since.
    const shown = new Set([...this.#shown].filter((key) => this.#mayBeFound(key)));
    for (const key of this.#since) if (this.#mayBeFound(key)) this.#add(key, shown);
    this.#shown = shown;
    this.#tellMoved(before, new Set(), news);
  }

  /** SE-13: nothing that was written has a text that is long to read, for the index or for the conditions. */
  #isFoundAtOnce(changes: readonly RecordChange[], { turns }: SearchRuns): boolean {
    return (
      this.#search.index.catchUp() &&
      turns?.takesAtOnce(this.#steps) === true &&
      !changes.some(({ after, key }) => this.#found.isLongToMatch(after, key))
    );
  }

  #tellMoved(before: ReadonlySet<string>, written: ReadonlySet<string>, news: RowNews): void {
    for (const key of before) if (!this.#shown.has(key) && !written.has(key)) news.moved(key, false);
    for (const key of this.#shown) if (!before.has(key) && !written.has(key)) news.moved(key, true);
  }

  #findAgain(changes: readonly RecordChange[]): void {
    if (this.#runs === null || this.#isFoundAtOnce(changes, this.#runs)) {
      this.#take(takeAll(this.#find()));
      return;
    }
    this.#isStale = true;
    const shown = new Set(this.#shown);
    for (const { key } of changes) {
      if (!this.#mayBeFound(key)) shown.delete(key);
      else {
        this.#since.add(key);
        this.#add(key, shown);
      }
    }
    this.#matching += shown.size - this.#shown.size;
    this.#shown = shown;
    this.#runLater(this.#runs);
  }

  /** Whoever wrote it goes on seeing it. */
  #add(key: string, shown: Set<string>): void {
    if (shown.size < 2 * this.#search.query.limit) shown.add(key);
  }

  #runLater(runs: SearchRuns): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    if (runs.turns === null) runs.changed();
    else runs.turns.later(this.#run(runs, runs.turns.stepsPerTurn));
  }

  *#run(runs: SearchRuns, stepsPerTurn: number): Generator<void> {
    if (this.#isDropped) return;
    this.#isStale = false;
    this.#since.clear();
    const steps = this.#find();
    let step = steps.next();
    for (let count = 1; step.done !== true; count++) {
      if (count % stepsPerTurn === 0) yield;
      if (this.#isDropped) return;
      step = steps.next();
    }
    this.#isRunning = false;
    this.#news = step.value;
    runs.settled();
    if (this.#isStale) this.#runLater(runs);
  }

  *#find(): Generator<void, FoundKeys> {
    const { index, query } = this.#search;
    yield* index.currentSteps();
    const steps = findInSteps(index.index, query, this.#found.seenValueOf, this.#seen);
    for (let count = 1; ; count++) {
      const step = steps.next();
      if (step.done === true) {
        this.#steps = count;
        return step.value;
      }
      yield;
    }
  }

  #take({ keys, reach = -1, total }: FoundKeys): void {
    this.#reach = reach;
    this.#shown = new Set(keys);
    this.#matching = total;
  }

  #concerns({ key, after }: RecordChange): boolean {
    return this.#shown.has(key) || this.#found.mayBeFound(after, key, this.#reach);
  }

  #mayBeFound(key: string): boolean {
    return this.#found.mayBeFoundNow(key, this.#reach);
  }
}
