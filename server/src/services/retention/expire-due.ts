import { applyOp, expiresAt, expiryStamp, isExpired, opToWire, SERVER_REPLICA, type Op } from '@topgun/core/crdt';
import type { MutableState } from '../crdt/state-view.js';
import { APPLIED, type SegmentEntry } from '../persistence/segment.js';
import type { RecordPlace } from './record-place.js';

/**
 * CR-9: removes those of the records that have expired by now, as the server's own ops; what was extended or removed meanwhile is
 * left alone. Pure but for `state`, which it changes, and `nextSeq`. Each op is stamped with the time its record ended.
 */
export function expireDue(
  places: readonly RecordPlace[],
  state: MutableState,
  now: number,
  nextSeq: () => number,
): readonly SegmentEntry[] {
  const entries = new Map<number, SegmentEntry & { readonly ops: SegmentEntry['ops'][number][] }>();
  for (const { partition, map, key } of places) {
    const record = state.record(partition, map, key);
    const end = expiresAt(record);
    if (record === undefined || end === null || !isExpired(record, now)) continue;
    const stamp = expiryStamp(record, end);
    const op: Op = { kind: 'remove', replica: SERVER_REPLICA, seq: nextSeq(), stamp, map, key };
    state.putRecord(partition, map, key, applyOp(record, op));
    state.decide(partition, SERVER_REPLICA, op.seq);
    let entry = entries.get(partition);
    if (entry === undefined) entries.set(partition, (entry = { partition, replica: SERVER_REPLICA, ops: [] }));
    entry.ops.push([opToWire(op), APPLIED]);
  }
  return [...entries.values()];
}
