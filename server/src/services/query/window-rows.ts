import type { LwwRecord } from '@topgun/core/crdt';
import type { Value } from '@topgun/core/primitives';
import { compilePredicate, createView, windowSize, type Query, type RowTest, type View } from '@topgun/core/query';
import type { RecordChange } from '../crdt/overlay.js';
import { loadSteps } from './load-steps.js';
import type { Loading, RowNews, ShownRows } from './shown-rows.js';
import { visibleChange } from './visible-entries.js';
import { windowed } from './windowed.js';

/** The first rows of a query in its order, behind its place to go on after, kept by the query engine. Holds the values of all that match. */
export class WindowRows implements ShownRows {
  readonly #view: View;
  readonly #window: number;
  readonly #matches: RowTest;

  constructor(query: Query) {
    this.#matches = compilePredicate(query.where);
    this.#window = windowSize(query);
    this.#view = createView(windowed(query));
  }

  get size(): number {
    return this.#view.size;
  }

  get matching(): number {
    return this.#view.totalMatching;
  }

  get held(): number {
    return this.#view.totalMatching;
  }

  get full(): boolean {
    return this.#view.size >= this.#window;
  }

  has(key: string): boolean {
    return this.#view.has(key);
  }

  keys(): Iterable<string> {
    return this.#view.rows().map(({ key }) => key);
  }

  mayShow(key: string, value: Value): boolean {
    return this.#matches(key, value);
  }

  load(records: Iterable<readonly [key: string, record: LwwRecord]>, loading: Loading): Generator<void> {
    return loadSteps(this.#view, records, loading);
  }

  prepare(): Generator<void> {
    return this.#view.prepare();
  }

  apply(changes: readonly RecordChange[], news: RowNews): void {
    const shownBefore = new Map<string, boolean>();
    for (const { key } of changes) shownBefore.set(key, this.#view.has(key));
    const { steps } = this.#view.apply(changes.map(visibleChange));
    for (const step of steps) if (!shownBefore.has(step.key)) news.moved(step.key, step.type !== 'leave');
    for (const change of changes) {
      news.changed(change, shownBefore.get(change.key) === true, this.#view.has(change.key));
    }
  }
}
