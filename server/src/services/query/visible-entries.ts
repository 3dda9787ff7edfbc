import type { LwwRecord } from '@topgun/core/crdt';
import type { Change, Entry } from '@topgun/core/query';
import type { RecordChange } from '../crdt/overlay.js';
import { shownOnce, shownValue } from './shown-value.js';

/** The records that show, as the query engine takes them. */
export function* visibleEntries(records: Iterable<readonly [key: string, record: LwwRecord]>): Iterable<Entry> {
  for (const [key, record] of records) {
    const value = shownOnce(record);
    if (value !== undefined) yield { key, value };
  }
}

/** A change as the query engine takes it: views know what they hold. */
export const visibleChange = ({ key, after }: RecordChange): Change => ({
  key,
  before: undefined,
  after: after && shownValue(after),
});
