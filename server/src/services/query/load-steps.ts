import type { LwwRecord } from '@topgun/core/crdt';
import type { View } from '@topgun/core/query';
import { shownOnce } from './shown-value.js';
import type { Loading } from './shown-rows.js';

/** Starts a view of the query engine over from these records, in steps. */
export function* loadSteps(
  view: View,
  records: Iterable<readonly [key: string, record: LwwRecord]>,
  { leavesOut, recordsPerStep }: Loading,
): Generator<void> {
  const { offer, end } = view.beginLoad();
  let looked = 0;
  for (const [key, record] of records) {
    const value = leavesOut(key) ? undefined : shownOnce(record);
    if (value !== undefined) offer(key, value);
    if (++looked % recordsPerStep === 0) yield;
  }
  yield* end();
}
