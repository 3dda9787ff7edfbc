import { nextStamp, type ReplicaId } from '@topgun/core/clock';
import { applyDecided, isVisible, latestStamp, opToWire, SCALAR_FIELD, type Op } from '@topgun/core/crdt';
import { partitionOf, type Hash64 } from '@topgun/core/primitives';
import type { MutableState } from '../crdt/state-view.js';
import { APPLIED, type SegmentEntry } from '../persistence/segment.js';

/** Who writes what others have changed in tables, and what is kept of that, with sequences of its own. */
export const MODELS_REPLICA = '.models' as ReplicaId;

/**
 * MO-7: what has to be known of tables when a server starts again, in a map of its own: under a map's name that it has been compared with its table, and behind it, after a space, each key of which the
 * table does not take the record.
 */
export const MODELS_MAP = '.topgun/models';

export const refusedMark = (map: string, key: string): string => `${map} ${key}`;

/** Sets or clears a mark. Changes the state, and returns what the ledger has to hold of that; nothing where it is so already. */
export function keepMark(
  state: MutableState,
  hash: Hash64,
  mark: string,
  isSet: boolean,
  now: number,
): readonly SegmentEntry[] {
  const partition = partitionOf(hash, MODELS_MAP, mark);
  const record = state.record(partition, MODELS_MAP, mark);
  if ((record !== undefined && isVisible(record)) === isSet) return [];
  const place = {
    replica: MODELS_REPLICA,
    seq: state.decided(partition, MODELS_REPLICA) + 1,
    stamp: nextStamp(record === undefined ? '' : latestStamp(record), now, MODELS_REPLICA),
    map: MODELS_MAP,
    key: mark,
  };
  const op: Op = isSet
    ? { ...place, kind: 'create', fields: [{ name: SCALAR_FIELD, value: true }], restart: record !== undefined }
    : { ...place, kind: 'remove' };
  state.fixMapType(MODELS_MAP, 'record');
  state.putRecord(partition, MODELS_MAP, mark, applyDecided(record, op));
  state.decide(partition, MODELS_REPLICA, op.seq);
  return [{ partition, replica: MODELS_REPLICA, ops: [[opToWire(op), APPLIED]] }];
}
