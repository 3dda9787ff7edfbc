import {
  diffRecords,
  EMPTY_RECORD,
  encodeDelta,
  encodeRecord,
  isVisible,
  mergeRecords,
  sameRecord,
  type LwwRecord,
} from '@topgun/core/crdt';
import { exchangeRow, sameDigest, type Digest } from '@topgun/core/merkle';
import type { RowChange } from '@topgun/core/protocol';
import { roughSize } from '../crdt/record-size.js';

/** How many rows' former states a view remembers, and about how many bytes of them. */
export const RING_ROWS = 1_024;
export const RING_BYTES = 1024 * 1024;

/** A row as it was shown before a commit; `undefined`: it was not. */
export type FormerRow = readonly [key: string, before: LwwRecord | undefined];

interface Step {
  readonly rows: readonly FormerRow[];
  readonly bytes: number;
  /** The digest of the view before the commit; worked out when it is first wanted. */
  digest: Digest | null;
}

/** How things stand now. */
export interface Present {
  readonly digest: Digest;
  /** The row's record; `undefined` when the view does not show it. */
  readonly row: (key: string) => LwwRecord | undefined;
  /** The record, shown or not. */
  readonly record: (key: string) => LwwRecord | undefined;
  readonly hashOf: (key: string, record: LwwRecord) => bigint;
}

/**
 * SY-2: what the last commits did to a view, so that a client whose digest is the view's of then can be told what has happened since.
 * The digest alone says where a client stands: no position is asked for, and none is trusted.
 */
export class ViewRing {
  #steps: Step[] = [];
  #rows = 0;
  #bytes = 0;

  /** Takes one commit; `most` is how many rows are worth remembering. */
  note(rows: readonly FormerRow[], digest: Digest | null, most: number): void {
    let bytes = 0;
    for (const [key, before] of rows) bytes += key.length + (before === undefined ? 0 : roughSize(before));
    this.#steps.push({ rows, bytes, digest });
    this.#rows += rows.length;
    this.#bytes += bytes;
    while (this.#rows > Math.min(RING_ROWS, most) || this.#bytes > RING_BYTES) this.#forgetOldest();
  }

  /** What leads from the state with this digest to the present one; `null` when that state is not remembered. */
  since(have: Digest, now: Present): RowChange[] | null {
    let digest = now.digest;
    /** By key: as it was shown at the step looked at. */
    const then = new Map<string, LwwRecord | undefined>();
    /** Rows that were in between what a delta cannot say. */
    const interrupted = new Set<string>();
    for (let at = this.#steps.length - 1; at >= 0; at -= 1) {
      const step = this.#steps[at]!;
      step.digest ??= digestBefore(step, digest, (key) => (then.has(key) ? then.get(key) : now.row(key)), now.hashOf);
      for (const [key, before] of step.rows) {
        if (then.has(key) && then.get(key) === undefined) interrupted.add(key);
        then.set(key, before);
      }
      digest = step.digest;
      if (sameDigest(digest, have)) return netChanges(then, interrupted, now);
    }
    return null;
  }

  /** The rows it remembers. */
  *keys(): Iterable<string> {
    for (const { rows } of this.#steps) for (const [key] of rows) yield key;
  }

  #forgetOldest(): void {
    const oldest = this.#steps.shift();
    this.#rows -= oldest?.rows.length ?? 0;
    this.#bytes -= oldest?.bytes ?? 0;
  }
}

function digestBefore(
  { rows }: Step,
  after: Digest,
  shownAfter: (key: string) => LwwRecord | undefined,
  hashOf: Present['hashOf'],
): Digest {
  const hashOrNull = (key: string, record: LwwRecord | undefined): bigint | null =>
    record === undefined ? null : hashOf(key, record);
  return rows.reduce(
    (digest, [key, before]) => exchangeRow(digest, hashOrNull(key, shownAfter(key)), hashOrNull(key, before)),
    after,
  );
}

function netChanges(
  then: ReadonlyMap<string, LwwRecord | undefined>,
  interrupted: ReadonlySet<string>,
  now: Present,
): RowChange[] {
  const changes: RowChange[] = [];
  for (const [key, before] of then) {
    const row = now.row(key);
    if (row === undefined) {
      if (before !== undefined) changes.push(leaving(key, before, now.record(key)));
    } else if (before === undefined || interrupted.has(key)) {
      changes.push(['enter', key, encodeRecord(row)]);
    } else if (row !== before) {
      // CR-10: a delta says what came, not what was forgotten.
      const delta = diffRecords(before, row);
      const isDelta = sameRecord(mergeRecords(before, delta), row);
      // PI-9: that something has changed in it is no news to whoever may not see what.
      if (isDelta && delta === EMPTY_RECORD) continue;
      changes.push(isDelta ? ['update', key, encodeDelta(before, row)] : ['enter', key, encodeRecord(row)]);
    }
  }
  return changes;
}

/** SY-4. */
function leaving(key: string, before: LwwRecord, record: LwwRecord | undefined): RowChange {
  if (record === undefined || !isVisible(record)) return ['gone', key];
  return ['out', key, encodeDelta(before, record)];
}
