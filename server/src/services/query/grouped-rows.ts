import type { LwwRecord } from '@topgun/core/crdt';
import {
  compilePredicate,
  createView,
  windowSize,
  type Entry,
  type Query,
  type RowTest,
  type View,
} from '@topgun/core/query';
import type { RecordChange } from '../crdt/overlay.js';
import { groupRecord, groupStamp } from './group-record.js';
import type { RowNews, ShownRows } from './shown-rows.js';
import { shownValue } from './shown-value.js';
import { visibleChange, visibleEntries } from './visible-entries.js';
import { windowed } from './windowed.js';

/**
 * QU-40, QU-41: the groups of a query as rows, each a record that exists only here. A group that shows no more, for want of rows or of
 * room, is gone: nobody keeps what it was. Holds the values of all rows that match.
 */
export class GroupedRows implements ShownRows {
  readonly #view: View;
  readonly #window: number;
  /** The ledger position of the last commit. */
  readonly #position: () => number;
  readonly #matches: RowTest;
  #records = new Map<string, LwwRecord>();
  #held = 0;

  constructor(query: Query, position: () => number) {
    this.#view = createView(windowed(query));
    this.#window = windowSize(query);
    this.#position = position;
    this.#matches = compilePredicate(query.where);
  }

  get size(): number {
    return this.#records.size;
  }

  get matching(): number {
    return this.#view.totalMatching;
  }

  /** The view holds every record that it counts in some group. */
  get held(): number {
    return this.#held;
  }

  get full(): boolean {
    return this.#records.size >= this.#window;
  }

  has(key: string): boolean {
    return this.#records.has(key);
  }

  keys(): Iterable<string> {
    return this.#records.keys();
  }

  /** The record of a group that is shown. */
  readonly read = (key: string): LwwRecord | undefined => this.#records.get(key);

  load(records: Iterable<readonly [key: string, record: LwwRecord]>): void {
    this.#held = 0;
    this.#view.load(this.#counted(visibleEntries(records)));
    const stamp = groupStamp(this.#position());
    this.#records = new Map(this.#view.rows().map(({ key, value }) => [key, groupRecord(value, stamp)]));
  }

  apply(changes: readonly RecordChange[], news: RowNews): void {
    for (const { key, before, after } of changes) this.#held += this.#count(key, after) - this.#count(key, before);
    const { steps } = this.#view.apply(changes.map(visibleChange));
    const stamp = groupStamp(this.#position());
    for (const step of steps) {
      const { key } = step;
      const before = this.#records.get(key);
      const after = step.type === 'leave' ? undefined : groupRecord(step.entry.value, stamp, before);
      if (after === undefined) this.#records.delete(key);
      else this.#records.set(key, after);
      news.changed({ key, before, after }, before !== undefined, after !== undefined);
    }
  }

  *#counted(entries: Iterable<Entry>): Iterable<Entry> {
    for (const entry of entries) {
      if (this.#matches(entry.key, entry.value)) this.#held += 1;
      yield entry;
    }
  }

  #count(key: string, record: LwwRecord | undefined): 0 | 1 {
    const value = record && shownValue(record);
    return value !== undefined && this.#matches(key, value) ? 1 : 0;
  }
}
