import { diffRecords, EMPTY_RECORD, type LwwRecord } from '@topgun/core/crdt';
import type { Value } from '@topgun/core/primitives';
import { createView, type Query, type View } from '@topgun/core/query';
import type { HostRow, HostRowChange, SessionId, ViewId } from '../../ports/partition-host.js';
import { pinnedKey } from './pinned-key.js';
import { shownValue } from './shown-value.js';

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

/**
 * PI-8: one standing query, shared by all who ask it. Its rows are the server's window: the limit and a quarter more, so
 * that a client whose pending edits take rows out can fill up by itself (SY-5). It holds values, never records; what
 * subscribers hold is always the state as of the last commit.
 */
export class LiveView {
  readonly id: ViewId;
  readonly map: string;
  readonly query: Query;
  /** The one key it can show, or `null`. */
  readonly key: string | null;
  readonly #rows: View;
  readonly #window: number;
  readonly #subscribers = new Map<string, readonly [SessionId, sub: number]>();

  constructor(id: ViewId, map: string, query: Query) {
    this.id = id;
    this.map = map;
    this.query = query;
    this.key = pinnedKey(query);
    this.#window = query.limit === null ? Infinity : query.limit + windowSlack(query.limit);
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

  rows(read: ReadRecord): HostRow[] {
    return this.#rows.rows().map(({ key }) => ({ key, record: recordAt(read, key) }));
  }

  /** Takes one commit's changes of this map and says what subscribers must be told. `read` sees the state after it. */
  apply(changes: readonly ValueChange[], read: ReadRecord): HostRowChange[] {
    const shownBefore = new Map<string, boolean>();
    for (const change of changes) shownBefore.set(change.key, this.#rows.has(change.key));
    const { steps } = this.#rows.apply(
      changes.map(({ key, valueBefore, valueAfter }) => ({ key, before: valueBefore, after: valueAfter })),
    );
    const told: HostRowChange[] = [];
    // Rows that nobody wrote, pushed out of the window or drawn into it by those that were written.
    for (const step of steps) {
      if (shownBefore.has(step.key)) continue;
      if (step.type === 'leave') told.push({ type: 'out', key: step.key, delta: EMPTY_RECORD });
      else told.push({ type: 'enter', key: step.key, record: recordAt(read, step.key) });
    }
    for (const change of changes) {
      const row = this.#toldOf(change, shownBefore.get(change.key) === true);
      if (row !== null) told.push(row);
    }
    return told;
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

/** SY-5: how many rows more than asked for the window holds. */
export const windowSlack = (limit: number): number => Math.max(1, Math.ceil(limit / 4));

function* visibleEntries(
  records: Iterable<readonly [key: string, record: LwwRecord]>,
): Iterable<{ readonly key: string; readonly value: Value }> {
  for (const [key, record] of records) {
    const value = shownValue(record);
    if (value !== undefined) yield { key, value };
  }
}

function recordAt(read: ReadRecord, key: string): LwwRecord {
  const record = read(key);
  if (record === undefined) throw new Error(`a view shows ${JSON.stringify(key)}, which the state does not hold`);
  return record;
}

const subscriberPlace = (session: SessionId, sub: number): string => `${sub}:${session}`;
