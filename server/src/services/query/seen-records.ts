import type { LwwRecord } from '@topgun/core/crdt';
import type { Entry, Predicate } from '@topgun/core/query';
import type { Visibility } from '@topgun/core/rules';
import type { RecordChange } from '../crdt/overlay.js';
import type { ReadRecord } from './read-record.js';
import { shownValue } from './shown-value.js';

/** What of a map is seen; `null`: everything. */
export type Seen = Visibility | null;

/*
 * PI-9: a view whose subscribers may not read everything stands in a world in which the rest is not there. Whatever it is made of comes through
 * here, so nothing that it says can tell of more.
 */

/** The record under a key, as it is seen. */
export function seenReader(seen: Seen, read: ReadRecord): ReadRecord {
  if (seen === null) return read;
  return (key) => {
    const record = read(key);
    return record && seen.see(key, record);
  };
}

export function* seenRecords(
  seen: Seen,
  records: Iterable<readonly [key: string, record: LwwRecord]>,
): Iterable<readonly [key: string, record: LwwRecord]> {
  if (seen === null) {
    yield* records;
    return;
  }
  for (const [key, record] of records) {
    const left = seen.see(key, record);
    if (left !== undefined) yield [key, left];
  }
}

/** One commit's changes, as they are seen. What `holds` is told in any case: a function of an app may have another opinion than it had. */
export function seenChanges(
  seen: Visibility,
  changes: readonly RecordChange[],
  holds: (key: string) => boolean,
): readonly RecordChange[] {
  return changes.flatMap((change) => {
    const { key } = change;
    const before = change.before && seen.see(key, change.before);
    const after = change.after && seen.see(key, change.after);
    return before === undefined && after === undefined && !holds(key) ? [] : [{ ...change, before, after }];
  });
}

/** Rows, as they are seen; `read` reads them so. */
export function* seenEntries(entries: Iterable<Entry>, read: ReadRecord): Iterable<Entry> {
  for (const { key } of entries) {
    const record = read(key);
    const value = record && shownValue(record);
    if (value !== undefined) yield { key, value };
  }
}

/**
 * What records meet, as they are, that a view of this condition may show: for finding records and views by values, never for judging. A field that
 * is not seen has no value that could be equal to one or in a range, so whoever is found by values is found by those of the record as it is.
 */
export function findable(where: Predicate, seen: Seen): Predicate {
  const implied = seen?.where ?? null;
  return implied === null ? where : { type: 'and', of: [where, implied] };
}
