import type { LwwRecord } from '@topgun/core/crdt';
import type { Value } from '@topgun/core/primitives';
import { createView, type Query, type View } from '@topgun/core/query';
import type { RecordChange } from '../crdt/overlay.js';
import { shownValue } from './shown-value.js';
import type { RowNews, ShownRows } from './shown-rows.js';

/** The first rows of a query in its order, kept by the query engine. Holds the values of all that match. */
export class WindowRows implements ShownRows {
  readonly #view: View;

  constructor(query: Query) {
    this.#view = createView(query);
  }

  get size(): number {
    return this.#view.size;
  }

  get matching(): number {
    return this.#view.totalMatching;
  }

  has(key: string): boolean {
    return this.#view.has(key);
  }

  keys(): Iterable<string> {
    return this.#view.rows().map(({ key }) => key);
  }

  load(records: Iterable<readonly [key: string, record: LwwRecord]>): void {
    this.#view.load(visibleEntries(records));
  }

  apply(changes: readonly RecordChange[], news: RowNews): void {
    const shownBefore = new Map<string, boolean>();
    for (const { key } of changes) shownBefore.set(key, this.#view.has(key));
    const { steps } = this.#view.apply(
      changes.map(({ key, after }) => ({ key, before: undefined, after: after && shownValue(after) })),
    );
    for (const step of steps) if (!shownBefore.has(step.key)) news.moved(step.key, step.type !== 'leave');
    for (const change of changes) {
      news.changed(change, shownBefore.get(change.key) === true, this.#view.has(change.key));
    }
  }
}

function* visibleEntries(
  records: Iterable<readonly [key: string, record: LwwRecord]>,
): Iterable<{ readonly key: string; readonly value: Value }> {
  for (const [key, record] of records) {
    const value = shownValue(record);
    if (value !== undefined) yield { key, value };
  }
}
