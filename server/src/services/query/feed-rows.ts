import { decodeRecord, EMPTY_RECORD, mergeRecords, type LwwRecord } from '@topgun/core/crdt';
import { assertNever } from '@topgun/core/primitives';
import type { RowChange, WireRecord } from '@topgun/core/protocol';
import type { HostRow } from '../../ports/partition-host.js';

/** What one commit did to a row of a feed. */
export interface FeedChange {
  readonly key: string;
  readonly before: LwwRecord | undefined;
  /** The record as the feed's last word on it has it; `undefined`: it shows nowhere any more. */
  readonly after: LwwRecord | undefined;
  /** It is among the feed's rows. */
  readonly isIn: boolean;
  /** CR-10: it takes the place of all that is held of it, since something of that was forgotten. */
  readonly isAnew: boolean;
}

/** So many rows that left are remembered as they were, as many as a view remembers at most. */
const MAX_LEFT = 1_024;

/**
 * PI-28: the rows of a query as several hosts have them, each of its own partitions: kept by the diffs of each. Of a window they are the first of every host, among
 * which the first of all are.
 */
export class FeedRows {
  readonly #rows = new Map<string, LwwRecord>();
  readonly #left = new Map<string, LwwRecord>();

  get size(): number {
    return this.#rows.size;
  }

  get(key: string): LwwRecord | undefined {
    return this.#rows.get(key);
  }

  /** The record of a row, or of one that left lately: as it was then. */
  readonly read = (key: string): LwwRecord | undefined => this.#rows.get(key) ?? this.#left.get(key);

  entries(): Iterable<readonly [key: string, record: LwwRecord]> {
    return this.#rows;
  }

  load(rows: readonly HostRow[]): void {
    for (const { key, record } of rows) this.#rows.set(key, record);
  }

  /** Takes what a commit changed, one change for each key. */
  apply(changes: readonly RowChange[]): FeedChange[] {
    const byKey = new Map<string, FeedChange>();
    for (const change of changes) {
      const key = change[1];
      const told = byKey.get(key);
      byKey.set(key, this.#step(change, told === undefined ? this.#rows.get(key) : told.before, told !== undefined));
    }
    for (const change of byKey.values()) this.#take(change);
    return [...byKey.values()];
  }

  /** `isAnew`: the same commit has told before that the row is gone. */
  #step(change: RowChange, before: LwwRecord | undefined, isAnew: boolean): FeedChange {
    const [type, key, wire] = change;
    const held = isAnew ? undefined : before;
    switch (type) {
      case 'enter':
        return { key, before, after: decoded(wire), isIn: true, isAnew };
      case 'update':
        return { key, before, after: mergeRecords(held ?? EMPTY_RECORD, decoded(wire)), isIn: true, isAnew };
      case 'out':
        return { key, before, after: mergeRecords(held ?? EMPTY_RECORD, decoded(wire)), isIn: false, isAnew };
      case 'gone':
        return { key, before, after: undefined, isIn: false, isAnew };
      default:
        return assertNever(type);
    }
  }

  #take({ key, after, isIn }: FeedChange): void {
    this.#left.delete(key);
    if (isIn && after !== undefined) this.#rows.set(key, after);
    else {
      this.#rows.delete(key);
      if (after === undefined) return;
      this.#left.set(key, after);
      if (this.#left.size > MAX_LEFT) for (const oldest of this.#left.keys()) return void this.#left.delete(oldest);
    }
  }
}

/** What a host says of its records. */
function decoded(wire: WireRecord): LwwRecord {
  const record = decodeRecord(wire);
  if (!record.ok) throw new Error(`a host tells of what is no record: ${record.error.message}`);
  return record.value;
}
