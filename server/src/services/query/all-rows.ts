import { isVisible, type LwwRecord } from '@topgun/core/crdt';
import { LargeSet } from '@topgun/core/primitives';
import { compilePredicate, type Predicate, type RowTest } from '@topgun/core/query';
import type { RecordChange } from '../crdt/overlay.js';
import { shownOnce, shownValue } from './shown-value.js';
import { type Loading, type RowNews, type ShownRows } from './shown-rows.js';

/**
 * The rows of a query without a limit: whatever matches, in no order, since whoever asked sorts by itself. Holds their keys;
 * without a predicate it never looks at a value.
 */
export class AllRows implements ShownRows {
  readonly full = false;
  #keys = new LargeSet();
  /** `null`: every visible record matches. */
  readonly #matches: RowTest | null;

  constructor(where: Predicate) {
    this.#matches = where.type === 'and' && where.of.length === 0 ? null : compilePredicate(where);
  }

  get size(): number {
    return this.#keys.size;
  }

  get matching(): number {
    return this.#keys.size;
  }

  get held(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  keys(): Iterable<string> {
    return this.#keys;
  }

  *load(
    records: Iterable<readonly [key: string, record: LwwRecord]>,
    { leavesOut, recordsPerStep }: Loading,
  ): Generator<void> {
    this.#keys = new LargeSet();
    let looked = 0;
    for (const [key, record] of records) {
      if (!leavesOut(key) && this.#shows(key, record, shownOnce)) this.#keys.add(key);
      if (++looked % recordsPerStep === 0) yield;
    }
  }

  apply(changes: readonly RecordChange[], news: RowNews): void {
    for (const change of changes) {
      const { key } = change;
      const wasShown = this.#keys.has(key);
      const isShown = this.#shows(key, change.after, shownValue);
      if (isShown && !wasShown) this.#keys.add(key);
      else if (wasShown && !isShown) this.#keys.delete(key);
      news.changed(change, wasShown, isShown);
    }
  }

  #shows(key: string, record: LwwRecord | undefined, valueOf: typeof shownValue): boolean {
    if (record === undefined || this.#matches === null) return isVisible(record);
    const value = valueOf(record);
    return value !== undefined && this.#matches(key, value);
  }
}
