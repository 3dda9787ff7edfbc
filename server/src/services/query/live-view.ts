import {
  EMPTY_RECORD,
  encodeDelta,
  encodeRecord,
  hasStampBefore,
  isEmptyWireRecord,
  isVisible,
  type LwwRecord,
  type WireRecord,
} from '@topgun/core/crdt';
import type { Stamp } from '@topgun/core/clock';
import { sameDigest, type Digest, type HashTrie } from '@topgun/core/merkle';
import type { Hash64 } from '@topgun/core/primitives';
import type { RowChange } from '@topgun/core/protocol';
import { takeAll, type Query } from '@topgun/core/query';
import type { HostRow, SessionId, ViewId } from '../../ports/partition-host.js';
import type { RecordChange } from '../crdt/overlay.js';
import type { ParentRows, RelatedTo } from './parent-rows.js';
import type { ChangedRow, Loading, RowNews, ShownRows } from './shown-rows.js';
import type { ReadRecord } from './read-record.js';
import { shownValue } from './shown-value.js';
import { seenChanges, type Seen } from './seen-records.js';
import { ViewRing, type FormerRow } from './view-ring.js';
import { ViewTrie } from './view-trie.js';

/** What a view is made of. */
export interface LiveViewParts {
  readonly map: string;
  readonly query: Query;
  readonly rows: ShownRows;
  /** The records its rows are, as of the last commit, shown or not. */
  readonly read: ReadRecord;
  readonly hash: Hash64;
  /** QU-45: the view whose rows its own are related to. */
  readonly parent?: LiveView | null;
  /** What of the map its subscribers see. `read` reads so. */
  readonly seen?: Seen;
}

/** SY-2: how a client that comes back gets the rows. */
export type Resumption =
  | { readonly type: 'same' }
  | { readonly type: 'diffs'; readonly changes: readonly RowChange[] }
  | { readonly type: 'exchange'; readonly trie: HashTrie }
  /** All of them: it holds so few that the rest is no less. */
  | { readonly type: 'all' };

/** Of so few rows, to find out which differ costs more than the rows. */
export const FEW_ROWS = 4;

/**
 * PI-8: one standing query, shared by all who ask it. Its rows are the server's window: the limit and a quarter more, so
 * that a client whose pending edits take rows out can fill up by itself (SY-5). It holds of records only those that
 * its last changes replaced; what subscribers hold is always the state as of the last commit.
 */
export class LiveView implements ParentRows {
  readonly id: ViewId;
  readonly map: string;
  readonly query: Query;
  readonly parent: LiveView | null;
  readonly seen: Seen;
  /** QU-45: the views of rows related to this one's, each with what hears of its rows. */
  readonly dependents = new Map<LiveView, RelatedTo>();
  readonly #rows: ShownRows;
  readonly #read: ReadRecord;
  readonly #ring = new ViewRing();
  readonly #trie: ViewTrie;
  readonly #subscribers = new Map<string, readonly [SessionId, sub: number]>();
  #subscriberList: readonly (readonly [SessionId, sub: number])[] | null = null;
  #isDropped = false;

  constructor(id: ViewId, { map, query, rows, read, hash, parent = null, seen = null }: LiveViewParts) {
    this.id = id;
    this.map = map;
    this.query = query;
    this.parent = parent;
    this.seen = seen;
    this.#rows = rows;
    this.#read = read;
    this.#trie = new ViewTrie(hash, { keys: () => [...rows.keys()], row: this.row });
  }

  /** It takes no changes any more. */
  get isDropped(): boolean {
    return this.#isDropped;
  }

  drop(): void {
    this.#isDropped = true;
    this.#rows.drop?.();
    this.parent?.dependents.delete(this);
  }

  /** How many views it stands on. */
  get depth(): number {
    return this.parent === null ? 0 : this.parent.depth + 1;
  }

  /** Somebody needs it. */
  get isUsed(): boolean {
    return this.#subscribers.size > 0 || this.dependents.size > 0;
  }

  /** More rows may match than it shows. */
  get full(): boolean {
    return this.#rows.full;
  }

  /** How many rows match, those beyond the window included. */
  get matching(): number {
    return this.#rows.matching;
  }

  /** SE-13: to load it at once would take long, however few the records are. */
  get isLong(): boolean {
    return this.#rows.isLong ?? false;
  }

  /** How many records are held in memory for it. */
  get held(): number {
    return this.#rows.held;
  }

