import type { LwwRecord } from '@topgun/core/crdt';
import { createView, windowSize, type Query, type View } from '@topgun/core/query';
import type { RecordChange } from '../crdt/overlay.js';
import { groupRecord, groupStamp } from './group-record.js';
import { loadSteps } from './load-steps.js';
import { type Loading, type RowNews, type ShownRows } from './shown-rows.js';
import { visibleChange } from './visible-entries.js';
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
  #records = new Map<string, LwwRecord>();

  constructor(query: Query, position: () => number) {
    this.#view = createView(windowed(query));
    this.#window = windowSize(query);
    this.#position = position;
  }

  get size(): number {
    return this.#records.size;
  }

  get matching(): number {
    return this.#view.totalMatching;
  }

  /** The view holds every record that it counts in some group. */
  get held(): number {
    return this.#view.held;
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

  /** Its rows are made of values that it holds. */
  mayShow(): boolean {
    return false;
  }

  /** The record of a group that is shown. */
  readonly read = (key: string): LwwRecord | undefined => this.#records.get(key);

  *load(records: Iterable<readonly [key: string, record: LwwRecord]>, loading: Loading): Generator<void> {
    yield* loadSteps(this.#view, records, loading);
    const stamp = groupStamp(this.#position());
    this.#records = new Map();
    for (const { key, value } of this.#view.rows()) {
      this.#records.set(key, groupRecord(value, stamp));
      if (this.#records.size % loading.recordsPerStep === 0) yield;
    }
  }

  prepare(): Generator<void> {
    return this.#view.prepare();
  }

  apply(changes: readonly RecordChange[], news: RowNews): void {
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
}
