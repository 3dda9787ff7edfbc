import type { LwwRecord } from '@topgun/core/crdt';
import { runSearch } from '@topgun/core/search';
import type { RecordChange } from '../crdt/overlay.js';
import type { CheckedSearch } from '../search/searches.js';
import { foundValues, type FoundValues } from './found-values.js';
import type { ReadRecord } from './read-record.js';
import type { RowNews, ShownRows } from './shown-rows.js';

/**
 * SE-42: the records that a search finds, the best ones, as many as the window holds. It is run again when a commit writes a record that is
 * shown, or one that it finds: one that has the words, or is near. Holds keys.
 */
export class SearchRows implements ShownRows {
  readonly #search: CheckedSearch;
  readonly #found: FoundValues;
  readonly #isRestricted: boolean;
  #shown: ReadonlySet<string> = new Set();
  #matching = 0;
  /** What is farther away is not near. */
  #reach = -1;

  /** `read` gives records as the readers see them; `isRestricted`: that is less than the index has. */
  constructor(search: CheckedSearch, read: ReadRecord, isRestricted: boolean) {
    this.#search = search;
    this.#isRestricted = isRestricted;
    this.#found = foundValues(search, read, isRestricted);
    search.index.use(this);
  }

  drop(): void {
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
    yield* NO_STEPS;
    this.#find();
  }

  #find(): void {
    const { index, query } = this.#search;
    // PI-9: of what a reader does not see nothing is found, be it a record, a word of a field or a vector.
    const { hits, reach = -1, total } = runSearch(index.index, query, this.#found.seenValueOf, this.#isRestricted);
    this.#reach = reach;
    this.#shown = new Set(hits.map(({ key }) => key));
    this.#matching = total;
  }

  apply(changes: readonly RecordChange[], news: RowNews): void {
    const before = this.#shown;
    if (changes.some((change) => this.#concerns(change))) this.#find();
    const written = new Set(changes.map(({ key }) => key));
    for (const key of before) if (!this.#shown.has(key) && !written.has(key)) news.moved(key, false);
    for (const key of this.#shown) if (!before.has(key) && !written.has(key)) news.moved(key, true);
    for (const change of changes) news.changed(change, before.has(change.key), this.#shown.has(change.key));
  }

  #concerns({ key, after }: RecordChange): boolean {
    return this.#shown.has(key) || this.#found.isFound(after, key, this.#reach);
  }
}

const NO_STEPS: readonly undefined[] = [];
