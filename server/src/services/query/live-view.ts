import { diffRecords, EMPTY_RECORD, type LwwRecord } from '@topgun/core/crdt';
import { sameDigest, type Digest, type HashTrie } from '@topgun/core/merkle';
import type { Hash64, Value } from '@topgun/core/primitives';
import { createView, windowSize, type Query, type View } from '@topgun/core/query';
import type { HostRow, HostRowChange, SessionId, ViewId } from '../../ports/partition-host.js';
import { pinnedKey } from './pinned-key.js';
import { shownValue } from './shown-value.js';
import { ViewRing, type FormerRow } from './view-ring.js';
import { ViewTrie } from './view-trie.js';

/** A record before and after a commit, with the values that show of it; `undefined`: nothing shows. */
export interface ValueChange {
  readonly key: string;
  readonly before: LwwRecord | undefined;
  readonly after: LwwRecord;
  readonly valueBefore: Value | undefined;
  readonly valueAfter: Value | undefined;
}

/** The record held under a key of the view's map. */
export type ReadRecord = (key: string) => LwwRecord | undefined;

/** SY-2: how a client that comes back gets the rows. */
export type Resumption =
  | { readonly type: 'same' }
  | { readonly type: 'diffs'; readonly changes: readonly HostRowChange[] }
  | { readonly type: 'exchange'; readonly trie: HashTrie }
  /** All of them: it holds so few that the rest is no less. */
  | { readonly type: 'all' };

/** Of so few rows, to find out which differ costs more than the rows. */
export const FEW_ROWS = 4;

/**
 * PI-8: one standing query, shared by all who ask it. Its rows are the server's window: the limit and a quarter more, so
 * that a client whose pending edits take rows out can fill up by itself (SY-5). It holds values, and of records only those that
 * its last changes replaced; what subscribers hold is always the state as of the last commit.
 */
export class LiveView {
  readonly id: ViewId;
  readonly map: string;
  readonly query: Query;
  /** The one key it can show, or `null`. */
  readonly key: string | null;
  readonly #rows: View;
  readonly #window: number;
  readonly #read: ReadRecord;
  readonly #ring = new ViewRing();
  readonly #trie: ViewTrie;
  readonly #subscribers = new Map<string, readonly [SessionId, sub: number]>();

  /** `read` sees the state as of the last commit. */
  constructor(id: ViewId, map: string, query: Query, read: ReadRecord, hash: Hash64) {
    this.id = id;
    this.map = map;
    this.query = query;
    this.key = pinnedKey(query);
    this.#window = windowSize(query);
    this.#read = read;
    this.#trie = new ViewTrie(hash, { keys: () => this.#rows.rows().map(({ key }) => key), row: this.#row });
    this.#rows = createView({ ...query, limit: query.limit === null ? null : this.#window });
  }

  /** More rows may match than the window shows. */
  get full(): boolean {
    return this.#rows.size >= this.#window;
  }

  /** How many records match, those beyond the window included. */
  get matching(): number {
    return this.#rows.totalMatching;
  }

  get subscribers(): readonly (readonly [SessionId, sub: number])[] {
    return [...this.#subscribers.values()];
  }

  subscribe(session: SessionId, sub: number): void {
    this.#subscribers.set(subscriberPlace(session, sub), [session, sub]);
  }

  /** True when that was the last one. */
  unsubscribe(session: SessionId, sub: number): boolean {
    this.#subscribers.delete(subscriberPlace(session, sub));
    return this.#subscribers.size === 0;
  }

  load(records: Iterable<readonly [key: string, record: LwwRecord]>): void {
    this.#rows.load(visibleEntries(records));
  }

  rows(): HostRow[] {
    return this.#rows.rows().map(({ key }) => ({ key, record: this.#recordAt(key) }));
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
    const changes = this.#ring.since(have, { digest, row: this.#row, record: this.#read, hashOf });
    return changes === null ? { type: 'exchange', trie } : { type: 'diffs', changes };
  }

  /** Gets ready for clients that come back, so many rows at a time. True when there is more to do. */
  prepare(rows: number): boolean {
    return this.#trie.prepare(rows);
  }

  /** What of these rows a client needs that does not have them as they are here. */
  entering(keys: Iterable<string>): HostRowChange[] {
    const changes: HostRowChange[] = [];
    for (const key of keys) {
      const record = this.#row(key);
      if (record !== undefined) changes.push({ type: 'enter', key, record });
    }
    return changes;
  }

  readonly #row = (key: string): LwwRecord | undefined => (this.#rows.has(key) ? this.#recordAt(key) : undefined);

  #recordAt(key: string): LwwRecord {
    const record = this.#read(key);
    if (record === undefined) throw new Error(`a view shows ${JSON.stringify(key)}, which the state does not hold`);
    return record;
  }

  /** Takes one commit's changes of this map, which the state has by now, and says what subscribers must be told. */
  apply(changes: readonly ValueChange[]): HostRowChange[] {
    const shownBefore = new Map<string, boolean>();
    for (const change of changes) shownBefore.set(change.key, this.#rows.has(change.key));
    const { steps } = this.#rows.apply(
      changes.map(({ key, valueBefore, valueAfter }) => ({ key, before: valueBefore, after: valueAfter })),
    );
    const told: HostRowChange[] = [];
    const former: FormerRow[] = [];
    // Rows that nobody wrote, pushed out of the window or drawn into it by those that were written.
    for (const step of steps) {
      if (shownBefore.has(step.key)) continue;
      const record = this.#recordAt(step.key);
      if (step.type === 'leave') told.push({ type: 'out', key: step.key, delta: EMPTY_RECORD });
      else told.push({ type: 'enter', key: step.key, record });
      former.push([step.key, step.type === 'leave' ? record : undefined]);
    }
    for (const change of changes) {
      const wasShown = shownBefore.get(change.key) === true;
      const row = this.#toldOf(change, wasShown);
      if (row === null) continue;
      told.push(row);
      former.push([change.key, wasShown ? change.before : undefined]);
    }
    if (former.length > 0) this.#remember(former);
    return told;
  }

  #remember(former: readonly FormerRow[]): void {
    // Changes of more than half of the rows are no shorter than what an exchange says.
    this.#ring.note(former, this.#trie.current?.digest() ?? null, this.size / 2);
    for (const [key] of former) this.#trie.changed(key);
  }

  #toldOf(change: ValueChange, wasShown: boolean): HostRowChange | null {
    const { key, before, after } = change;
    const isShown = this.#rows.has(key);
    if (!wasShown) return isShown ? { type: 'enter', key, record: after } : null;
    // SY-4: to subscribers a removed record is gone, stamps and all.
    if (change.valueAfter === undefined) return { type: 'gone', key };
    const delta = diffRecords(before ?? EMPTY_RECORD, after);
    // CR-10: what was forgotten shows nowhere, and nobody has to hear of it.
    if (isShown && delta === EMPTY_RECORD) return null;
    return { type: isShown ? 'update' : 'out', key, delta };
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

const subscriberPlace = (session: SessionId, sub: number): string => `${sub}:${session}`;
