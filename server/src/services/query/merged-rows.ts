import { encodeRecord, type LwwRecord } from '@topgun/core/crdt';
import type { Hash64 } from '@topgun/core/primitives';
import type { RowChange } from '@topgun/core/protocol';
import { windowSize, type Predicate, type Query } from '@topgun/core/query';
import type { ViewId } from '../../ports/partition-host.js';
import type { RecordChange } from '../crdt/overlay.js';
import { AllRows } from './all-rows.js';
import type { FeedChange, FeedRows } from './feed-rows.js';
import { LiveView } from './live-view.js';
import type { Loading, RowNews, ShownRows } from './shown-rows.js';
import { WindowRows } from './window-rows.js';

/** Of rows that a search has found all show, whatever they are: hosts bring no others. */
const EVERYTHING: Predicate = { type: 'and', of: [] };

/**
 * PI-28: the rows of a query among those of its feed: all, or the first of all where each host has its first. What leaves the feed is shown no more,
 * whatever its record says. Holds what the rows of a query without hosts hold.
 */
class MergedRows implements ShownRows {
  readonly #inner: ShownRows;
  /** SE-70: of a search, how many rows its window has. */
  readonly #window: number | null;
  /** SE-70: how many it has found. */
  found = 0;
  /** What of the changes that come next leaves the feed. */
  leaving: ReadonlySet<string> = new Set();

  constructor(query: Query) {
    this.#window = query.search === undefined || query.limit === null ? null : windowSize({ limit: query.limit });
    if (this.#window !== null) this.#inner = new AllRows(EVERYTHING);
    else if (query.limit === null && query.after === undefined) this.#inner = new AllRows(query.where);
    else this.#inner = new WindowRows(query);
  }

  get size(): number {
    return this.#inner.size;
  }

  get matching(): number {
    return this.#inner.matching;
  }

  get held(): number {
    return this.#inner.held;
  }

  get full(): boolean {
    if (this.#window === null) return this.#inner.full;
    return this.found > this.size || this.size >= this.#window;
  }

  has(key: string): boolean {
    return this.#inner.has(key);
  }

  keys(): Iterable<string> {
    return this.#inner.keys();
  }

  load(records: Iterable<readonly [key: string, record: LwwRecord]>, loading: Loading): Generator<void> {
    return this.#inner.load(records, loading);
  }

  apply(changes: readonly RecordChange[], news: RowNews): void {
    const byKey = new Map(changes.map((change) => [change.key, change]));
    const inner = changes.map((change) => (this.leaving.has(change.key) ? { ...change, after: undefined } : change));
    this.#inner.apply(inner, {
      moved: (key, isShown) => news.moved(key, isShown),
      changed: (change, wasShown, isShown) => news.changed(byKey.get(change.key) ?? change, wasShown, isShown),
    });
  }
}

/** A live view of the rows of a feed. */
export interface MergedView {
  readonly view: LiveView;
  /** What subscribers must be told of a commit that the feed has told of. */
  apply(changes: readonly FeedChange[]): readonly RowChange[];
  /** SE-70: so many are found in all. */
  found(total: number): void;
}

export function createMergedView(id: ViewId, map: string, query: Query, feed: FeedRows, hash: Hash64): MergedView {
  const rows = new MergedRows(query);
  const view = new LiveView(id, { map, query, rows, read: feed.read, hash });
  view.load(feed.entries());
  return {
    view,
    found(total) {
      rows.found = total;
    },
    apply(changes) {
      rows.leaving = new Set(changes.filter(({ isIn }) => !isIn).map(({ key }) => key));
      const told = view.apply(changes.map(({ key, before, after }) => ({ partition: 0, map, key, before, after })));
      const anew = new Map(changes.flatMap(({ key, after, isAnew }) => (isAnew && after ? [[key, after]] : [])));
      return anew.size === 0 ? told : told.flatMap((change) => toldAnew(change, anew.get(change[1])));
    },
  };
}

/** CR-10: a row that takes the place of all that subscribers hold of it. */
function toldAnew(change: RowChange, record: LwwRecord | undefined): RowChange[] {
  const [type, key] = change;
  if (record === undefined || type === 'gone' || type === 'enter') return [change];
  return [
    ['gone', key],
    [type === 'update' ? 'enter' : 'out', key, encodeRecord(record)],
  ];
}