  get subscribers(): readonly (readonly [SessionId, sub: number])[] {
    return (this.#subscriberList ??= [...this.#subscribers.values()]);
  }

  subscribe(session: SessionId, sub: number): void {
    this.#subscribers.set(subscriberPlace(session, sub), [session, sub]);
    this.#subscriberList = null;
  }

  unsubscribe(session: SessionId, sub: number): void {
    this.#subscribers.delete(subscriberPlace(session, sub));
    this.#subscriberList = null;
  }

  load(records: Iterable<readonly [key: string, record: LwwRecord]>): void {
    takeAll(this.#rows.load(records, AT_ONCE));
  }

  /** `load` by and by, with what the first change has need of. What changes meanwhile is left out, and goes to `catchUp` after the last step. */
  *loadSteps(records: Iterable<readonly [key: string, record: LwwRecord]>, loading: Loading): Generator<void> {
    yield* this.#rows.load(records, loading);
    if (this.#rows.prepare !== undefined) yield* this.#rows.prepare();
  }

  /** These have changed since the load began, and are now as they say; nobody has to be told. */
  catchUp(changes: readonly RecordChange[]): void {
    this.#rows.apply(this.#seen(changes), NOBODY);
  }

  rows(): HostRow[] {
    return Array.from(this.#rows.keys(), (key) => ({ key, record: this.#recordAt(key) }));
  }

  keys(): Iterable<string> {
    return this.#rows.keys();
  }

  /** How many rows it shows. */
  get size(): number {
    return this.#rows.size;
  }

  /** SY-2: what a client lacks that holds rows of this digest. */
  resume(have: Digest): Resumption {
    if (this.size <= FEW_ROWS || have.count * 2 < this.size) return { type: 'all' };
    const trie = this.#trie.complete();
    const digest = trie.digest();
    if (sameDigest(digest, have)) return { type: 'same' };
    const { hashOf } = this.#trie;
    const changes = this.#ring.since(have, { digest, row: this.row, record: this.#read, hashOf });
    return changes === null ? { type: 'exchange', trie } : { type: 'diffs', changes };
  }

  /** Gets ready for clients that come back, so many rows at a time. True when there is more to do. */
  prepare(rows: number): boolean {
    return this.#trie.prepare(rows);
  }

  /** What of these rows a client needs that does not have them as they are here. */
  entering(keys: Iterable<string>): RowChange[] {
    const changes: RowChange[] = [];
    for (const key of keys) {
      const record = this.row(key);
      if (record !== undefined) changes.push(['enter', key, encodeRecord(record)]);
    }
    return changes;
  }

  /** The record of a row it shows. */
  readonly row = (key: string): LwwRecord | undefined => (this.#rows.has(key) ? this.#recordAt(key) : undefined);

  /** PI-47: whether it may ask for the record though nobody writes it. */
  mayAskFor(key: string): boolean {
    if (this.#rows.mayShow === undefined) return this.#rows.has(key);
    const record = this.#read(key);
    const value = record && shownValue(record);
    return value !== undefined && this.#rows.mayShow(key, value);
  }

  /** What it showed lately, by which it tells clients that come back what has changed. */
  get recentKeys(): Iterable<string> {
    return this.query.groupBy === undefined ? this.#ring.keys() : [];
  }

  #recordAt(key: string): LwwRecord {
    const record = this.#read(key);
    if (record === undefined) throw new Error(`a view shows ${JSON.stringify(key)}, which the state does not hold`);
    return record;
  }

  /**
   * Takes one commit's changes of this map, which the state has by now, and says what subscribers must be told, as they are
   * told it: encoded once for all. `forgotten`: the latest stamp of an unset field that was forgotten, which subscribers may hold still.
   */
  apply(changes: readonly RecordChange[], forgotten: Stamp | '' = ''): RowChange[] {
    // Rows that are groups have stamps of their own.
    const bound = this.query.groupBy === undefined ? forgotten : '';
    const own = this.#seen(changes);
    return this.#tellOf((news) => this.#rows.apply(own, news), bound);
  }

  /** SE-47: what its rows have found since the last commit, and nobody has been told. */
  settle(): RowChange[] {
    return this.#tellOf((news) => this.#rows.settle?.(news), '');
  }

  #tellOf(run: (news: RowNews) => void, bound: Stamp | ''): RowChange[] {
    const told: RowChange[] = [];
    const former: FormerRow[] = [];
    run({
      moved: (key, isShown) => {
        const record = this.#recordAt(key);
        told.push(isShown ? ['enter', key, encodeRecord(record)] : ['out', key, NO_NEWS]);
        former.push([key, isShown ? undefined : record]);
      },
      changed(change, wasShown, isShown) {
        const row = toldOf(change, wasShown, isShown);
        if (row !== null) tell(told, row, change.after, bound);
        // What nobody has to be told is another state all the same.
        if (row !== null || wasShown) former.push([change.key, wasShown ? change.before : undefined]);
      },
    });
    if (former.length > 0) this.#remember(former);
    return told;
  }

  #seen(changes: readonly RecordChange[]): readonly RecordChange[] {
    return this.seen === null ? changes : seenChanges(this.seen, changes, (key) => this.#rows.has(key));
  }

  #remember(former: readonly FormerRow[]): void {
    // Changes of more than half of the rows are no shorter than what an exchange says.
    this.#ring.note(former, this.#trie.current?.digest() ?? null, this.size / 2);
    for (const [key] of former) this.#trie.changed(key);
    for (const related of this.dependents.values()) related.parentsChanged(former);
  }
}

const AT_ONCE: Loading = { recordsPerStep: Infinity, leavesOut: () => false };

const NOBODY: RowNews = { changed: () => {}, moved: () => {} };

const NO_NEWS: WireRecord = encodeRecord(EMPTY_RECORD);

/** What subscribers are told of a record that was written; `null`: nothing. */
function toldOf({ key, before, after }: ChangedRow, wasShown: boolean, isShown: boolean): RowChange | null {
  if (after === undefined || !isVisible(after)) {
    // SY-4: to subscribers a removed record is gone, stamps and all.
    return wasShown ? ['gone', key] : null;
  }
  if (!wasShown) return isShown ? ['enter', key, encodeRecord(after)] : null;
  const delta = encodeDelta(before ?? EMPTY_RECORD, after);
  // CR-10: what was forgotten shows nowhere, and nobody has to hear of it.
  if (isShown && isEmptyWireRecord(delta)) return null;
  return [isShown ? 'update' : 'out', key, delta];
}

/** CR-10: where something of the row is so old that what subscribers hold of it may hide it, the row takes the place of all they hold. */
function tell(told: RowChange[], row: RowChange, after: LwwRecord | undefined, forgotten: Stamp | ''): void {
  const [type, key] = row;
  if (type === 'gone' || type === 'enter' || after === undefined || !hasStampBefore(row[2], forgotten)) told.push(row);
  else told.push(['gone', key], [type === 'update' ? 'enter' : 'out', key, encodeRecord(after)]);
}

const subscriberPlace = (session: SessionId, sub: number): string => `${sub}:${session}`;
